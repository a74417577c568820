// Paints the image where there is no WebGL 2: the same arithmetic, on the pixels that are seen.

export class Painter2D {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("no canvas");
    this.context = context;
    this.table = { key: "", values: new Uint8ClampedArray(256) };
  }

  takes() {
    return true;
  }

  prepare() {}

  clear() {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, this.context.canvas.width, this.context.canvas.height);
  }

  /**
   * @param {ImageBitmap} bitmap
   * @param {import("./view.js").View} view
   * @param {import("./painter_gl.js").Adjust} adjust
   * @param {import("./painter_gl.js").Lens} lens
   */
  paint(bitmap, view, adjust, lens) {
    const { context } = this;
    this.clear();
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    const { x, y } = view.origin;
    context.drawImage(bitmap, x, y, bitmap.width * view.scale, bitmap.height * view.scale);
    if (lens) this.look(bitmap, view, lens);
    this.adjust(view.canvas, adjust);
    if (lens) this.ring(lens);
  }

  /** @param {ImageBitmap} bitmap @param {import("./view.js").View} view @param {NonNullable<import("./painter_gl.js").Lens>} lens */
  look(bitmap, view, lens) {
    const { context } = this;
    const { x, y } = view.origin;
    const scale = view.scale * lens.factor;
    context.save();
    context.beginPath();
    context.arc(lens.x, lens.y, lens.radius, 0, 2 * Math.PI);
    context.clip();
    context.fillRect(lens.x - lens.radius, lens.y - lens.radius, 2 * lens.radius, 2 * lens.radius);
    const left = lens.x - (lens.x - x) * lens.factor;
    const top = lens.y - (lens.y - y) * lens.factor;
    context.drawImage(bitmap, left, top, bitmap.width * scale, bitmap.height * scale);
    context.restore();
  }

  /** @param {NonNullable<import("./painter_gl.js").Lens>} lens */
  ring(lens) {
    this.context.strokeStyle = "rgb(153 153 153)";
    this.context.lineWidth = 2;
    this.context.beginPath();
    this.context.arc(lens.x, lens.y, lens.radius - 1, 0, 2 * Math.PI);
    this.context.stroke();
  }

  /** @param {{width: number, height: number}} canvas @param {import("./painter_gl.js").Adjust} adjust */
  adjust(canvas, adjust) {
    const table = this.tableOf(adjust);
    if (!table) return;
    const seen = this.context.getImageData(0, 0, canvas.width, canvas.height);
    const { data } = seen;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] === 0) continue;
      const green = table[data[i + 1]];
      data[i] = adjust.green ? green : table[data[i]];
      data[i + 1] = green;
      data[i + 2] = adjust.green ? green : table[data[i + 2]];
    }
    this.context.putImageData(seen, 0, 0);
  }

  /**
   * @param {import("./painter_gl.js").Adjust} adjust
   * @returns {Uint8ClampedArray | null} what each level becomes; null when nothing changes
   */
  tableOf(adjust) {
    const { brightness, contrast, gamma, green, invert } = adjust;
    if (!brightness && contrast === 1 && gamma === 1 && !green && !invert) return null;
    const key = [brightness, contrast, gamma, invert].join();
    if (key !== this.table.key) {
      const values = new Uint8ClampedArray(256);
      for (let level = 0; level < 256; level += 1) {
        const bent = ((level / 255) ** (1 / gamma) - 0.5) * contrast + 0.5 + brightness;
        const kept = Math.min(1, Math.max(0, bent));
        values[level] = Math.round(255 * (invert ? 1 - kept : kept));
      }
      this.table = { key, values };
    }
    return this.table.values;
  }
}
