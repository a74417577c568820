// Paints the image where there is no WebGL 2: the same arithmetic, in little time on a large image.
//
// The image is kept in halves of its size, so that a frame reads few more pixels than it shows;
// brightness, contrast, gamma, red-free and invert are a table that the browser's own filter
// applies, so that no script touches a pixel.

const KEPT = 3; // images whose halves are kept: the case on view and two ahead
const SMALLEST = 256; // pixels: no further halving
const RING = 153; // grey level of the magnifier's ring, on the screen
const SVG = "http://www.w3.org/2000/svg";
const FILTER = "fundus-levels"; // the filter's id; one viewer a page
const AS_IT_IS = "1 0 0 0 0  0 1 0 0 0  0 0 1 0 0  0 0 0 1 0";
const GREEN_ALONE = "0 1 0 0 0  0 1 0 0 0  0 1 0 0 0  0 0 0 1 0";

export class Painter2D {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no canvas");
    this.context = context;
    /** @type {Map<ImageBitmap, ImageBitmap[]>} */
    this.halves = new Map();
    this.filter = new Filter(canvas);
  }

  takes() {
    return true;
  }

  /**
   * Halve an image before it is needed.
   * @param {ImageBitmap} bitmap
   */
  prepare(bitmap) {
    const halves = this.halves.get(bitmap) ?? halved(bitmap);
    this.halves.delete(bitmap); // to the end: the newest used
    this.halves.set(bitmap, halves);
    for (const old of this.halves.keys()) {
      if (this.halves.size <= KEPT) break;
      this.halves.delete(old);
    }
    return halves;
  }

  clear() {
    const { canvas } = this.context;
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, canvas.width, canvas.height);
  }

  /**
   * @param {ImageBitmap} bitmap
   * @param {import("./view.js").View} view
   * @param {import("./painter_gl.js").Adjust} adjust
   * @param {import("./painter_gl.js").Lens} lens
   */
  paint(bitmap, view, adjust, lens) {
    const halves = this.halves.get(bitmap) ?? this.prepare(bitmap);
    const { x, y } = view.origin;
    const { width, height } = view.canvas;
    this.filter.set(adjust);
    this.clear();
    this.part(halves, { x, y, scale: view.scale }, { left: 0, top: 0, right: width, bottom: height });
    if (lens) this.look(halves, view, lens);
  }

  /**
   * Draw what of the image falls on a part of the canvas.
   * @param {ImageBitmap[]} halves
   * @param {{x: number, y: number, scale: number}} at where the image begins, and its scale
   * @param {{left: number, top: number, right: number, bottom: number}} shown
   */
  part(halves, { x, y, scale }, shown) {
    const [{ width, height }] = halves;
    const left = Math.max(0, Math.floor((shown.left - x) / scale) - 1);
    const top = Math.max(0, Math.floor((shown.top - y) / scale) - 1);
    const right = Math.min(width, Math.ceil((shown.right - x) / scale) + 1);
    const bottom = Math.min(height, Math.ceil((shown.bottom - y) / scale) + 1);
    if (right <= left || bottom <= top) return;
    const n = Math.min(halves.length - 1, Math.max(0, Math.floor(Math.log2(1 / scale))));
    const source = halves[n];
    const across = source.width / width;
    const down = source.height / height;
    const [w, h] = [right - left, bottom - top];
    const { context } = this;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "low"; // enough: never made smaller than by half
    const [dx, dy] = [x + left * scale, y + top * scale];
    context.drawImage(source, left * across, top * down, w * across, h * down, dx, dy, w * scale, h * scale);
  }

  /** @param {ImageBitmap[]} halves @param {import("./view.js").View} view @param {NonNullable<import("./painter_gl.js").Lens>} lens */
  look(halves, view, { x, y, radius, factor }) {
    const { context } = this;
    const { origin, scale } = view;
    context.save();
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.clip();
    context.fillStyle = this.filter.greyFor(0);
    context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    this.part(
      halves,
      { x: x - (x - origin.x) * factor, y: y - (y - origin.y) * factor, scale: scale * factor },
      { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius },
    );
    context.restore();
    context.strokeStyle = this.filter.greyFor(RING);
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, radius - 1, 0, 2 * Math.PI);
    context.stroke();
  }
}

/** Adjusts a canvas as it is shown: green alone or all three, then a table of levels. */
class Filter {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.key = "";
    this.levels = Uint8ClampedArray.from({ length: 256 }, (_, level) => level);
    this.colours = element("feColorMatrix", { type: "matrix", values: AS_IT_IS });
    this.tables = ["R", "G", "B"].map((name) => element(`feFunc${name}`, { type: "discrete" }));
    const transfer = element("feComponentTransfer", {}, this.tables);
    const size = { x: "0", y: "0", width: "1", height: "1", "color-interpolation-filters": "sRGB" };
    const filter = element("filter", { id: FILTER, ...size }, [this.colours, transfer]);
    document.getElementById(FILTER)?.closest("svg")?.remove();
    document.body.prepend(element("svg", { width: "0", height: "0", "aria-hidden": "true", class: "visually-hidden" }, [filter]));
  }

  /** @param {import("./painter_gl.js").Adjust} adjust */
  set({ brightness, contrast, gamma, green, invert }) {
    const key = [brightness, contrast, gamma, green, invert].join();
    if (key === this.key) return;
    this.key = key;
    for (let level = 0; level < 256; level += 1) {
      const bent = ((level / 255) ** (1 / gamma) - 0.5) * contrast + 0.5 + brightness;
      const kept = Math.min(1, Math.max(0, bent));
      this.levels[level] = Math.round(255 * (invert ? 1 - kept : kept));
    }
    const isPlain = !brightness && contrast === 1 && gamma === 1 && !green && !invert;
    this.canvas.style.filter = isPlain ? "" : `url(#${FILTER})`;
    if (isPlain) return;
    this.colours.setAttribute("values", green ? GREEN_ALONE : AS_IT_IS);
    const values = Array.from(this.levels, (level) => (level / 255).toFixed(4)).join(" ");
    for (const table of this.tables) table.setAttribute("tableValues", values);
  }

  /** @param {number} wanted level on the screen @returns the grey that the filter turns into it, or nearly */
  greyFor(wanted) {
    let best = 0;
    for (let level = 0; level < 256; level += 1) {
      if (Math.abs(this.levels[level] - wanted) < Math.abs(this.levels[best] - wanted)) best = level;
    }
    return `rgb(${best} ${best} ${best})`;
  }
}

/** @param {string} name @param {Record<string, string>} attributes @param {Element[]} [inside] */
function element(name, attributes, inside = []) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

/** @param {ImageBitmap} bitmap @returns {ImageBitmap[]} the image, its half, the half of that, ... */
function halved(bitmap) {
  /** @type {ImageBitmap[]} */
  const halves = [bitmap];
  for (let last = halves[0]; Math.min(last.width, last.height) >= 2 * SMALLEST; last = halves[halves.length - 1]) {
    const half = new OffscreenCanvas(Math.round(last.width / 2), Math.round(last.height / 2));
    const context = half.getContext("2d");
    if (!context) break;
    context.imageSmoothingQuality = "low"; // bilinear at one half: the mean of four
    context.drawImage(last, 0, 0, half.width, half.height);
    halves.push(half.transferToImageBitmap());
  }
  return halves;
}
