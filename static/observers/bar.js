// The bar: where the reader is, whether everything is saved, what can be taken back.

import { MOODS, setIcon } from "./screens.js";

const SLOW = 250; // milliseconds after which saving is worth a word
const FAULTS = ["offline", "login", "other"];

export class Bar {
  /**
   * @param {HTMLElement} root
   * @param {import("./words.js").Words} words
   * @param {() => void} changed called when the mood is another
   */
  constructor(root, words, changed) {
    this.root = root;
    this.words = words;
    this.changed = changed;
    this.mood = "loading";
    this.waiting = 0;
  }

  /** @param {string} id @returns {any} */
  part(id) {
    return this.root.querySelector(`#${id}`);
  }

  /**
   * Take notice of how sending goes. Quick saving is not worth a word, and a fault stands until
   * a try has ended well.
   * @param {string} mood
   * @param {number} n how many ratings wait
   */
  feel(mood, n) {
    clearTimeout(this.slow);
    this.waiting = n;
    if (mood !== "saving") this.become(mood);
    else if (!FAULTS.includes(this.mood)) this.slow = setTimeout(() => this.become(mood), SLOW);
  }

  /** @param {string} mood */
  become(mood) {
    this.mood = mood;
    this.changed();
  }

  /** @param {{rated: number, total: number, place: string, isPaused: boolean}} now */
  refresh({ rated, total, place, isPaused }) {
    const { words, mood, waiting } = this;
    this.text("place", place);
    const progress = this.part("progress");
    progress.max = total;
    progress.value = rated;
    const saved = this.part("saved");
    saved.dataset.kind = mood;
    setIcon(saved, this.root.dataset.sprite ?? "", MOODS[/** @type {keyof typeof MOODS} */ (mood)] ?? "info");
    const isFault = FAULTS.includes(mood);
    this.text("saved-words", words.get(isFault && waiting ? `${mood}_kept` : mood, { n: waiting }));
    this.text("pause-words", words.get(isPaused ? "resume" : "pause"));
    this.part("pause").setAttribute("aria-pressed", String(isPaused));
    this.part("relogin").hidden = !["login", "other"].includes(mood);
  }

  /** @param {number} seconds for which the last rating may be taken back */
  undo(seconds) {
    this.part("undo").hidden = seconds <= 0;
    this.text("undo-left", seconds > 0 ? `${seconds} s` : "");
  }

  /** @param {string} id @param {string} text written only when it changes: it may be read aloud */
  text(id, text) {
    const element = this.part(id);
    if (element.textContent !== text) element.textContent = text;
  }
}
