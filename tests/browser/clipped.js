// The words that a box or the window's edge cuts off.
() => {
  const found = [];
  const isSeen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const isOffered = (e) => { const s = getComputedStyle(e); return s.overflowX === 'auto' || s.overflowX === 'scroll'; };
  const isCutting = (e) => { const s = getComputedStyle(e); return /hidden|clip/.test(s.overflowX + s.overflowY); };
  const isTiny = (e) => e.clientWidth <= 1 || e.clientHeight <= 1;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, holder = node.parentElement;
    if (!node.textContent.trim() || /^(SCRIPT|STYLE|TEMPLATE|OPTION)$/.test(holder.tagName)) continue;
    if (!isSeen(holder)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((b) => b.width > 1 && b.height > 1);
    let scrolls = false, hides = false;
    const cutters = [];
    for (let e = holder; e && e !== document.documentElement; e = e.parentElement) {
      if (isTiny(e) && isCutting(e)) hides = true;
      if (isOffered(e)) { scrolls = true; break; }
      if (isCutting(e) && e !== document.body) cutters.push(e.getBoundingClientRect());
    }
    if (hides || scrolls || holder.closest('.skip, [hidden], dialog:not([open])')) continue;
    for (const b of boxes) {
      const out = b.left < -1 || b.right > innerWidth + 1;
      const cut = cutters.some((c) => b.left < c.left - 1 || b.right > c.right + 1 || b.top < c.top - 2 || b.bottom > c.bottom + 2);
      if (out || cut) { found.push(node.textContent.trim().slice(0, 60)); break; }
    }
  }
  for (const e of document.querySelectorAll('button, select, .badge, .button, label, h1, h2, th, td')) {
    if (!isSeen(e) || isTiny(e) || !isCutting(e)) continue;
    if (e.scrollWidth > e.clientWidth + 1) found.push('scrollWidth: ' + e.textContent.trim().slice(0, 60));
  }
  return found;
}
