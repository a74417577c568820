// A form that is left or reloaded before it was saved comes back as it was.
for (const form of document.querySelectorAll("form[data-keep]")) {
  const name = `keep-${form.dataset.keep}`;
  const fields = () => [...form.elements].filter((field) => field.name && field.type !== "submit" && (field.type !== "hidden" || "keep" in field.dataset));
  const values = () => fields().map((field) => [field.name, field.value, field.checked === true]);
  const kept = sessionStorage.getItem(name);

  function restore() {
    const before = JSON.parse(kept);
    fields().forEach((field, i) => {
      const [key, value, checked] = before[i] ?? [];
      if (key !== field.name) return;
      if (field.type === "checkbox" || field.type === "radio") field.checked = checked;
      else field.value = value;
    });
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  if (kept && !form.querySelector(".errorlist")) restore();
  form.addEventListener("input", () => sessionStorage.setItem(name, JSON.stringify(values())));
  form.addEventListener("submit", () => sessionStorage.removeItem(name));
}
