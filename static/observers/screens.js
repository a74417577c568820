// What stands in the place of the image when there is none to read: in words beside an icon.

const ICONS = {
  loading: "clock",
  waiting: "offline",
  login: "lock",
  other: "person",
  paused: "pause",
  taken: "window",
  complete: "check",
  error: "alert",
};
const ACTIONS = { login: ["login"], other: ["login"], paused: ["resume"], taken: ["take_back"], error: ["reload", "home"] };

/** What the bar's status is shown with. */
export const MOODS = { saved: "check", saving: "clock", loading: "clock", offline: "offline", login: "lock", other: "person", note: "alert" };

/** @param {Element} box @param {string} sprite @param {string} name */
export function setIcon(box, sprite, name) {
  box.querySelector("use")?.setAttribute("href", `${sprite}#${name}`);
}

export class Screen {
  /**
   * @param {HTMLElement} box
   * @param {import("./words.js").Words} words
   * @param {string} sprite
   */
  constructor(box, words, sprite) {
    this.box = box;
    this.words = words;
    this.sprite = sprite;
    this.kind = "";
  }

  /** @param {string} kind empty for none @param {number} n how many ratings wait */
  show(kind, n) {
    const { box } = this;
    box.hidden = !kind;
    if (!kind) return void (this.kind = "");
    setIcon(box, this.sprite, ICONS[/** @type {keyof typeof ICONS} */ (kind)] ?? "info");
    this.put("h2", this.words.get(`${kind}_title`));
    this.put("p", this.words.get(kind === "waiting" && !n ? "waiting_image" : `${kind}_text`, { n }));
    const wanted = ACTIONS[/** @type {keyof typeof ACTIONS} */ (kind)] ?? [];
    for (const action of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll("[data-action]"))) {
      action.hidden = !wanted.includes(action.dataset.action ?? "");
    }
    box.dataset.kind = kind;
    this.kind = kind;
  }

  /** @param {string} selector @param {string} text written only when it changes: it is read aloud */
  put(selector, text) {
    const element = /** @type {HTMLElement} */ (this.box.querySelector(selector));
    if (element.textContent !== text) element.textContent = text;
  }
}
