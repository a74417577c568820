// Drawing marks by keyboard: a mark stands in the middle of the view until it is set.

import { tapped } from "./marks_draw.js";

const STEP = 12; // CSS pixels for one press of an arrow; with Shift one
const GROWTH = 1.15;
const TURN = Math.PI / 12;
const START = 36; // CSS pixels: the radius of a new ellipse

export class Cursor {
  /** @param {import("./marks.js").Marks} marks */
  constructor(marks) {
    this.marks = marks;
    this.isOn = false;
  }

  /** @param {"point" | "ellipse"} kind */
  begin(kind) {
    const { marks } = this;
    if (!marks.kinds.includes(kind) || marks.isFull || !marks.viewer.bitmap) return;
    const { x, y } = marks.viewer.view;
    marks.stop();
    marks.ghost = tapped(kind, marks.inside({ x, y }), START / marks.zoom);
    this.isOn = true;
    marks.viewer.draw();
    marks.changed();
  }

  leave() {
    if (!this.isOn) return;
    this.isOn = false;
    this.marks.ghost = null;
    this.marks.viewer.draw();
    this.marks.changed();
  }

  set() {
    const mark = this.marks.ghost;
    this.isOn = false;
    if (mark) this.marks.add(mark);
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key meant something here */
  key(event) {
    const mark = this.marks.ghost;
    if (!this.isOn || !mark) return false;
    const step = (event.shiftKey ? 1 : STEP) / this.marks.zoom;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => (mark.x -= step),
      ArrowRight: () => (mark.x += step),
      ArrowUp: () => (mark.y -= step),
      ArrowDown: () => (mark.y += step),
      "+": () => this.scale(GROWTH, GROWTH),
      "=": () => this.scale(GROWTH, GROWTH),
      "-": () => this.scale(1 / GROWTH, 1 / GROWTH),
      "]": () => this.scale(1, GROWTH),
      "[": () => this.scale(1, 1 / GROWTH),
      ".": () => (mark.angle += TURN),
      ",": () => (mark.angle -= TURN),
      Enter: () => this.set(),
      Escape: () => this.leave(),
    };
    const run = keys[event.key];
    if (!run) return false;
    run();
    Object.assign(mark, this.marks.inside(mark));
    this.marks.viewer.draw();
    return true;
  }

  /** @param {number} long @param {number} short how much the two axes grow */
  scale(long, short) {
    const mark = this.marks.ghost;
    if (mark?.kind !== "ellipse") return;
    const most = Math.max(this.marks.viewer.view.image.width, this.marks.viewer.view.image.height);
    mark.rx = Math.min(most, Math.max(2, mark.rx * long));
    mark.ry = Math.min(most, Math.max(2, mark.ry * short));
  }
}
