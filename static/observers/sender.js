// Sends what the reader decided and keeps it until the server has said that it is stored.
// A repeat carries the same idempotency key, so however often it is sent it counts once.

const WAITS = [1000, 2000, 4000, 8000, 15000]; // milliseconds between tries
const TIME_LIMIT = 20000; // milliseconds for one try

/** @returns {string} a random UUID, also where the page is not a secure context */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export class Sender {
  /**
   * @param {string} csrf the page's token, used where there is no cookie
   * @param {(kind: string) => void} tell told "saving", "waiting" or "login" while under way
   */
  constructor(csrf, tell) {
    this.csrf = csrf;
    this.tell = tell;
    this.isPending = false;
    addEventListener("online", () => this.wake?.());
    addEventListener("beforeunload", (event) => {
      if (this.isPending) event.preventDefault();
    });
  }

  /**
   * Send until there is an answer that more tries would not change.
   * @param {string} url
   * @param {object} [body]
   * @returns {Promise<{status: number, data: any}>}
   */
  async send(url, body = {}) {
    this.isPending = true;
    this.tell("saving");
    try {
      for (let n = 0; ; n += 1) {
        const answer = await this.once(url, body);
        if (answer && answer.status < 500 && ![401, 408, 429].includes(answer.status)) return answer;
        this.tell(answer?.status === 401 ? "login" : "waiting");
        await this.pause(WAITS[Math.min(n, WAITS.length - 1)]);
      }
    } finally {
      this.isPending = false;
    }
  }

  /**
   * @param {string} url
   * @param {object} body
   * @returns {Promise<{status: number, data: any} | null>} null when the network failed
   */
  async once(url, body) {
    try {
      const answer = await fetch(url, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token },
        credentials: "same-origin",
        signal: AbortSignal.timeout(TIME_LIMIT),
      });
      return { status: answer.status, data: await answer.json().catch(() => ({})) };
    } catch {
      return null;
    }
  }

  /** The newest CSRF token: logging in again in another tab gives the cookie a new one. */
  get token() {
    return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? this.csrf;
  }

  /** @param {number} milliseconds at most; less when the network comes back */
  pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }
}
