// The viewer's tools: those that the protocol allows, each a button, a key, or both.

const ZOOM = 1.25; // a press of + or -
const STEP = { brightness: 0.05, contrast: 0.1, gamma: 0.1 };
const PAN = 80; // CSS pixels

export class Tools {
  /**
   * @param {HTMLElement} bar holds buttons [data-tool] and sliders [data-adjust]
   * @param {import("./viewer.js").Viewer} viewer
   * @param {string[]} allowed "zoom", "magnifier", "adjust", "red-free", "invert"
   */
  constructor(bar, viewer, allowed) {
    this.bar = bar;
    this.viewer = viewer;
    this.allowed = new Set(allowed);
    /** @type {HTMLInputElement[]} */
    this.sliders = [...bar.querySelectorAll("[data-adjust]")];
    bar.addEventListener("click", (event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest("[data-tool]");
      if (button) this.run(/** @type {HTMLElement} */ (button).dataset.tool ?? "");
    });
    for (const slider of this.sliders) {
      slider.addEventListener("input", () => {
        viewer.set({ [slider.dataset.adjust ?? ""]: Number(slider.value) });
        this.refresh();
      });
    }
    this.refresh();
  }

  /** @param {string} name */
  allows(name) {
    return this.allowed.has(name);
  }

  /** @param {string} name of the tool, as in the page */
  run(name) {
    const { viewer } = this;
    /** @type {Record<string, [string, () => void]>} the right that it needs, what it does */
    const tools = {
      fit: ["zoom", () => viewer.fit()],
      exact: ["zoom", () => viewer.exact()],
      in: ["zoom", () => viewer.zoomBy(ZOOM)],
      out: ["zoom", () => viewer.zoomBy(1 / ZOOM)],
      lens: ["magnifier", () => ((viewer.isLensOn = !viewer.isLensOn), viewer.draw())],
      green: ["red-free", () => viewer.set({ green: !viewer.adjust.green })],
      invert: ["invert", () => viewer.set({ invert: !viewer.adjust.invert })],
      adjust: ["adjust", () => this.bar.classList.toggle("open")],
    };
    if (name === "reset") viewer.reset();
    else if (tools[name] && this.allows(tools[name][0])) tools[name][1]();
    this.refresh();
  }

  /** @param {"brightness" | "contrast" | "gamma"} name @param {number} sign 1 for more, -1 for less */
  nudge(name, sign) {
    const slider = this.sliders.find((s) => s.dataset.adjust === name);
    if (!slider) return;
    slider.value = String(this.viewer.adjust[name] + sign * STEP[name]); // the slider keeps it in its range
    this.viewer.set({ [name]: Number(slider.value) });
    this.refresh();
  }

  /** @param {number} x @param {number} y -1, 0 or 1: which way to look */
  look(x, y) {
    if (this.allows("zoom")) this.viewer.panBy(-x * PAN * this.viewer.ratio, -y * PAN * this.viewer.ratio);
  }

  /** Show how the tools stand now. */
  refresh() {
    const { adjust, isLensOn } = this.viewer;
    const isOn = { lens: isLensOn, green: adjust.green, invert: adjust.invert, adjust: this.bar.classList.contains("open") };
    for (const [name, on] of Object.entries(isOn)) {
      this.bar.querySelector(`[data-tool="${name}"]`)?.setAttribute("aria-pressed", String(on));
    }
    for (const slider of this.sliders) {
      const value = adjust[/** @type {"brightness" | "contrast" | "gamma"} */ (slider.dataset.adjust)];
      slider.value = String(value);
    }
    this.viewer.box.classList.toggle("lens", isLensOn);
  }
}
