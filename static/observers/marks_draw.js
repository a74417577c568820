// Drawing and moving marks by mouse, pen or finger.

import { shape } from "./shapes.js";

/** @typedef {import("./marks.js").Mark} Mark */

const REACH = 22; // CSS pixels: half of a handle's target
const FLAT = 0.6; // a new ellipse's short axis beside its long one
const TAPPED = 28; // CSS pixels: the radius of an ellipse that was tapped, not drawn
const SMALLEST = 2; // pixels of the image

export class Drawing {
  /** @param {import("./marks.js").Marks} marks */
  constructor(marks) {
    this.marks = marks;
    /** @type {"point" | "ellipse" | null} */
    this.kind = null;
    /** @type {{x: number, y: number} | null} where an ellipse begins */
    this.start = null;
    /** @type {((place: {x: number, y: number}) => void) | null} what a dragged handle does */
    this.drag = null;
    this.buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-mark]")]);
    for (const button of this.buttons) button.addEventListener("click", () => marks.take(button.dataset.mark ?? ""));
    const { box } = marks.viewer;
    box.addEventListener("pointerdown", (event) => this.press(event), { capture: true });
    box.addEventListener("pointermove", (event) => this.move(event), { capture: true });
    box.addEventListener("pointerup", (event) => this.release(event), { capture: true });
    box.addEventListener("pointercancel", () => this.cancel(), { capture: true });
  }

  /** @param {string | null} kind */
  take(kind) {
    this.kind = /** @type {"point" | "ellipse" | null} */ (kind);
    this.start = null;
    this.marks.viewer.box.classList.toggle("marking", Boolean(kind));
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.mark === kind));
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    const handle = /** @type {Element} */ (event.target).closest("[data-handle]");
    if (handle) this.grip(handle.getAttribute("data-handle") ?? "");
    else if (!this.kind) return;
    event.preventDefault();
    this.marks.viewer.box.setPointerCapture(event.pointerId);
    if (!handle) this.start = this.marks.inside(this.marks.viewer.imagePlace(event));
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!event.isPrimary || !(this.drag || this.start)) return;
    const place = this.marks.inside(this.marks.viewer.imagePlace(event));
    if (this.drag) this.drag(place);
    else if (this.start && this.kind === "ellipse") this.marks.ghost = spanning(this.start, place);
    this.marks.viewer.draw();
  }

  /** @param {PointerEvent} event */
  release(event) {
    if (!event.isPrimary || !(this.drag || this.start)) return;
    const { marks, start, kind } = this;
    const place = marks.inside(marks.viewer.imagePlace(event));
    this.start = null;
    if (this.drag) {
      this.drag = null;
      marks.refresh();
    } else if (start && kind) {
      this.take(null);
      const isDrawn = kind === "ellipse" && Math.hypot(place.x - start.x, place.y - start.y) * marks.zoom > 8;
      marks.add(isDrawn ? spanning(start, place) : tapped(kind, place, TAPPED / marks.zoom));
    }
  }

  cancel() {
    this.start = null;
    this.drag = null;
    this.marks.ghost = null;
    this.marks.viewer.draw();
  }

  /** @param {string} name of the handle that is dragged: middle, end or side */
  grip(name) {
    const mark = this.marks.selected;
    if (!mark) return;
    const far = (/** @type {{x: number, y: number}} */ place) => Math.max(SMALLEST, Math.hypot(place.x - mark.x, place.y - mark.y));
    this.drag = {
      middle: (/** @type {any} */ place) => Object.assign(mark, place),
      end: (/** @type {any} */ place) => Object.assign(mark, { rx: far(place), angle: Math.atan2(place.y - mark.y, place.x - mark.x) }),
      side: (/** @type {any} */ place) => Object.assign(mark, { ry: far(place) }),
    }[name] ?? null;
  }

  /** @param {Mark} mark gets handles to move, turn and shape it */
  handles(mark) {
    const { angle, rx, ry } = mark;
    /** @type {Record<string, {x: number, y: number}>} */
    const places = { middle: mark };
    if (mark.kind === "ellipse") {
      places.end = { x: mark.x + rx * Math.cos(angle), y: mark.y + rx * Math.sin(angle) };
      places.side = { x: mark.x - ry * Math.sin(angle), y: mark.y + ry * Math.cos(angle) };
    }
    for (const [name, place] of Object.entries(places)) {
      const { x, y } = this.marks.onLayer(place);
      const handle = shape("g", { class: "handle", "data-handle": name });
      handle.append(shape("circle", { class: "reach", cx: x, cy: y, r: REACH }), shape("circle", { class: "grip", cx: x, cy: y, r: 5 }));
      this.marks.layer.append(handle);
    }
  }
}

/** @param {{x: number, y: number}} a @param {{x: number, y: number}} b @returns {Mark} an ellipse whose long axis goes from a to b */
function spanning(a, b) {
  const rx = Math.max(SMALLEST, Math.hypot(b.x - a.x, b.y - a.y) / 2);
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  return { kind: "ellipse", ...middle, rx, ry: Math.max(SMALLEST, FLAT * rx), angle: Math.atan2(b.y - a.y, b.x - a.x), confidence: null };
}

/** @param {"point" | "ellipse"} kind @param {{x: number, y: number}} place @param {number} radius @returns {Mark} */
export function tapped(kind, place, radius) {
  const size = kind === "ellipse" ? radius : 0;
  return { kind, ...place, rx: size, ry: size, angle: 0, confidence: null };
}
