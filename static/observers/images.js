// Images of the cases that may be shown now: fetched once, decoded before they are needed.

/** @typedef {{bitmap: ImageBitmap, presentation: string, fetched: number}} Picture */

export class Images {
  /** @param {import("./api.js").Api} api */
  constructor(api) {
    this.api = api;
    /** @type {Map<string, Promise<Picture>>} */
    this.ready = new Map();
    /** @type {Set<string>} those that have arrived */
    this.held = new Set();
  }

  /**
   * Start to load a case's image, unless it is here already.
   * @param {string} token
   * @returns {Promise<Picture>} decoded, so that showing it paints at once
   */
  get(token) {
    let picture = this.ready.get(token);
    if (!picture) {
      picture = this.load(token);
      this.ready.set(token, picture);
      picture.then(
        () => this.held.add(token),
        () => this.ready.delete(token),
      );
    }
    return picture;
  }

  /** @param {string} token @returns {Promise<Picture>} */
  async load(token) {
    const fetched = performance.now();
    const answer = await this.api.image(token);
    // Neither the file's nor the screen's colours are converted: all cases take the same way.
    const bitmap = await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    return { bitmap, presentation: answer.headers.get("X-Presentation") ?? "", fetched };
  }

  /** @param {string} token whether its image is here and decoded */
  has(token) {
    return this.held.has(token);
  }

  /**
   * Let go of every image that is no longer wanted.
   * @param {string[]} wanted tokens to keep
   */
  keepOnly(wanted) {
    for (const [token, picture] of this.ready) {
      if (wanted.includes(token)) continue;
      this.ready.delete(token);
      this.held.delete(token);
      picture.then(({ bitmap }) => bitmap.close()).catch(() => {});
    }
  }
}
