// The rating panel: the protocol's scale, or a reason why the case cannot be rated.

import { scaleOf } from "./scales.js";

export class Panel {
  /**
   * @param {HTMLElement} root
   * @param {string} kind of the scale
   * @param {() => void} changed called whenever the answer changes
   */
  constructor(root, kind, changed) {
    this.reason = /** @type {HTMLSelectElement | null} */ (root.querySelector("#reason"));
    this.changed = changed;
    this.scale = scaleOf(kind, root, () => {
      if (this.reason) this.reason.value = "";
      changed();
    });
    this.reason?.addEventListener("change", () => {
      if (this.reason?.value) this.scale.clear();
      changed();
    });
  }

  /** Why the case cannot be rated; empty when it can. */
  get cannotRate() {
    return this.reason?.value ?? "";
  }

  /** Whether there is something to send. */
  get isAnswered() {
    return this.scale.answer !== null || Boolean(this.cannotRate);
  }

  /** What is sent, in the form that the server stores. */
  get answer() {
    if (this.cannotRate) return { score: null, answer: { kind: "cannot-rate" }, cannot_rate: this.cannotRate };
    return { score: this.scale.score, answer: this.scale.answer, cannot_rate: "" };
  }

  /** The answer in the reader's words. */
  get said() {
    const { reason } = this;
    return this.cannotRate && reason ? reason.selectedOptions[0].text : this.scale.said;
  }

  clear() {
    if (this.reason) this.reason.value = "";
    this.scale.clear();
    this.changed();
  }

  /** @param {{answer: import("./scales.js").Answer | null, cannot_rate: string}} draft */
  restore(draft) {
    if (draft.cannot_rate && this.reason) this.reason.value = draft.cannot_rate;
    else if (draft.answer) this.scale.restore(draft.answer);
    this.changed();
  }

  /** The language has changed: what the slider says of itself follows. */
  reword() {
    this.scale.slider?.show();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key meant something here */
  key(event) {
    return this.scale.key(event);
  }
}
