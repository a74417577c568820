// The room's words in every language of the site: switching asks for nothing and loses nothing.

/** @param {string} id @returns {any} data that the page carries */
export function dataOf(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

export class Words {
  /** @param {Record<string, Record<string, string>>} all words by language and key */
  constructor(all) {
    this.all = all;
    this.language = document.documentElement.lang;
  }

  /** @param {string} key @param {Record<string, string | number>} [holes] what stands for {name} */
  get(key, holes = {}) {
    const text = this.all[this.language]?.[key] ?? "";
    return text.replace(/\{(\w+)\}/g, (hole, name) => String(holes[name] ?? hole));
  }

  /**
   * Put every fixed word of the page into another language.
   * @param {string} language
   * @param {ParentNode} [root]
   */
  use(language, root = document) {
    this.language = language;
    document.documentElement.lang = language;
    document.title = `${this.get("set_name")} · ${this.get("site")}`;
    this.fill(root);
  }

  /** @param {ParentNode} root */
  fill(root) {
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-t], [data-t-label]"))) {
      const { t, tLabel } = element.dataset;
      if (t) element.textContent = this.get(t);
      if (!tLabel) continue;
      element.setAttribute("aria-label", this.get(tLabel));
      if (element.title) element.title = this.get(tLabel);
    }
    for (const template of root.querySelectorAll("template")) this.fill(template.content);
    for (const output of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-none]"))) output.dataset.none = this.get("none");
  }
}
