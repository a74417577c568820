// A slider without an anchored start: it has no handle and no value until it is touched.

export class Slider {
  /**
   * @param {HTMLInputElement} input
   * @param {HTMLOutputElement} output
   * @param {() => void} changed called whenever the value changes
   */
  constructor(input, output, changed) {
    this.input = input;
    this.output = output;
    this.changed = changed;
    this.min = Number(input.min);
    this.max = Number(input.max);
    this.step = Number(input.step) || 1;
    input.addEventListener("input", () => this.set(Number(input.value)));
    // A click on the very place of the hidden handle changes no value: take it as touched.
    input.addEventListener("pointerup", () => this.set(Number(input.value)));
    this.clear();
  }

  clear() {
    /** @type {number | null} */
    this.value = null;
    this.input.value = String((this.min + this.max) / 2);
    this.show();
  }

  /** @param {number} value brought to the nearest step */
  set(value) {
    const steps = Math.round((value - this.min) / this.step);
    this.value = Math.min(this.max, Math.max(this.min, this.min + steps * this.step));
    this.input.value = String(this.value);
    this.show();
    this.changed();
  }

  show() {
    const isTouched = this.value !== null;
    this.input.classList.toggle("untouched", !isTouched);
    this.input.setAttribute("aria-valuetext", isTouched ? String(this.value) : (this.output.dataset.none ?? ""));
    this.output.value = isTouched ? String(this.value) : "–";
  }

  /**
   * Answer to a key: digits set tenths of the scale, arrows fine-tune.
   * @param {KeyboardEvent} event
   * @param {readonly string[]} [less] keys that go down
   * @param {readonly string[]} [more] keys that go up
   * @returns {boolean} whether the key meant something here
   */
  key(event, less = ["ArrowLeft", "ArrowDown"], more = ["ArrowRight", "ArrowUp"]) {
    const size = this.step * (event.shiftKey ? 5 : 1);
    const middle = (this.min + this.max) / 2;
    if (/^[0-9]$/.test(event.key)) this.set(this.min + (Number(event.key) * (this.max - this.min)) / 10);
    else if (less.includes(event.key)) this.set((this.value ?? middle) - size);
    else if (more.includes(event.key)) this.set((this.value ?? middle) + size);
    else if (event.key === "Home") this.set(this.min);
    else if (event.key === "End") this.set(this.max);
    else return false;
    return true;
  }
}
