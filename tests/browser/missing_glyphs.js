// The letters that are drawn as the box which stands for a missing one.
(more) => {
  const draw = (font, text) => {
    const canvas = new OffscreenCanvas(40, 40);
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    pen.font = font;
    pen.fillText(text, 4, 30);
    return pen.getImageData(0, 0, 40, 40).data.join();
  };
  const families = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const holder = walker.currentNode.parentElement;
    if (/^(SCRIPT|STYLE|TEMPLATE)$/.test(holder.tagName)) continue;
    const family = getComputedStyle(holder).fontFamily;
    const known = families.get(family) ?? families.set(family, new Set()).get(family);
    for (const letter of walker.currentNode.textContent + more) if (letter.trim()) known.add(letter);
  }
  const missing = [];
  for (const [family, letters] of families) {
    const font = `24px ${family}`;
    const box = draw(font, '\u{10FFFD}');
    for (const letter of letters) if (draw(font, letter) === box) missing.push(letter);
  }
  return missing;
}
