// Asks the server. What comes back is an answer with its status, or null when there was none.

const TIME_LIMIT = 20000; // milliseconds for one try

/** @typedef {{status: number, data: any} | null} Answer */

export class Refused extends Error {
  /** @param {number} status 0 when the network failed */
  constructor(status) {
    super(`refused with ${status}`);
    this.status = status;
  }
}

/** @returns {string} a random UUID, also where the page is not a secure context */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export class Api {
  /**
   * @param {string} base address of the session's API; empty where there is no session
   * @param {string} tokenUrl where a fresh CSRF token is
   * @param {string} csrf the page's token, until a fresh one is asked for
   */
  constructor(base, tokenUrl, csrf) {
    this.base = base;
    this.tokenUrl = tokenUrl;
    this.csrf = csrf;
    /** Names this page load: the newest room of a session holds it. */
    this.room = newKey();
  }

  /** @param {Record<string, string>} [more] */
  headers(more = {}) {
    return { Accept: "application/json", "X-Room": this.room, ...more };
  }

  /** @returns {Promise<Answer>} */
  state() {
    return this.ask(this.base, {});
  }

  /**
   * Ask for a fresh CSRF token and who is logged in now; a repeat needs both.
   * @returns {Promise<{status: number, user: string}>} status 0 when the network failed
   */
  async whoIsIn() {
    const answer = await this.ask(this.tokenUrl, {});
    if (answer?.status !== 200) return { status: answer?.status ?? 0, user: "" };
    this.csrf = answer.data.csrf;
    return { status: 200, user: answer.data.user };
  }

  /** @param {string} url @param {object} [body] @param {string} [room] when not this one @returns {Promise<Answer>} */
  post(url, body = {}, room = this.room) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.csrf, "X-Room": room };
    return this.ask(url, { method: "POST", body: JSON.stringify(body), headers });
  }

  /** @param {string} token @returns {Promise<Response>} */
  async image(token) {
    const options = { cache: /** @type {const} */ ("no-store"), headers: this.headers() };
    const answer = await fetch(`${this.base}${token}/image/`, { ...options, signal: AbortSignal.timeout(TIME_LIMIT) }).catch(() => null);
    if (!answer?.ok) throw new Refused(answer?.status ?? 0);
    return answer;
  }

  /**
   * @param {string} url
   * @param {{method?: string, body?: string, headers?: Record<string, string>}} options
   * @returns {Promise<Answer>}
   */
  async ask(url, options) {
    try {
      const answer = await fetch(url, {
        ...options,
        headers: this.headers(options.headers),
        cache: "no-store",
        credentials: "same-origin",
        signal: AbortSignal.timeout(TIME_LIMIT),
      });
      return { status: answer.status, data: await answer.json().catch(() => ({})) };
    } catch {
      return null;
    }
  }
}
