// What a page does by itself: countdowns tick, and a live page fetches its
// changing part again. Without this script pages reload themselves instead.

const refreshEvery = 15_000; // milliseconds

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
// opened open.
function replace(live, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (!fresh) return;
  for (const details of live.querySelectorAll("details[open]")) {
    const same = fresh.querySelector(`#${CSS.escape(details.id)}`);
    if (same) same.open = true;
  }
  const focused = live.contains(document.activeElement) ? document.activeElement : null;
  const row = focused?.closest("[id]")?.id;
  ahead = Number(fresh.dataset.now) - Date.now();
  document.title = fresh.dataset.title;
  live.replaceChildren(fresh);
  if (row) document.getElementById(row)?.querySelector(focused.tagName)?.focus({ preventScroll: true });
  tick();
}

async function refresh(live, stale) {
  if (document.hidden || String(getSelection()) !== "") return; // nobody looks, or someone copies
  try {
    const answer = await fetch(live.dataset.part + location.search, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.statusText);
    replace(live, await answer.text());
    stale.hidden = true;
  } catch {
    stale.hidden = false;
  }
}

const live = document.getElementById("live");
const stale = document.getElementById("stale");
if (live) {
  setInterval(() => refresh(live, stale), refreshEvery);
  document.addEventListener("visibilitychange", () => refresh(live, stale));
}
tick();
setInterval(() => {
  if (tick() && live) refresh(live, stale);
}, 1000);

// On paper an incident's explanation is open.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.plain")) details.open = true;
});
