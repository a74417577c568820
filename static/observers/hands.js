// Pointer and wheel on the viewer: drag to pan, pinch or wheel to zoom, hover to magnify.

const WHEEL = 0.0016; // natural logarithm of the zoom for one pixel of the wheel
const PINCH = 0.01; // the same while a trackpad is pinched, which the browser tells as Ctrl + wheel

/** @param {WheelEvent} event */
function pixels(event) {
  return event.deltaY * (event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1);
}

export class Hands {
  /**
   * @param {import("./viewer.js").Viewer} viewer
   * @param {() => boolean} mayZoom whether the protocol lets the reader zoom and pan
   */
  constructor(viewer, mayZoom) {
    this.viewer = viewer;
    this.mayZoom = mayZoom;
    /** @type {Map<number, {x: number, y: number}>} pointers that are down */
    this.down = new Map();
    const { box } = viewer;
    box.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    box.addEventListener("pointerdown", (event) => this.press(event));
    box.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
      box.addEventListener(kind, (event) => this.release(/** @type {PointerEvent} */ (event)));
    }
    box.addEventListener("pointerleave", () => this.hover(null));
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    if (!this.mayZoom() || !this.viewer.bitmap) return;
    const { x, y } = this.viewer.place(event);
    this.viewer.zoomBy(Math.exp(-pixels(event) * (event.ctrlKey ? PINCH : WHEEL)), x, y);
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button !== 0 || event.defaultPrevented) return; // a mark took it
    this.viewer.box.setPointerCapture(event.pointerId);
    this.down.set(event.pointerId, this.viewer.place(event));
    this.hover(event);
  }

  /** @param {PointerEvent} event */
  move(event) {
    this.hover(event);
    const before = this.down.get(event.pointerId);
    if (!before || !this.mayZoom()) return;
    const now = this.viewer.place(event);
    const other = [...this.down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) this.pinch(before, now, other);
    else if (!this.viewer.isLensOn) this.viewer.panBy(now.x - before.x, now.y - before.y);
    this.down.set(event.pointerId, now);
  }

  /**
   * Two fingers: what lies between them stays there.
   * @param {{x: number, y: number}} before
   * @param {{x: number, y: number}} now
   * @param {{x: number, y: number}} other the finger that is at rest
   */
  pinch(before, now, other) {
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    const is = Math.hypot(now.x - other.x, now.y - other.y);
    if (was > 0) this.viewer.zoomBy(is / was, (now.x + other.x) / 2, (now.y + other.y) / 2);
    this.viewer.panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  /** @param {PointerEvent} event */
  release(event) {
    this.down.delete(event.pointerId);
  }

  /** @param {PointerEvent | null} event */
  hover(event) {
    this.viewer.pointer = event ? this.viewer.place(event) : null;
    if (this.viewer.isLensOn) this.viewer.draw();
  }
}
