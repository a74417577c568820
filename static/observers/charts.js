// ROC charts: point at a curve to read it, tick what is shown. Without script the curves stand.

const NEAR = 14; // units of the drawing

/** @param {string} text @returns {[number, number][]} */
function corners(text) {
  return text.trim().split(/\s+/).map((pair) => {
    const [x, y] = pair.split(",").map(Number);
    return [x, y];
  });
}

/** The place on a segment that is nearest to a point. */
function nearest([ax, ay], [bx, by], x, y) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy || 1;
  const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
  const [px, py] = [ax + t * dx, ay + t * dy];
  return { x: px, y: py, far: Math.hypot(px - x, py - y) };
}

class RocChart {
  /** @param {HTMLElement} figure */
  constructor(figure) {
    this.svg = figure.querySelector("svg");
    this.output = figure.querySelector("output");
    this.finger = figure.querySelector(".finger");
    this.hint = this.output.textContent;
    this.curves = [...figure.querySelectorAll("polyline")].map((line) => ({
      line,
      corners: corners(line.getAttribute("points")),
    }));
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.leave());
  }

  point(event) {
    const place = new DOMPoint(event.clientX, event.clientY);
    const { x, y } = place.matrixTransform(this.svg.getScreenCTM().inverse());
    let best = { far: NEAR };
    for (const { line, corners: all } of this.curves) {
      if (line.hasAttribute("hidden")) continue;
      for (let k = 1; k < all.length; k += 1) {
        const found = nearest(all[k - 1], all[k], x, y);
        if (found.far < best.far) best = { ...found, line };
      }
    }
    this.light(best);
  }

  light(found) {
    for (const { line } of this.curves) line.classList.toggle("lit", line === found.line);
    if (!found.line) {
      this.leave();
      return;
    }
    this.finger.setAttribute("cx", found.x);
    this.finger.setAttribute("cy", found.y);
    const rates = [(found.x - 30) / 260, (268 - found.y) / 260].map((rate) => rate.toFixed(2));
    this.output.textContent = `${found.line.dataset.label} · (${rates.join(", ")})`;
  }

  leave() {
    this.finger.setAttribute("cx", -9);
    this.output.textContent = this.hint;
    for (const { line } of this.curves) line.classList.remove("lit");
  }
}

/** Show what is ticked: a series by its key and a kind of line, both at once. */
function show(panel) {
  const off = (name) =>
    new Set([...panel.querySelectorAll(`[${name}]`)].filter((box) => !box.checked).map((box) => box.getAttribute(name)));
  const [keys, kinds] = [off("data-toggle"), off("data-toggle-kind")];
  for (const drawn of document.querySelectorAll("[data-series]")) {
    drawn.toggleAttribute("hidden", keys.has(drawn.dataset.series) || kinds.has(drawn.dataset.kind));
  }
}

for (const figure of document.querySelectorAll("[data-chart=roc]")) new RocChart(figure);
for (const panel of document.querySelectorAll("[data-toggles]")) {
  panel.addEventListener("change", () => show(panel));
  show(panel);
}
