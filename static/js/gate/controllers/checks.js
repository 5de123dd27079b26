/* What must be right before the first guest comes: one line each, with what to do if it is not. */

import { filled } from "../models/verdict.js";

const NEAR_MS = 60_000;

export class Checks {
  constructor(root, words) {
    Object.assign(this, { root, words });
  }

  /** `known`: {keys, tickets, hasCamera, offsetMs, isSynced, isSealed}. */
  async show(known) {
    const { keys, tickets, hasCamera, offsetMs, isSynced, isSealed } = known;
    const found = {
      app: await isKept(),
      keys: keys > 0,
      list: isSynced,
      camera: hasCamera,
      clock: isSynced && Math.abs(offsetMs ?? 0) <= NEAR_MS,
      storage: await isLasting(),
      sealed: isSealed,
    };
    const names = Object.keys(found);
    const good = names.filter((name) => found[name]).length;
    this.root.querySelector("[data-checks-sum]").textContent = `${good} / ${names.length}`;
    this.root.querySelector("[data-checks-list]").replaceChildren(...names.map((name) => this.#line(name, found[name], tickets)));
    this.root.dataset.good = good === names.length;
  }

  #line(name, isGood, tickets) {
    const { title, then } = this.words[name];
    const item = document.createElement("li");
    item.className = `scanner__check scanner__check--${isGood ? "good" : "bad"}`;
    item.dataset.check = name;
    item.dataset.good = isGood;
    item.append(Object.assign(document.createElement("b"), { textContent: `${isGood ? "✓" : "✗"} ${filled(title, { count: tickets })}` }));
    if (!isGood) item.append(Object.assign(document.createElement("p"), { textContent: then }));
    return item;
  }
}

/** Whether the page would start with no network. */
async function isKept() {
  if (!navigator.serviceWorker?.controller && !(await navigator.serviceWorker?.getRegistration())?.active) return false;
  const names = await caches.keys();
  return names.some((name) => name.startsWith("gate "));
}

/** Whether the browser promises not to clear what is stored; asking for it is part of the check. */
async function isLasting() {
  const { storage } = navigator;
  if (!storage?.persisted) return false;
  return (await storage.persisted()) || storage.persist().catch(() => false);
}
