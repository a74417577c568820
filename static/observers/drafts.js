// What the reader has set but not given yet, kept in this tab: a reload loses nothing.

const KEY = "fundus-drafts";
const MOST = 4; // cases

/** @returns {[string, any][]} */
function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
}

export class Drafts {
  /** @param {string} user whose they are; those of another user are let go */
  constructor(user) {
    this.user = user;
    /** @type {Map<string, any>} */
    this.kept = new Map(read().filter(([name]) => name.startsWith(`${user} `)));
  }

  /** @param {{token: string, version: number}} item */
  name(item) {
    return `${this.user} ${item.token} ${item.version}`;
  }

  /** @param {{token: string, version: number}} item */
  get(item) {
    return this.kept.get(this.name(item));
  }

  /** @param {{token: string, version: number}} item @param {any} draft null to forget it */
  set(item, draft) {
    this.kept.delete(this.name(item));
    if (draft) this.kept.set(this.name(item), draft);
    try {
      sessionStorage.setItem(KEY, JSON.stringify([...this.kept].slice(-MOST)));
    } catch {
      // A full or forbidden store: the draft lives as long as the page.
    }
  }
}
