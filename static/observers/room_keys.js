// What each key of the room does.

import { LETTERS, Shortcuts, belongsToControl, letterOf } from "./keys.js";

/**
 * @param {{goOn: () => void, pause: () => void, act: (path: string) => void, isReading: () => boolean}} room
 * @param {{panel: import("./panel.js").Panel, marks: import("./marks.js").Marks,
 *   tools: import("./tools.js").Tools, review: import("./review.js").Review,
 *   part: (id: string) => any}} parts
 */
export function listen(room, { panel, marks, tools, review, part }) {
  const help = /** @type {HTMLDialogElement} */ (part("help"));
  const shortcuts = new Shortcuts(part("shortcuts"));
  part("help-open").addEventListener("click", () => help.showModal());
  part("help-close").addEventListener("click", () => help.close());

  /** @type {Record<string, (event: KeyboardEvent) => void>} what may be done while a case is read */
  const reading = {
    up: () => tools.look(0, -1),
    down: () => tools.look(0, 1),
    left: () => tools.look(-1, 0),
    right: () => tools.look(1, 0),
    brightness: (event) => tools.nudge("brightness", event.shiftKey ? -1 : 1),
    contrast: (event) => tools.nudge("contrast", event.shiftKey ? -1 : 1),
    gamma: (event) => tools.nudge("gamma", event.shiftKey ? -1 : 1),
    point: () => marks.cursor?.begin("point"),
    ellipse: () => marks.cursor?.begin("ellipse"),
    cannot: () => part("reason")?.focus(),
  };
  for (const name of ["fit", "exact", "lens", "green", "invert", "reset"]) reading[name] = () => tools.run(name);
  /** @type {Record<string, () => void>} what may be done at any time */
  const always = {
    pause: room.pause,
    undo: () => !part("undo").hidden && room.act("undo/"),
    review: () => review.show(),
  };

  /** @param {KeyboardEvent} event @returns {boolean} whether it meant something */
  function character(event) {
    if (!shortcuts.areOn) return false;
    if (event.key === "?") help.showModal();
    else if (room.isReading() && ["+", "="].includes(event.key)) tools.run("in");
    else if (room.isReading() && event.key === "-") tools.run("out");
    else return letter(event);
    return true;
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it meant something */
  function letter(event) {
    const name = LETTERS[/** @type {keyof typeof LETTERS} */ (letterOf(event))] ?? "";
    if (always[name]) always[name]();
    else if (room.isReading() && reading[name]) reading[name](event);
    else return false;
    return true;
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it meant something */
  function key(event) {
    if (room.isReading() && marks.cursor?.key(event)) return true;
    if (belongsToControl(event)) return false;
    if (event.key === "Enter") {
      room.goOn();
      return true;
    }
    const isCharacter = event.key.length === 1 || /^Key/.test(event.code);
    if (isCharacter && character(event)) return true;
    return room.isReading() && (shortcuts.areOn || !isCharacter) && panel.key(event);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && event.repeat) return event.preventDefault(); // a held key gives one rating
    if (key(event)) event.preventDefault();
  });
}
