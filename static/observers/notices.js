// What the server refused: shown, and kept until the reader has seen it.

/** @typedef {import("./outbox.js").Entry} Entry */

export class Notices {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {import("./words.js").Words} words
   * @param {(entry: Entry) => Promise<void>} forget
   */
  constructor(dialog, words, forget) {
    this.dialog = dialog;
    this.words = words;
    /** @type {Map<number, Entry>} */
    this.entries = new Map();
    dialog.addEventListener("close", async () => {
      const seen = [...this.entries.values()];
      this.entries.clear();
      for (const entry of seen) await forget(entry);
    });
    // Escape is not "I have seen it".
    dialog.addEventListener("cancel", (event) => event.preventDefault());
  }

  /** @param {Entry} entry */
  add(entry) {
    this.entries.set(entry.id ?? 0, entry);
    this.refresh();
    if (!this.dialog.open) this.dialog.showModal();
  }

  refresh() {
    const list = /** @type {HTMLElement} */ (this.dialog.querySelector("ul"));
    const rows = [...this.entries.values()].map((entry) => {
      const row = document.createElement("li");
      const name = document.createElement("b");
      const holes = { n: entry.position ?? "?", set: entry.set, said: entry.said };
      name.textContent = this.words.get("refused_row", holes);
      row.append(name, document.createElement("br"), entry.refused);
      return row;
    });
    list.replaceChildren(...rows);
  }
}
