// Earlier cases, where the protocol lets a reader look at them again before the set is finished.

export class Review {
  /**
   * @param {HTMLDialogElement | null} dialog absent where the protocol goes forward only
   * @param {import("./words.js").Words} words
   * @param {(token: string) => void} open
   */
  constructor(dialog, words, open) {
    this.dialog = dialog;
    this.words = words;
    this.open = open;
    this.button = /** @type {HTMLButtonElement | null} */ (document.getElementById("review-open"));
    this.button?.addEventListener("click", () => this.show());
    this.names = "";
  }

  show() {
    if (this.dialog && !this.button?.disabled && !this.dialog.open) this.dialog.showModal();
  }

  /** @param {import("./place.js").Item[]} items the cases that may be opened again */
  refresh(items) {
    if (!this.dialog || !this.button) return;
    this.button.disabled = items.length === 0;
    const names = items.map((item) => item.token).join();
    if (names === this.names) return;
    this.names = names;
    this.items = items;
    this.reword();
  }

  reword() {
    const buttons = (this.items ?? []).map(({ token, position }) => {
      const button = document.createElement("button");
      button.className = "button";
      button.value = token ?? "";
      button.textContent = String(position);
      button.setAttribute("aria-label", this.words.get("review_case", { n: position ?? "" }));
      button.addEventListener("click", () => this.open(token ?? ""));
      return button;
    });
    this.dialog?.querySelector(".review-cases")?.replaceChildren(...buttons);
  }
}
