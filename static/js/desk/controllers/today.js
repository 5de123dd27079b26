/* Keeps a region up to date: asks for it again and again, and puts in only what has changed. What is
   open stays open, what has the focus keeps it, and nothing moves under a finger that is down. */
import { age, meaning } from "../models/freshness.js";

const EVERY_MS = 10_000;
const TICK_MS = 1_000;

for (const element of document.querySelectorAll('[data-controller="today"]')) start(element);

function start(element) {
  const region = document.getElementById(element.dataset.region);
  const said = element.querySelector('[data-live="said"]');
  const at = element.querySelector('[data-live="at"]');
  const words = { seconds: element.dataset.seconds, minutes: element.dataset.minutes };
  const clock = new Intl.DateTimeFormat(element.dataset.locale, { timeStyle: "medium", hourCycle: "h23" });
  let seen = null; // what the server last sent, part by part: the page itself may differ (open, focus)
  let tag = null;
  let heard = performance.now();
  let state = "same";
  let next = 0;
  let asking = false;

  async function ask() {
    asking = true;
    let answer = null;
    try {
      answer = await fetch(element.dataset.source, {
        cache: "no-store",
        headers: tag ? { "If-None-Match": tag } : {},
        signal: AbortSignal.timeout(EVERY_MS),
      });
    } catch {
      answer = null;
    }
    await take(answer);
    asking = false;
    next = performance.now() + EVERY_MS;
  }

  async function take(answer) {
    const html = answer?.status === 200 && !answer.redirected ? await answer.text().catch(() => "") : "";
    const parts = html ? parse(html) : null;
    const verdict = meaning(answer, parts);
    if (verdict === "news") put(parts, answer.headers.get("ETag"));
    if (verdict === "news" || verdict === "same") heard = performance.now();
    show(verdict);
  }

  function put(sent, etag) {
    if (region.querySelector(":active")) return; // the next answer will do: the tag stays the old one
    const fresh = new Map([...sent.querySelectorAll("[data-part]")].map((part) => [part.id, part]));
    const same = [...fresh.keys()].join() === [...region.querySelectorAll("[data-part]")].map((part) => part.id).join();
    if (same) {
      for (const [id, part] of fresh) if (seen?.get(id) !== part.outerHTML) renew(document.getElementById(id), part);
    } else {
      keepFocus(() => region.replaceChildren(...withOpen(sent).childNodes));
    }
    seen = new Map([...parse(sent.innerHTML).querySelectorAll("[data-part]")].map((part) => [part.id, part.outerHTML]));
    tag = etag;
  }

  function renew(old, part) {
    const made = part.cloneNode(true);
    made.open = old.open;
    keepFocus(() => old.replaceWith(made));
  }

  function show(verdict) {
    const changed = (verdict === "lost" || verdict === "signed-out") !== (state === "lost" || state === "signed-out");
    state = verdict;
    const isLost = verdict === "lost" || verdict === "signed-out";
    element.classList.toggle("freshness--lost", isLost);
    if (!isLost) {
      at.textContent = clock.format(new Date());
      if (changed) said.textContent = "";
    } else if (changed || verdict === "signed-out") {
      said.textContent = verdict === "signed-out" ? element.dataset.signedOut : lostWords();
    }
  }

  const lostWords = () => element.dataset.lost.replace("{age}", age((performance.now() - heard) / 1000, words));

  setInterval(() => {
    if (state === "lost") at.textContent = age((performance.now() - heard) / 1000, words);
    if (!document.hidden && !asking && performance.now() >= next) ask();
  }, TICK_MS);
  addEventListener("online", () => (next = 0));
  addEventListener("offline", () => (next = 0));
  document.addEventListener("visibilitychange", () => (next = 0));
}

function parse(html) {
  const made = document.createElement("div");
  made.innerHTML = html;
  return made;
}

/** The same parts with those open that are open on the page. */
function withOpen(sent) {
  for (const part of sent.querySelectorAll("details")) part.open = document.getElementById(part.id)?.open ?? part.open;
  return sent;
}

/** Do it, and give the focus back to what has the same id afterwards. */
function keepFocus(change) {
  const id = document.activeElement?.id;
  change();
  if (id && document.activeElement?.id !== id) document.getElementById(id)?.focus({ preventScroll: true });
}
