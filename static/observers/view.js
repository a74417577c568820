// Where the image lies on the canvas: zoom, pan, fit; all in device pixels.

const CLOSEST = 16; // device pixels for one pixel of the image, at most

export class View {
  constructor() {
    this.canvas = { width: 1, height: 1 };
    this.image = { width: 1, height: 1 };
    this.fit();
  }

  /** The scale at which the whole image is just seen. */
  get fitting() {
    return Math.min(this.canvas.width / this.image.width, this.canvas.height / this.image.height);
  }

  get closest() {
    return Math.max(CLOSEST, this.fitting * 4);
  }

  /** Show the whole image. */
  fit() {
    this.isFit = true;
    /** Device pixels for one pixel of the image. */
    this.scale = this.fitting;
    /** The point of the image in the middle of the canvas, in its pixels. */
    this.x = this.image.width / 2;
    this.y = this.image.height / 2;
  }

  /** @param {number} width @param {number} height of another image; the view is kept when it can be */
  setImage(width, height) {
    const isSame = width === this.image.width && height === this.image.height;
    this.image = { width, height };
    if (this.isFit || !isSame) this.fit();
  }

  /** @param {number} width @param {number} height of the canvas, in device pixels */
  resize(width, height) {
    this.canvas = { width: Math.max(1, width), height: Math.max(1, height) };
    if (this.isFit) this.fit();
    else this.zoomTo(this.scale);
  }

  /**
   * Zoom so that the point under the pointer stays where it is.
   * @param {number} scale
   * @param {number} [px] the pointer on the canvas; its middle when left out
   * @param {number} [py]
   */
  zoomTo(scale, px = this.canvas.width / 2, py = this.canvas.height / 2) {
    const held = this.toImage(px, py);
    const wanted = Math.min(this.closest, Math.max(Math.min(this.fitting, 1), scale));
    if (wanted <= this.fitting) return this.fit();
    this.isFit = false;
    this.scale = wanted;
    this.x = held.x - (px - this.canvas.width / 2) / wanted;
    this.y = held.y - (py - this.canvas.height / 2) / wanted;
    this.clamp();
  }

  /** One pixel of the image on one pixel of the screen. */
  exact() {
    const { x, y } = this;
    this.scale = 1;
    this.isFit = false;
    this.x = x;
    this.y = y;
    this.clamp();
  }

  /** @param {number} dx @param {number} dy in device pixels */
  panBy(dx, dy) {
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.clamp();
  }

  /** Keep the image in the window: no edge leaves further than the canvas's own. */
  clamp() {
    this.x = within(this.x, this.canvas.width / this.scale, this.image.width);
    this.y = within(this.y, this.canvas.height / this.scale, this.image.height);
  }

  /** The image's corner on the canvas, on whole pixels so that 1:1 is not blurred. */
  get origin() {
    return {
      x: Math.round(this.canvas.width / 2 - this.x * this.scale),
      y: Math.round(this.canvas.height / 2 - this.y * this.scale),
    };
  }

  /** @param {number} px @param {number} py on the canvas */
  toImage(px, py) {
    const { x, y } = this.origin;
    return { x: (px - x) / this.scale, y: (py - y) / this.scale };
  }

  /** @param {number} ix @param {number} iy in the image */
  toCanvas(ix, iy) {
    const { x, y } = this.origin;
    return { x: x + ix * this.scale, y: y + iy * this.scale };
  }
}

/** @param {number} centre @param {number} seen @param {number} size all along one side of the image */
function within(centre, seen, size) {
  if (seen >= size) return size / 2;
  return Math.min(size - seen / 2, Math.max(seen / 2, centre));
}
