// Keys of the room. Letters are found by their place where the keyboard writes another script.

const OFF = "fundus-shortcuts-off";

/** Keys that only point: what each does is decided by the room. */
export const LETTERS = {
  ...{ f: "fit", x: "exact", l: "lens", g: "green", i: "invert", r: "reset" },
  ...{ w: "up", a: "left", s: "down", d: "right", b: "brightness", c: "contrast", y: "gamma" },
  ...{ p: "pause", u: "undo", t: "point", e: "ellipse", n: "cannot", v: "review" },
};

/** @param {KeyboardEvent} event @returns {string} the Latin letter on the key, if any */
export function letterOf(event) {
  if (/^[a-z]$/i.test(event.key)) return event.key.toLowerCase();
  return /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : "";
}

/** Whether single keys do something: a reader who dictates or has a tremor may switch them off. */
export class Shortcuts {
  /** @param {HTMLInputElement} box the switch */
  constructor(box) {
    this.box = box;
    box.checked = this.read() !== "yes";
    box.addEventListener("change", () => this.write());
  }

  read() {
    try {
      return localStorage.getItem(OFF);
    } catch {
      return null;
    }
  }

  write() {
    try {
      localStorage.setItem(OFF, this.box.checked ? "no" : "yes");
    } catch {
      // A forbidden store: the choice lives as long as the page.
    }
  }

  get areOn() {
    return this.box.checked;
  }
}

/**
 * Whether the control that has the focus wants this key for itself.
 * @param {KeyboardEvent} event
 */
export function belongsToControl(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest("dialog:not([open])")) return false; // just after Escape the focus still lies there
  const isButton = Boolean(target.closest("button, a, summary"));
  if (isButton) return ["Enter", " "].includes(event.key);
  if (target.closest("select")) return event.key !== "Enter" && event.key !== "Escape";
  const isTool = Boolean(target.closest("[data-adjust]"));
  return isTool && /^(Arrow|Home|End|Page)/.test(event.key);
}
