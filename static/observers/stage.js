// Puts a case on view: fetches, paints, starts its clock; and has the next ones ready.

import { Refused } from "./api.js";

const RETRY = 3000; // milliseconds until an image is asked for again
const CALM = 50; // milliseconds after an arrival until the next image goes to the graphics memory

/**
 * @typedef {import("./place.js").Case} Case
 * @typedef {import("./images.js").Picture} Picture
 * @typedef {{blank: () => void, presented: (item: Case) => void, failed: (status: number) => void,
 *   label: (item: Case) => string}} Listener
 */

/** @param {Case} item */
const nameOf = (item) => `${item.token} ${item.version}`;

export class Stage {
  /**
   * @param {import("./viewer.js").Viewer} viewer
   * @param {import("./images.js").Images} images
   * @param {import("./clock.js").Clock} clock
   * @param {Listener} listener
   */
  constructor(viewer, images, clock, listener) {
    this.viewer = viewer;
    this.images = images;
    this.clock = clock;
    this.listener = listener;
    /** @type {(Case & {presentation: string}) | null} the case that is on view */
    this.shown = null;
    /** @type {Case | null} the case whose turn it is */
    this.wanted = null;
    this.before = ""; // the case that was on view last: undo brings it back at once
  }

  /** @param {Case | null} current @param {Case[]} ahead @param {boolean} isFree whether images of other cases may go */
  set(current, ahead, isFree) {
    this.wanted = current;
    if (current) this.show(current);
    else this.clear();
    for (const { token } of ahead) this.fetchAhead(token);
    if (isFree) this.images.keepOnly([this.before, ...[current, ...ahead].map((item) => item?.token ?? "")]);
  }

  clear() {
    if (!this.shown) return;
    this.before = this.shown.token;
    this.shown = null;
    this.clock.isRunning = false;
    this.viewer.hide();
    this.listener.blank();
  }

  /** @param {string} token */
  fetchAhead(token) {
    const prepare = (/** @type {Picture} */ { bitmap }) => this.images.has(token) && this.viewer.prepare(bitmap);
    this.images.get(token).then(
      (picture) => setTimeout(prepare, CALM, picture),
      () => {}, // asked for again when its turn has come
    );
  }

  /** @param {Case} item */
  async show(item) {
    const name = nameOf(item);
    if ((this.shown && nameOf(this.shown) === name) || this.asked === name) return;
    this.asked = name;
    if (!this.images.has(item.token)) this.clear();
    try {
      const picture = await this.images.get(item.token);
      if (this.asked === name) this.present(item, picture);
    } catch (fault) {
      if (this.asked !== name) return;
      this.asked = "";
      this.listener.failed(fault instanceof Refused ? fault.status : 0);
      setTimeout(() => this.wanted && this.show(this.wanted), RETRY);
    }
  }

  /** @param {Case} item @param {Picture} picture */
  present(item, { bitmap, presentation, fetched }) {
    this.asked = "";
    this.before = this.shown?.token ?? this.before;
    this.shown = { ...item, presentation };
    this.clock.isRunning = false;
    this.listener.blank();
    this.viewer.show(bitmap, this.listener.label(item));
    this.listener.presented(item);
    const { shown } = this;
    // What was drawn now is on the screen when the frame after the next begins.
    requestAnimationFrame(() => requestAnimationFrame(() => this.shown === shown && this.clock.start(fetched)));
  }
}
