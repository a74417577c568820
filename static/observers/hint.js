// What the counts mean, asked anew while they change.
const WAIT = 300; // milliseconds after the last change
const form = document.getElementById("step");
const hint = document.getElementById("hint");
let timer = 0;

async function ask() {
  const given = new FormData(form);
  given.delete("csrfmiddlewaretoken");
  const answer = await fetch(`${form.dataset.hint}?${new URLSearchParams(given)}`);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  hint.replaceChildren(...page.body.childNodes);
}

form.addEventListener("input", () => {
  window.clearTimeout(timer);
  timer = window.setTimeout(ask, WAIT);
});
