/* Counts the minutes of a hold down. The page says until when without it; this keeps it true.
   Words come from the page: data-words has one for each number of minutes, the first for the last minute. */
import { isSpoken, left } from "../models/countdown.js";

const EVERY_MS = 1000;

for (const element of document.querySelectorAll('[data-controller="countdown"]')) start(element);

function start(element) {
  const part = (name) => element.querySelector(`[data-countdown="${name}"]`);
  const words = element.dataset.words.split("|");
  const seconds = Number(element.dataset.seconds);
  const began = Date.now(); // the reader's clock may be wrong, the time since then is not
  let shown = words.length - 1;

  function tick() {
    const { isOver, minutes } = left(seconds, (Date.now() - began) / 1000);
    if (isOver) return end();
    if (minutes === shown) return;
    part("left").textContent = words[minutes];
    if (isSpoken(shown, minutes)) part("said").textContent = part("running").textContent;
    shown = minutes;
  }

  function end() {
    clearInterval(timer);
    part("running").hidden = true;
    part("over").hidden = false;
    part("said").textContent = part("over").textContent;
    element.classList.add("notice--warn");
  }

  const timer = setInterval(tick, EVERY_MS);
  tick();
}
