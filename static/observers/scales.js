// The protocol's scales. Each gives an answer as it was given, and a score from 0 to 100.

import { Slider } from "./slider.js";

/**
 * @typedef {{kind: string, [more: string]: any}} Answer
 * @typedef {{answer: Answer | null, score: number | null, said: string, clear: () => void,
 *   restore: (answer: Answer) => void, key: (event: KeyboardEvent) => boolean, slider?: Slider}} Scale
 */

/** @param {HTMLElement} root @param {string} name @returns {HTMLInputElement[]} */
const radios = (root, name) => [...root.querySelectorAll(`input[name="${name}"]`)].map((r) => /** @type {HTMLInputElement} */ (r));

/** @param {HTMLElement} root @param {() => void} changed */
function sliderOf(root, changed) {
  const input = /** @type {HTMLInputElement} */ (root.querySelector("#score"));
  return new Slider(input, /** @type {HTMLOutputElement} */ (root.querySelector("#value")), changed);
}

class SliderScale {
  /** @param {HTMLElement} root @param {() => void} changed */
  constructor(root, changed) {
    this.slider = sliderOf(root, changed);
  }

  get answer() {
    return this.slider.value === null ? null : { kind: "slider", value: this.slider.value };
  }

  get score() {
    return this.slider.value;
  }

  get said() {
    return String(this.slider.value);
  }

  clear() {
    this.slider.clear();
  }

  /** @param {Answer} answer */
  restore(answer) {
    this.slider.set(answer.value);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    return this.slider.key(event);
  }
}

class OrdinalScale {
  /** @param {HTMLElement} root @param {() => void} changed */
  constructor(root, changed) {
    this.levels = radios(root, "level");
    this.changed = changed;
    for (const level of this.levels) level.addEventListener("change", changed);
    this.clear();
  }

  get level() {
    return this.levels.findIndex((level) => level.checked);
  }

  get answer() {
    return this.level < 0 ? null : { kind: "ordinal", level: this.level };
  }

  get score() {
    return this.level < 0 ? null : Math.round((10000 * this.level) / (this.levels.length - 1)) / 100;
  }

  get said() {
    return this.levels[this.level]?.closest("label")?.querySelector("span")?.textContent ?? "";
  }

  clear() {
    for (const level of this.levels) level.checked = false;
  }

  /** @param {Answer} answer */
  restore(answer) {
    this.choose(answer.level);
  }

  /** @param {number} level */
  choose(level) {
    const last = this.levels.length - 1;
    this.levels[Math.min(last, Math.max(0, level))].checked = true;
    this.changed();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
    if (digit && digit <= this.levels.length) this.choose(digit - 1);
    else if (["ArrowLeft", "ArrowUp"].includes(event.key)) this.choose(this.level < 0 ? 0 : this.level - 1);
    else if (["ArrowRight", "ArrowDown"].includes(event.key)) this.choose(this.level + 1);
    else if (event.key === "Home") this.choose(0);
    else if (event.key === "End") this.choose(this.levels.length - 1);
    else return false;
    return true;
  }
}

class BinaryScale {
  /** @param {HTMLElement} root @param {() => void} changed */
  constructor(root, changed) {
    this.decisions = radios(root, "decision");
    this.slider = sliderOf(root, changed);
    this.changed = changed;
    for (const decision of this.decisions) decision.addEventListener("change", changed);
    this.clear();
  }

  get decision() {
    return this.decisions.find((decision) => decision.checked)?.value ?? "";
  }

  get answer() {
    const { decision } = this;
    if (!decision || this.slider.value === null) return null;
    return { kind: "binary", decision, confidence: this.slider.value };
  }

  get score() {
    if (!this.answer) return null;
    return 50 + ((this.decision === "manipulated" ? 1 : -1) * Number(this.slider.value)) / 2;
  }

  get said() {
    const chosen = this.decisions.find((decision) => decision.checked);
    return `${chosen?.closest("label")?.querySelector("span")?.textContent ?? ""}, ${this.slider.value}`;
  }

  clear() {
    for (const decision of this.decisions) decision.checked = false;
    this.slider.clear();
  }

  /** @param {Answer} answer */
  restore(answer) {
    this.choose(answer.decision);
    this.slider.set(answer.confidence);
  }

  /** @param {string} value */
  choose(value) {
    for (const decision of this.decisions) decision.checked = decision.value === value;
    this.changed();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "ArrowLeft" || event.code === "KeyO") this.choose("original");
    else if (event.key === "ArrowRight" || event.code === "KeyM") this.choose("manipulated");
    else return this.slider.key(event, ["ArrowDown"], ["ArrowUp"]);
    return true;
  }
}

const KINDS = { slider: SliderScale, ordinal: OrdinalScale, binary: BinaryScale };

/** @param {string} kind @param {HTMLElement} root @param {() => void} changed @returns {Scale} */
export function scaleOf(kind, root, changed) {
  return new KINDS[/** @type {keyof typeof KINDS} */ (kind)](root, changed);
}
