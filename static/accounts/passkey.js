// Passkeys: makes one, or proves one, and sends what the authenticator said with the form.
// A form says what it does in data-passkey: "create", "get" or "login".

/** @param {string} text base64url @returns {ArrayBuffer} */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

/** @param {ArrayBuffer | null | undefined} data @returns {string | null} base64url */
function text(data) {
  if (!data) return null;
  const plain = String.fromCharCode(...new Uint8Array(data));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {any[]} [known] */
const described = (known) => (known ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

/** @param {any} publicKey */
async function create(publicKey) {
  const wish = {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: described(publicKey.excludeCredentials),
    // Usable without a name and a password: the device asks for finger, face or PIN.
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
  };
  const made = /** @type {any} */ (await navigator.credentials.create({ publicKey: wish }));
  const { response } = made;
  return answer(made, {
    clientDataJSON: text(response.clientDataJSON),
    attestationObject: text(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  });
}

/** @param {any} publicKey */
async function prove(publicKey) {
  const wish = {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    allowCredentials: described(publicKey.allowCredentials),
  };
  const found = /** @type {any} */ (await navigator.credentials.get({ publicKey: wish }));
  const { response } = found;
  return answer(found, {
    clientDataJSON: text(response.clientDataJSON),
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    userHandle: text(response.userHandle),
  });
}

/**
 * @param {any} credential
 * @param {object} response
 */
function answer(credential, response) {
  return {
    type: credential.type,
    id: credential.id,
    rawId: text(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

/** @param {HTMLFormElement} form @returns {Promise<any>} the server's options */
async function options(form) {
  if (form.dataset.passkey !== "login") return JSON.parse(document.getElementById("passkey-data")?.textContent ?? "{}");
  const given = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!given.ok) throw new Error(`refused with ${given.status}`);
  return given.json();
}

/** @param {HTMLFormElement} form */
async function go(form) {
  const note = form.querySelector(".passkey-note");
  note?.setAttribute("hidden", "");
  try {
    const data = await options(form);
    const isNew = form.dataset.passkey === "create";
    const credential = isNew
      ? await create(data.creation_options.publicKey)
      : await prove(data.request_options.publicKey);
    /** @type {HTMLInputElement} */ (form.elements.namedItem("credential")).value = JSON.stringify(credential);
    form.submit();
  } catch {
    note?.removeAttribute("hidden"); // cancelled, or the device has none
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!(form instanceof HTMLFormElement)) continue;
  form.hidden = !window.PublicKeyCredential;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(form);
  });
}
