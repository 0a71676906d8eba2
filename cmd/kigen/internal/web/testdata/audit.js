// What a checker of accessibility looks at first: labels, names, landmarks,
// headings, contrast as the browser computes it, and focus that can be seen.
// It returns a line for each finding.
(() => {
  const found = [];
  const say = (what, element) => found.push(`${what}: ${element?.outerHTML?.slice(0, 140) ?? ""}`);
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const name = (e) => (e.getAttribute("aria-label") ?? "").trim()
    || (e.getAttribute("aria-labelledby") ?? "").split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();

  if (!document.documentElement.lang) say("no language", document.documentElement);
  if (!document.title.trim()) say("no title", document.head);
  if (!document.querySelector('meta[name="viewport"]') || /user-scalable=no|maximum-scale/.test(document.querySelector('meta[name="viewport"]').content)) say("can't be zoomed", document.head);

  for (const [selector, n] of [["main", 1], ["h1", 1], ["body > header", 1], ["body > footer", 1]]) {
    if (all(selector).length !== n) say(`${all(selector).length} of ${selector}`, document.body);
  }
  const navs = all("nav, aside").filter(seen).map(name);
  if (navs.some((n) => !n) || new Set(navs).size !== navs.length) say(`landmarks named ${navs.join(", ")}`, document.body);

  let level = 0;
  for (const h of all("h1, h2, h3, h4, h5, h6")) {
    const n = Number(h.tagName[1]);
    if (n > level + 1) say(`heading of level ${n} after ${level}`, h);
    if (!h.textContent.trim()) say("empty heading", h);
    level = n;
  }
  const ids = all("[id]").map((e) => e.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) say(`id ${id} twice`, document.getElementById(id));
  for (const e of all("[aria-labelledby], [aria-describedby], [aria-controls]")) {
    for (const id of (e.getAttribute("aria-labelledby") ?? e.getAttribute("aria-describedby") ?? e.getAttribute("aria-controls")).split(/\s+/)) {
      if (!document.getElementById(id)) say(`points at ${id}, which is not there`, e);
    }
  }

  for (const e of all("input:not([type=hidden]), select, textarea")) {
    if (!(e.labels?.length && [...e.labels].some((l) => l.textContent.trim())) && !name(e)) say("field without a label", e);
  }
  for (const e of all("a[href], button, summary")) {
    const icon = e.querySelector("svg[role=img][aria-label], svg title, img[alt]");
    if (!e.textContent.trim() && !name(e) && !icon && !e.closest("[aria-hidden=true]")) say("no name", e);
  }
  for (const e of all("svg")) {
    if (e.getAttribute("aria-hidden") !== "true" && !(e.getAttribute("role") === "img" && name(e))) say("picture without a text", e);
  }
  for (const e of all("img")) if (!e.hasAttribute("alt")) say("image without a text", e);
  for (const e of all("[tabindex]")) {
    if (e.tabIndex > 0) say("its own order of focus", e);
    if (e.tabIndex === 0 && !name(e) && !e.textContent.trim()) say("a stop without a name", e);
  }
  for (const e of all("[aria-hidden=true] a[href], [aria-hidden=true] button, [aria-hidden=true] input")) if (e.tabIndex >= 0) say("hidden, but a stop", e);
  for (const table of all("table")) if (!table.querySelector("th[scope]")) say("table without heads", table);

  // Contrast.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map(); // a page has a dozen colours, and thousands of elements
  const rgba = (colour) => {
    if (!known.has(colour)) known.set(colour, painted(colour));
    return known.get(colour);
  };
  const painted = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = "#000";
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return { r, g, b, a: a / 255 };
  };
  const over = (top, under) => ({ r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1 });
  const ground = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour.a > 0) layers.push(colour);
      if (colour.a === 1) break;
    }
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    return layers.reverse().reduce((under, top) => over(top, under), dark ? { r: 18, g: 18, b: 18, a: 1 } : { r: 255, g: 255, b: 255, a: 1 });
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ratio = (a, b) => {
    const [hi, lo] = [light(a), light(b)].sort((x, y) => y - x);
    return (hi + 0.05) / (lo + 0.05);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const tried = new Set();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || tried.has(e) || !seen(e) || e.closest("script, style, noscript, option, .sr, .skip")) continue;
    tried.add(e);
    const style = getComputedStyle(e);
    const inPicture = e.closest("svg") !== null;
    if (inPicture && e.closest("g")?.querySelector("circle, rect")) continue; // on a shape of its own: looked at by eye
    const under = ground(e);
    const ink = over(rgba(inPicture ? style.fill : style.color), under);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const got = ratio(ink, under);
    if (got < (large ? 3 : 4.5)) say(`contrast ${got.toFixed(2)}`, e);
  }

  // Focus.
  for (const e of all("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")) {
    if (!seen(e) || e.tabIndex < 0 || e.disabled) continue;
    e.focus({ focusVisible: true });
    const style = getComputedStyle(e);
    if (document.activeElement === e && style.outlineStyle === "none" && style.boxShadow === "none") say("focus can't be seen", e);
  }
  document.activeElement?.blur();
  const first = all("a[href], button, input, select, textarea").find((e) => e.tabIndex >= 0);
  if (!first?.classList.contains("skip")) say("the first stop does not lead past the menu", first);
  if (document.documentElement.scrollWidth > innerWidth) say(`wider than the window by ${document.documentElement.scrollWidth - innerWidth}`, document.body);
  return found.join("\n");
})()
