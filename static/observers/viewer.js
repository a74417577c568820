// The viewer: one canvas, drawn at most once a frame, the same way for every case.

import { Painter2D } from "./painter_2d.js";
import { PainterGL } from "./painter_gl.js";
import { View } from "./view.js";

const LENS = { radius: 110, factor: 2.5 }; // CSS pixels; times the view's own zoom

/** @returns {import("./painter_gl.js").Adjust} */
export const untouched = () => ({ brightness: 0, contrast: 1, gamma: 1, green: false, invert: false });

export class Viewer {
  /**
   * @param {HTMLElement} box filled by the canvas
   * @param {{isKept: boolean}} rules whether the view is kept from case to case
   */
  constructor(box, { isKept }) {
    this.box = box;
    this.isKept = isKept;
    this.view = new View();
    this.adjust = untouched();
    this.isLensOn = false;
    /** @type {{x: number, y: number} | null} where the pointer is, in device pixels */
    this.pointer = null;
    /** @type {ImageBitmap | null} */
    this.bitmap = null;
    this.frame = 0;
    /** @type {Set<() => void>} called after each drawing */
    this.followers = new Set();
    this.choosePainter();
    new ResizeObserver(() => this.resize()).observe(box);
    this.watchRatio();
  }

  choosePainter() {
    this.newCanvas();
    try {
      this.painter = new PainterGL(this.canvas, () => this.draw());
    } catch {
      this.usePixels();
    }
  }

  newCanvas() {
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", this.canvas?.getAttribute("aria-label") ?? "");
    if (this.canvas) this.canvas.replaceWith(canvas);
    else this.box.prepend(canvas);
    this.canvas = canvas;
  }

  /** A canvas that was asked for WebGL gives nothing else: take a new one. */
  usePixels() {
    this.newCanvas();
    this.painter = new Painter2D(this.canvas);
    this.canvas.dataset.painter = "2d";
    this.resize();
  }

  /** A window moved to another screen, or zoomed by the browser, has another pixel ratio. */
  watchRatio() {
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener("change", () => (this.resize(), this.watchRatio()), { once: true });
  }

  get ratio() {
    return devicePixelRatio || 1;
  }

  resize() {
    const width = Math.round(this.box.clientWidth * this.ratio);
    const height = Math.round(this.box.clientHeight * this.ratio);
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.view.resize(width, height);
    this.drawNow();
  }

  /** @param {ImageBitmap} bitmap that comes soon */
  prepare(bitmap) {
    if (this.painter.takes(bitmap)) this.painter.prepare(bitmap);
  }

  /**
   * Show a case, painted before this returns.
   * @param {ImageBitmap} bitmap
   * @param {string} label what the picture is called for those who do not see it
   */
  show(bitmap, label) {
    this.bitmap = bitmap;
    if (!this.painter.takes(bitmap)) this.usePixels();
    this.canvas.setAttribute("aria-label", label);
    this.view.setImage(bitmap.width, bitmap.height);
    if (!this.isKept) this.reset();
    this.resize();
    this.drawNow();
  }

  /** Show nothing: between cases, while paused. */
  hide() {
    this.bitmap = null;
    this.drawNow();
  }

  reset() {
    this.isLensOn = false;
    this.adjust = untouched();
    this.view.fit();
    this.draw();
  }

  /** @param {Partial<import("./painter_gl.js").Adjust>} change */
  set(change) {
    Object.assign(this.adjust, change);
    this.draw();
  }

  /** @param {number} factor @param {number} [px] @param {number} [py] in device pixels */
  zoomBy(factor, px, py) {
    this.view.zoomTo(this.view.scale * factor, px, py);
    this.draw();
  }

  /** @param {number} dx @param {number} dy in device pixels */
  panBy(dx, dy) {
    this.view.panBy(dx, dy);
    this.draw();
  }

  fit() {
    this.view.fit();
    this.draw();
  }

  exact() {
    this.view.exact();
    this.draw();
  }

  /** Draw with the next frame; asking again before it changes nothing. */
  draw() {
    this.frame ||= requestAnimationFrame(() => this.drawNow());
  }

  drawNow() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.bitmap) this.painter.paint(this.bitmap, this.view, this.adjust, this.lens);
    else this.painter.clear();
    for (const follow of this.followers) follow();
  }

  /** @returns {import("./painter_gl.js").Lens} */
  get lens() {
    if (!this.isLensOn) return null;
    const { x, y } = this.pointer ?? { x: this.canvas.width / 2, y: this.canvas.height / 2 };
    return { x, y, radius: LENS.radius * this.ratio, factor: LENS.factor };
  }

  /**
   * Where an event lies on the canvas.
   * @param {{clientX: number, clientY: number}} event
   */
  place(event) {
    const box = this.box.getBoundingClientRect();
    return { x: (event.clientX - box.left) * this.ratio, y: (event.clientY - box.top) * this.ratio };
  }

  /** @param {{clientX: number, clientY: number}} event @returns its place in the image's pixels */
  imagePlace(event) {
    const { x, y } = this.place(event);
    return this.view.toImage(x, y);
  }
}
