/* The verdict over the whole screen, and the list of the last ones. */

import { filled } from "../models/verdict.js";

const KEPT = 50;

export class Screen {
  #offer = null;

  constructor(root, words, { onNext, onOffer }) {
    this.root = root;
    this.words = words;
    this.yes = part(root, "yes");
    this.no = part(root, "no");
    this.spoken = document.querySelector("[data-spoken]");
    this.yes.addEventListener("click", () => (this.#offer ? onOffer(this.#offer, part(root, "reason").value) : onNext()));
    this.no.addEventListener("click", onNext);
  }

  get isOpen() {
    return !this.root.hidden;
  }

  /** Whether the steward has to choose before anything else happens. */
  get isWaiting() {
    return this.isOpen && this.#offer !== null;
  }

  show(screen, gate, time) {
    this.#offer = screen.offer;
    this.root.className = `verdict scanner__verdict verdict--${screen.verdict}`;
    for (const icon of this.root.querySelectorAll("[data-icon]")) icon.hidden = icon.dataset.icon !== screen.verdict;
    this.#write({ word: screen.word, number: screen.number ?? "", unit: screen.unit, next: screen.next });
    part(this.root, "gate-name").textContent = gate;
    part(this.root, "verdict-time").textContent = time;
    part(this.root, "number-line").hidden = screen.number === null;
    part(this.root, "next").hidden = !screen.next;
    part(this.root, "lines").replaceChildren(...screen.lines.map(paragraph));
    part(this.root, "reason-line").hidden = screen.offer?.kind !== "override";
    this.#keys(screen.offer);
    this.root.hidden = false;
    this.spoken.textContent = [screen.word, screen.number, screen.unit, ...screen.lines, screen.next].filter((each) => each !== null).join(" ");
    this.yes.focus({ preventScroll: true });
  }

  hide() {
    this.#offer = null;
    this.root.hidden = true;
    this.spoken.textContent = "";
  }

  #keys(offer) {
    const { keys } = this.words;
    const [yes, no] = { again: [keys.again, keys.give_up], override: [keys.admit, keys.no], rest: [keys.admit, keys.no] }[offer?.kind] ?? [keys.next, null];
    this.yes.textContent = filled(yes, { people: offer?.people });
    this.no.textContent = no ?? "";
    this.no.hidden = no === null;
  }

  #write(texts) {
    for (const [name, text] of Object.entries(texts)) part(this.root, name).textContent = text;
  }
}

export class Log {
  constructor(list, none) {
    this.list = list;
    this.none = none;
  }

  add(answer, screen, time, code) {
    const item = document.createElement("li");
    item.className = `scanner__entry scanner__entry--${screen.verdict}`;
    Object.assign(item.dataset, { ticket: answer.ticket?.id ?? "", outcome: answer.outcome, verdict: answer.verdict, people: answer.people });
    const name = answer.ticket?.reference ?? code ?? "";
    item.append(span("time", time), span("what", [screen.word, screen.number, screen.unit].filter((each) => each !== null).join(" ")), span("code", name), span("why", screen.lines.join(" · ")));
    this.list.prepend(item);
    while (this.list.children.length > KEPT) this.list.lastElementChild.remove();
    this.none.hidden = true;
  }
}

function span(name, text) {
  const element = document.createElement("span");
  element.className = `scanner__${name}`;
  element.textContent = text;
  return element;
}

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

function part(root, name) {
  return root.querySelector(`[data-${name}]`);
}
