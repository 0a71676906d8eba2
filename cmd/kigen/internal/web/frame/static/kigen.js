// What a page does by itself: countdowns tick, and a live page fetches its
// changing part again when the server says that there is news. Without this
// script pages reload themselves instead.

const refreshEvery = 15_000; // milliseconds, also where there is no news
const answerWithin = 10_000; // milliseconds; a connection that hangs is none
const staleAfter = 3 * refreshEvery; // milliseconds until a page says so itself, whatever keeps it from asking

const words = document.body.dataset;
// The server's clock counts, not the reader's.
let ahead = Number(words.now) - Date.now();

const two = (n) => String(n).padStart(2, "0");

// countdown writes what the server writes for the same length of time.
function countdown(milliseconds) {
  const seconds = Math.trunc(Math.abs(milliseconds) / 1000);
  const clock = [Math.trunc(seconds / 3600) % 24, Math.trunc(seconds / 60) % 60, seconds % 60].map(two).join(":");
  const days = Math.trunc(seconds / 86400);
  return days > 0 ? `${days}${words.day} ${clock}` : clock;
}

// tick brings every countdown up to date and reports whether one has just
// passed its deadline.
function tick() {
  let passed = false;
  for (const count of document.querySelectorAll("[data-due]")) {
    const left = Number(count.dataset.due) - (Date.now() + ahead);
    const past = left < 0;
    passed ||= past && !count.classList.contains("is-past");
    count.classList.toggle("is-past", past);
    count.querySelector(".count-label").textContent = past ? words.past : words.left;
    count.querySelector(".count-value").textContent = countdown(left);
  }
  return passed;
}

// replace puts a newly rendered part in place, and leaves what the reader
// opened open. now is the server's clock.
function replace(html, now) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (!fresh) return;
  for (const details of live.querySelectorAll("details[open]")) {
    const same = fresh.querySelector(`#${CSS.escape(details.id)}`);
    if (same) same.open = true;
  }
  for (const pick of live.querySelectorAll(".pick input:checked")) {
    const same = fresh.querySelector(`.pick input[value="${CSS.escape(pick.value)}"]`);
    if (same) same.checked = true;
  }
  const focused = live.contains(document.activeElement) ? document.activeElement : null;
  const row = focused?.closest("[id]")?.id;
  ahead = (now || Number(fresh.dataset.now)) - Date.now();
  document.title = fresh.dataset.title;
  counted(fresh.dataset.inbox);
  live.replaceChildren(fresh);
  if (row) document.getElementById(row)?.querySelector(focused.tagName)?.focus({ preventScroll: true });
  tick();
}

// counted shows how many items wait in the inbox, also on a page that had none.
function counted(waiting) {
  const shown = document.getElementById("inbox-waiting");
  if (!shown || !waiting) return;
  shown.textContent = waiting;
  shown.hidden = waiting === "0";
  shown.parentElement.hidden &&= shown.hidden;
}

// renew puts the record of an incident in place and leaves the forms alone,
// which somebody may be filling in.
function renew(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const id of ["live-head", "live-column"]) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (!old || !fresh) continue;
    for (const details of fresh.querySelectorAll("details[id]")) {
      details.open = document.getElementById(details.id)?.open ?? details.open;
    }
    old.replaceWith(fresh);
  }
  copies();
  counted(page.getElementById("inbox-waiting")?.textContent);
  ahead = Number(page.body.dataset.now) - Date.now();
  tick();
}

const live = document.getElementById("live");
const stale = document.getElementById("stale");
const signedOut = document.getElementById("signed-out");
let owed = false; // there is news that the page does not show yet
let asking = false;
let shownTag; // the tag of the part that the page shows; it was rendered without one
let current = Date.now(); // when the page last showed what the server knows
let seen = Date.now(); // since when somebody looks

// outdated: the page has shown the same for too long although somebody looks.
const outdated = () => !document.hidden && Date.now() - Math.max(current, seen) > staleAfter;

// busy: nobody looks, or someone copies a text that would vanish. A selection
// that stays does not hold a board up for ever.
const busy = () => document.hidden || (String(getSelection()) !== "" && !outdated());

// Whether a form was touched: then leaving the page would lose what was typed.
// The answer to a form that was refused holds what was typed too.
let typed = document.querySelector("main .problems") !== null;
document.addEventListener("input", (event) => {
  typed ||= event.target.closest("form[method=post]") !== null;
});

// admitted reports whether an answer is one for somebody who is signed in. Who
// is not is led to the sign-in page and back here; or told, beside a form.
function admitted(answer) {
  const out = answer.status === 401 || (answer.redirected && new URL(answer.url).pathname.endsWith("/login"));
  if (out && !typed) location.reload();
  signedOut.hidden = !out;
  return !out;
}

// refresh fetches what changes on the page, as long as there is news.
async function refresh() {
  owed = true;
  if (asking || busy()) return;
  asking = true;
  try {
    while (owed) {
      owed = false;
      const part = live.dataset.part;
      const headers = { Accept: "text/html" };
      if (part && shownTag) headers["If-None-Match"] = shownTag;
      const answer = await fetch(part ? part + (live.dataset.query ?? location.search) : live.dataset.page, {
        headers,
        signal: AbortSignal.timeout(answerWithin),
      });
      if (!admitted(answer)) return;
      const same = answer.status === 304; // the page shows it already
      if ((!answer.ok && !same) || answer.redirected) throw new Error(answer.statusText);
      if (same) ahead = Number(answer.headers.get("Kigen-Now")) - Date.now();
      else if (part) replace(await answer.text(), Number(answer.headers.get("Kigen-Now")));
      else renew(await answer.text());
      if (part && !same) shownTag = answer.headers.get("ETag");
      stale.hidden = true;
      current = Date.now();
      live.dataset.current = String(current);
    }
  } catch {
    owed = true;
    stale.hidden = false;
  } finally {
    asking = false;
  }
}

// The stream says that there is news; what it is, the page asks for. A page
// that nobody looks at holds no connection.
let stream;
function listen() {
  if (!live.dataset.events || document.hidden) return;
  stream?.close();
  stream = new EventSource(live.dataset.events);
  stream.addEventListener("changed", (event) => {
    const url = new URL(live.dataset.events, location.href);
    url.searchParams.set("since", event.lastEventId);
    live.dataset.events = url.pathname + url.search;
    refresh();
  });
  stream.addEventListener("error", () => {
    if (stream?.readyState !== EventSource.CLOSED) return; // it comes back by itself
    stream = undefined; // refused: the next answer tells why, and asking goes on
    refresh();
  });
}

if (live) {
  listen();
  setInterval(() => {
    if (!stream) listen();
    refresh(); // the hour moves, and kigen's own health is no news of a commit
  }, refreshEvery);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stream?.close();
      stream = undefined;
      return;
    }
    seen = Date.now();
    listen();
    refresh();
  });
}
tick();
setInterval(() => {
  const passed = tick();
  if (!live) return;
  if (passed || (owed && stale.hidden)) refresh(); // owed: the reader was busy
  if (outdated() && signedOut.hidden) stale.hidden = false;
}, 1000);

// While an incident is being filled in, its deadline is shown beside it. The
// answer to an older state of the form never overwrites that to a newer one.
const form = document.getElementById("new");
if (form) {
  const preview = document.getElementById("preview");
  let waiting;
  let asked = 0;
  const ask = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!admitted(answer) || !answer.ok || answer.redirected) return;
      const html = await answer.text();
      const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
      if (mine === asked && fresh) preview.replaceChildren(fresh);
      tick();
    } catch {
      // Without an answer the last one stands; logging tells what is wrong.
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 250);
  });
  form.querySelector(".ask-preview").hidden = true;
  if (form.elements.vendor.value) ask();
}

// copies shows the buttons that copy a text, which need this script.
function copies() {
  for (const button of document.querySelectorAll(".copy[hidden]")) button.hidden = false;
}
copies();

// toClipboard copies a text, also where a page without TLS may not use the clipboard.
async function toClipboard(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
  } catch {
    getSelection().selectAllChildren(element);
    document.execCommand("copy");
    getSelection().removeAllRanges();
  }
}
document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  await toClipboard(document.getElementById(button.dataset.copy));
  const label = button.textContent;
  button.textContent = button.dataset.copied;
  button.disabled = true;
  setTimeout(() => {
    button.textContent = label;
    button.disabled = false;
  }, 2000);
});

// On paper an incident's explanation is open.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.plain")) details.open = true;
});
