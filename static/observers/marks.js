// Marks of suspected regions: what they are, drawn over the image in a layer of their own.

import { Drawing } from "./marks_draw.js";
import { Cursor } from "./marks_keys.js";
import { MarkList } from "./marks_list.js";
import { shape } from "./shapes.js";

/**
 * @typedef {{kind: "point" | "ellipse", x: number, y: number, rx: number, ry: number,
 *   angle: number, confidence: number | null}} Mark in pixels of the image and radians
 */

const MOST = 20; // marks for one rating
const DOT = 7; // CSS pixels: radius of a point

/** @param {number} value @param {number} digits */
const rounded = (value, digits) => Number(value.toFixed(digits));

export class Marks {
  /**
   * @param {import("./viewer.js").Viewer} viewer
   * @param {{allowed: string, box: HTMLElement, words: (key: string) => string, changed: () => void}} room
   *   which kinds the protocol allows: none, point, ellipse or both; where the list goes
   */
  constructor(viewer, { allowed, box, words, changed }) {
    this.viewer = viewer;
    this.words = words;
    this.changed = changed;
    this.kinds = allowed === "both" ? ["point", "ellipse"] : allowed === "none" ? [] : [allowed];
    /** @type {Mark[]} */
    this.marks = [];
    /** @type {Mark | null} */
    this.selected = null;
    /** @type {Mark | null} one that is being drawn */
    this.ghost = null;
    this.layer = shape("svg", { class: "marks", "aria-hidden": "true" });
    viewer.box.append(this.layer);
    viewer.followers.add(() => this.paint());
    if (!this.kinds.length) return;
    this.list = new MarkList(this, box);
    this.drawing = new Drawing(this);
    this.cursor = new Cursor(this);
  }

  /** Whether each mark has its confidence. */
  get isComplete() {
    return this.marks.every((mark) => mark.confidence !== null);
  }

  get isFull() {
    return this.marks.length >= MOST;
  }

  /** What is sent. */
  get value() {
    return this.marks.map(({ kind, x, y, rx, ry, angle, confidence }) => {
      const middle = { kind, x: rounded(x, 1), y: rounded(y, 1) };
      const round = kind === "ellipse" ? { rx: rounded(rx, 1), ry: rounded(ry, 1), angle: rounded(angle % Math.PI, 4) } : {};
      return { ...middle, ...round, confidence };
    });
  }

  /** @param {any[]} marks as they were sent or drafted */
  restore(marks) {
    this.marks = marks.map((mark) => ({ rx: 0, ry: 0, angle: 0, ...mark }));
    this.selected = null;
    this.refresh();
  }

  clear() {
    this.stop();
    this.restore([]);
  }

  /** Put down what is in the hand. */
  stop() {
    this.ghost = null;
    this.drawing?.take(null);
    this.cursor?.leave();
  }

  /** @param {string} kind of the mark that the pointer draws next; again puts it down */
  take(kind) {
    if (!this.kinds.includes(kind) || this.isFull || !this.viewer.bitmap) return;
    this.drawing?.take(this.drawing.kind === kind ? null : kind);
  }

  /** @param {Mark} mark */
  add(mark) {
    this.ghost = null;
    if (this.isFull) return;
    this.marks.push(mark);
    this.selected = mark;
    this.refresh();
    this.list?.focus(mark);
  }

  /** @param {Mark} mark */
  remove(mark) {
    this.marks = this.marks.filter((other) => other !== mark);
    if (this.selected === mark) this.selected = null;
    this.refresh();
  }

  /** @param {Mark | null} mark */
  select(mark) {
    this.selected = mark;
    this.list?.refresh();
    this.viewer.draw();
  }

  refresh() {
    this.list?.refresh();
    this.viewer.draw();
    this.changed();
  }

  /** @param {{x: number, y: number}} place brought into the image */
  inside(place) {
    const { width, height } = this.viewer.view.image;
    return { x: Math.min(width, Math.max(0, place.x)), y: Math.min(height, Math.max(0, place.y)) };
  }

  /** CSS pixels for one pixel of the image. */
  get zoom() {
    return this.viewer.view.scale / this.viewer.ratio;
  }

  /** @param {{x: number, y: number}} place in the image @returns its place on the layer */
  onLayer(place) {
    const { x, y } = this.viewer.view.toCanvas(place.x, place.y);
    return { x: x / this.viewer.ratio, y: y / this.viewer.ratio };
  }

  /** Draw every mark where the image is now. */
  paint() {
    const isShown = Boolean(this.viewer.bitmap);
    if (!this.layer.childElementCount && !(isShown && (this.marks.length || this.ghost))) return;
    const drawn = isShown ? this.marks.map((mark, n) => this.drawn(mark, String(n + 1))) : [];
    if (isShown && this.ghost) drawn.push(this.drawn(this.ghost, ""));
    this.layer.replaceChildren(...drawn);
    if (isShown && this.selected && !this.ghost) this.drawing?.handles(this.selected);
  }

  /** @param {Mark} mark @param {string} label its number in the list */
  drawn(mark, label) {
    const { x, y } = this.onLayer(mark);
    const group = shape("g", { class: `mark${mark === this.selected ? " selected" : ""}${mark === this.ghost ? " ghost" : ""}` });
    const { zoom } = this;
    const rx = mark.kind === "point" ? DOT : mark.rx * zoom;
    const ry = mark.kind === "point" ? DOT : mark.ry * zoom;
    const turn = `rotate(${(mark.angle * 180) / Math.PI} ${x} ${y})`;
    // A dark line under a light one is seen on every part of the retina.
    for (const kind of ["under", "over"]) group.append(shape("ellipse", { class: kind, cx: x, cy: y, rx, ry, transform: turn }));
    if (mark.kind === "point") group.append(shape("circle", { class: "dot", cx: x, cy: y, r: 1.5 }));
    const text = shape("text", { x: x + rx + 6, y: y - ry - 2 });
    text.textContent = label;
    group.append(text);
    return group;
  }
}
