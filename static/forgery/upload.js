// Sends files with a bar; what the server refuses is said without losing an entry.
const form = document.getElementById("upload");
const line = document.getElementById("sending");

function say(text, percent) {
  line.hidden = false;
  line.querySelector("progress").value = percent;
  line.querySelector("[role=status]").textContent = text;
}

function rest() {
  for (const button of form.querySelectorAll("button")) button.disabled = false;
}

function refused(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const errors = page.getElementById("errors");
  line.hidden = true;
  if (errors) document.getElementById("errors").replaceChildren(...errors.childNodes);
  document.getElementById("errors").scrollIntoView({ block: "center" });
}

function whither(sending) {
  const isTold = sending.getResponseHeader("Content-Type").startsWith("application/json");
  return isTold ? JSON.parse(sending.responseText).address : sending.responseURL; // the door
}

function send(event) {
  event.preventDefault();
  const sending = new XMLHttpRequest();
  sending.upload.addEventListener("progress", (sent) => {
    const percent = Math.floor((100 * sent.loaded) / Math.max(sent.total, 1));
    const text = percent < 100 ? form.dataset.sending.replace("{percent}", percent) : form.dataset.checking;
    say(text, percent);
  });
  sending.addEventListener("load", () => {
    rest();
    if (sending.status === 200) window.location.assign(whither(sending));
    else if (sending.status === 400) refused(sending.responseText);
    else say(form.dataset.lost, 0);
  });
  sending.addEventListener("error", () => {
    rest();
    say(form.dataset.lost, 0);
  });
  sending.open("POST", form.getAttribute("action") || window.location.href);
  sending.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  sending.send(new FormData(form));
  for (const button of form.querySelectorAll("button")) button.disabled = true;
}

if (form) form.addEventListener("submit", send);
