/* Bookings found by the end of a phone number (the server knows) or by a part of the booking
   number (the list knows, also without a network). */

import { filled, inLanguage, timeOf } from "../models/verdict.js";
import { asTyped } from "../models/scan.js";

const TAIL = /^\d{4}$/;
const SHORTEST = 3;
const MOST = 12;

/** Whether a text is something to search for, and no whole booking number. */
export function isSearch(text) {
  const typed = asTyped(text);
  return typed.length >= SHORTEST && typed.length < 8 && /^[0-9A-Z]+$/.test(typed);
}

export class Finder {
  /** `onFound` is told the booking number that somebody chose. */
  constructor(root, words, { store, send, device, onFound }) {
    Object.assign(this, { root, words, store, send, device, onFound });
  }

  close() {
    this.root.hidden = true;
  }

  async search(text, place) {
    const listed = await this.#listed(asTyped(text));
    const reply = TAIL.test(text.trim()) ? await this.#asked(text.trim()) : { found: [] };
    const known = new Set(listed.map((each) => each.reference));
    const found = [...listed, ...reply.found.filter((each) => !known.has(each.reference))];
    const notice = reply.trouble ?? (found.length ? null : "none");
    this.root.replaceChildren(...found.slice(0, MOST).map((each) => this.#key(each, place)));
    if (notice) this.root.append(Object.assign(document.createElement("p"), { textContent: this.words[notice] }));
    this.root.hidden = false;
  }

  async #listed(typed) {
    const [tickets, slots] = await Promise.all([this.store.tickets(), this.store.slots()]);
    const times = new Map(slots.filter((each) => each.here).map((each) => [each.id, each]));
    return tickets
      .filter((each) => each.ref.includes(typed) && times.has(each.slot))
      .map((each) => ({ reference: each.ref, initial: "", party: each.party, ...times.get(each.slot) }));
  }

  async #asked(tail) {
    const reply = await this.send("search", { v: 1, tail }, this.device().secret);
    if (reply.kind === "answer" && Array.isArray(reply.body.found)) return { found: reply.body.found };
    return { found: [], trouble: reply.code === "too_often" ? "too_often" : "offline" };
  }

  #key(found, place) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "scanner__key scanner__found";
    const time = `${timeOf(found.starts_at, place)}–${timeOf(found.ends_at, place)}`;
    const who = [found.initial && `${found.initial}**`, filled(this.words.party, { party: found.party }), time].filter(Boolean).join(" · ");
    const what = `${found.reference} ${inLanguage(found.experience, place.language)}`;
    button.append(Object.assign(document.createElement("b"), { textContent: who }), Object.assign(document.createElement("small"), { textContent: what }));
    button.addEventListener("click", () => {
      this.close();
      this.onFound(found.reference);
    });
    return button;
  }
}
