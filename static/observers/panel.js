// The rating panel: a slider that has no handle until the reader touches it.

export class Panel {
  /**
   * @param {HTMLElement} root
   * @param {() => void} changed called whenever the answer changes
   */
  constructor(root, changed) {
    this.slider = /** @type {HTMLInputElement} */ (root.querySelector("#score"));
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("#value"));
    this.reason = /** @type {HTMLSelectElement | null} */ (root.querySelector("#reason"));
    this.changed = changed;
    this.min = Number(this.slider.min);
    this.max = Number(this.slider.max);
    this.step = Number(this.slider.step);
    this.slider.addEventListener("input", () => this.set(Number(this.slider.value)));
    // A click on the very place of the hidden handle changes no value: take it as touched.
    this.slider.addEventListener("pointerup", () => this.set(Number(this.slider.value)));
    this.reason?.addEventListener("change", () => {
      if (this.reason?.value) this.clearScore();
      this.changed();
    });
    this.clear();
  }

  /** Whether there is something to send. */
  get isAnswered() {
    return this.score !== null || Boolean(this.reason?.value);
  }

  get answer() {
    return { score: this.score, cannot_rate: this.score === null ? (this.reason?.value ?? "") : "" };
  }

  clear() {
    if (this.reason) this.reason.value = "";
    this.clearScore();
    this.changed();
  }

  clearScore() {
    /** @type {number | null} */
    this.score = null;
    this.slider.value = String((this.min + this.max) / 2);
    this.slider.classList.add("untouched");
    this.slider.setAttribute("aria-valuetext", this.output.dataset.none ?? "");
    this.output.value = "–";
  }

  /** @param {number} value */
  set(value) {
    const steps = Math.round((value - this.min) / this.step);
    const score = Math.min(this.max, Math.max(this.min, this.min + steps * this.step));
    this.score = score;
    this.slider.value = String(score);
    this.slider.classList.remove("untouched");
    this.slider.setAttribute("aria-valuetext", String(score));
    this.output.value = String(score);
    if (this.reason) this.reason.value = "";
    this.changed();
  }

  /**
   * Answer to a key: digits set tenths of the scale, arrows fine-tune.
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key meant something here
   */
  key(event) {
    if (/^[0-9]$/.test(event.key)) {
      this.set(this.min + (Number(event.key) * (this.max - this.min)) / 10);
      return true;
    }
    const size = this.step * (event.shiftKey ? 5 : 1);
    const moves = { ArrowLeft: -size, ArrowDown: -size, ArrowRight: size, ArrowUp: size };
    const move = moves[/** @type {keyof typeof moves} */ (event.key)];
    if (move !== undefined) {
      this.set((this.score ?? (this.min + this.max) / 2) + move);
      return true;
    }
    if (event.key === "Home") this.set(this.min);
    else if (event.key === "End") this.set(this.max);
    else return false;
    return true;
  }
}
