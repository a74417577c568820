// Images of the cases that may be shown now: fetched once, decoded before they are needed.

const KEPT = 4; // the current case, two ahead, one being replaced

export class Images {
  /** @param {(token: string) => string} urlOf address of a case's image */
  constructor(urlOf) {
    this.urlOf = urlOf;
    /** @type {Map<string, Promise<HTMLImageElement>>} */
    this.ready = new Map();
  }

  /**
   * Start to load a case's image, unless it is here already.
   * @param {string} token
   * @returns {Promise<HTMLImageElement>} decoded, so that showing it paints at once
   */
  get(token) {
    let image = this.ready.get(token);
    if (!image) {
      image = this.load(token);
      this.ready.set(token, image);
      image.catch(() => this.ready.delete(token));
    }
    return image;
  }

  /** @param {string} token */
  async load(token) {
    const answer = await fetch(this.urlOf(token), { cache: "no-store", credentials: "same-origin" });
    if (!answer.ok) throw new Refused(answer.status);
    const image = new Image();
    image.src = URL.createObjectURL(await answer.blob());
    image.draggable = false;
    await image.decode();
    return image;
  }

  /**
   * Let go of every image that is no longer wanted.
   * @param {string[]} wanted tokens to keep
   */
  async keepOnly(wanted) {
    if (this.ready.size <= KEPT) return;
    for (const [token, image] of this.ready) {
      if (wanted.includes(token)) continue;
      this.ready.delete(token);
      image.then((old) => URL.revokeObjectURL(old.src)).catch(() => {});
    }
  }
}

export class Refused extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`refused with ${status}`);
    this.status = status;
  }
}
