// The list of marks: each with its own confidence, and a button to delete it.

import { Slider } from "./slider.js";

/** @typedef {import("./marks.js").Mark} Mark */

export class MarkList {
  /** @param {import("./marks.js").Marks} marks @param {HTMLElement} box holds the list and the template of a row */
  constructor(marks, box) {
    this.marks = marks;
    this.list = /** @type {HTMLElement} */ (box.querySelector("#mark-list"));
    this.template = /** @type {HTMLTemplateElement} */ (box.querySelector("#mark-row"));
    /** @type {Map<Mark, HTMLElement>} */
    this.rows = new Map();
  }

  refresh() {
    const { marks } = this.marks;
    for (const [mark, row] of this.rows) {
      if (marks.includes(mark)) continue;
      row.remove();
      this.rows.delete(mark);
    }
    marks.forEach((mark, n) => {
      const row = this.rows.get(mark) ?? this.row(mark);
      row.classList.toggle("selected", mark === this.marks.selected);
      this.name(row, mark, n + 1);
    });
  }

  /** @param {HTMLElement} row @param {Mark} mark @param {number} n its number in the list and in the image */
  name(row, mark, n) {
    const { words } = this.marks;
    const name = `${n} ${words(mark.kind)}`;
    /** @type {HTMLElement} */ (row.querySelector(".mark-name")).textContent = name;
    row.querySelector("input")?.setAttribute("aria-label", `${name}: ${words("mark_confidence")}`);
    row.querySelector("button")?.setAttribute("aria-label", `${words("delete")}: ${name}`);
  }

  /** @param {Mark} mark */
  row(mark) {
    const made = /** @type {DocumentFragment} */ (this.template.content.cloneNode(true));
    const row = /** @type {HTMLElement} */ (made.firstElementChild);
    const input = /** @type {HTMLInputElement} */ (row.querySelector("input"));
    const output = /** @type {HTMLOutputElement} */ (row.querySelector("output"));
    const slider = new Slider(input, output, () => {
      mark.confidence = slider.value;
      this.marks.changed();
    });
    if (mark.confidence !== null) slider.set(mark.confidence);
    input.addEventListener("keydown", (event) => this.key(event, mark, slider));
    row.addEventListener("focusin", () => this.marks.selected !== mark && this.marks.select(mark));
    row.querySelector("button")?.addEventListener("click", () => this.drop(mark));
    this.list.append(made);
    this.rows.set(mark, row);
    return row;
  }

  /** @param {KeyboardEvent} event @param {Mark} mark @param {Slider} slider */
  key(event, mark, slider) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Delete") this.drop(mark);
    else if (event.key === "Enter" || event.key === "Escape") /** @type {HTMLElement} */ (event.target).blur();
    else if (!slider.key(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Mark} mark */
  drop(mark) {
    this.marks.remove(mark);
    const left = this.marks.marks.at(-1);
    if (left) this.focus(left);
    else /** @type {HTMLElement | null} */ (document.querySelector("[data-mark]"))?.focus();
  }

  /** @param {Mark} mark */
  focus(mark) {
    const input = this.rows.get(mark)?.querySelector("input");
    input?.scrollIntoView({ block: "nearest" });
    input?.focus({ preventScroll: true });
  }
}
