// What a person can use covers nothing else of that kind: two links, buttons or fields
// one over the other can be neither read nor hit. It returns a line for each pair.
(() => {
  const usable = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest("svg, .skip, .sr"));
  const boxes = usable.flatMap((e) => [...e.getClientRects()].map((box) => ({ e, box })));
  boxes.sort((a, b) => a.box.top - b.box.top);
  const slack = 1; // of rounding
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
  const tag = (e) => e.outerHTML.slice(0, 120);
  const found = new Set();
  boxes.forEach((a, i) => {
    for (let j = i + 1; j < boxes.length && boxes[j].box.top < a.box.bottom; j++) {
      const b = boxes[j];
      if (a.e !== b.e && !a.e.contains(b.e) && !b.e.contains(a.e) && meet(a.box, b.box)) found.add(`covers: ${tag(a.e)} and ${tag(b.e)}`);
    }
  });
  return [...found].join("\n");
})()
