// Offer the presets of the chosen recipe alone; without a script the server refuses others by name.
for (const recipe of document.querySelectorAll("select[data-presets]")) {
  const preset = recipe.form.elements.preset;
  const all = [...preset.options];
  const known = JSON.parse(recipe.dataset.presets);

  function offer() {
    const own = all.filter((one) => known[recipe.value].includes(one.value));
    const chosen = preset.value;
    preset.replaceChildren(...(own.length ? own : all)); // what needs no training has none
    const left = [...preset.options].map((one) => one.value);
    preset.value = [chosen, "full"].find((one) => left.includes(one)) ?? left[0];
  }

  recipe.addEventListener("change", offer);
  offer();
}
