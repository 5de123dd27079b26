/* The verdict over the whole screen, and the list of the last ones. */

import { filled } from "../models/verdict.js";

const KEPT = 50;
const MOST_KEYS = 12; // as many numbers as a thumb finds on one screen

export class Screen {
  #offer = null;
  #change = null;
  #isCounting = false;

  /** `onOffer` is told what the steward chose; `onChange` how many really came, 0 for nobody. */
  constructor(root, words, { onNext, onOffer, onChange }) {
    Object.assign(this, { root, words, onNext, onOffer, onChange });
    this.yes = part(root, "yes");
    this.no = part(root, "no");
    this.spoken = document.querySelector("[data-spoken]");
    this.yes.addEventListener("click", () => this.#pressYes());
    this.no.addEventListener("click", () => this.#pressNo());
  }

  get isOpen() {
    return !this.root.hidden;
  }

  /** Whether the steward has to choose before anything else happens. */
  get isWaiting() {
    return this.isOpen && (this.#isCounting || (this.#offer !== null && this.#offer.kind !== "force"));
  }

  /** `change`: how many went in or out by a scan that can still be taken back. */
  show(screen, gate, time, change = null) {
    this.#offer = screen.offer;
    this.#change = change;
    this.root.className = `verdict scanner__verdict verdict--${screen.verdict}`;
    for (const icon of this.root.querySelectorAll("[data-icon]")) icon.hidden = !icon.dataset.icon.split(" ").includes(screen.verdict);
    this.#write({ word: screen.word, number: screen.number ?? "", unit: screen.unit, next: screen.next, party: screen.party, due: screen.due });
    part(this.root, "gate-name").textContent = gate;
    part(this.root, "verdict-time").textContent = time;
    part(this.root, "number-line").hidden = screen.number === null;
    for (const name of ["next", "party", "due"]) part(this.root, name).hidden = !screen[name];
    part(this.root, "lines").replaceChildren(...screen.lines.map(paragraph));
    this.#count(false);
    this.root.hidden = false;
    this.spoken.textContent = [screen.word, screen.number, screen.unit, screen.party, screen.due, ...screen.lines, screen.next].filter((each) => each !== null && each !== "").join(" ");
    this.yes.focus({ preventScroll: true });
  }

  hide() {
    this.#offer = null;
    this.#isCounting = false;
    this.root.hidden = true;
    this.spoken.textContent = "";
  }

  #pressYes() {
    const isTaken = this.#offer && this.#offer.kind !== "force";
    if (isTaken) this.onOffer(this.#offer, this.#reason());
    else this.onNext();
  }

  #pressNo() {
    const numbers = this.#numbers();
    if (this.#isCounting || numbers === null) this.#isCounting ? this.#count(false) : this.onNext();
    else this.#count(true);
  }

  /** The numbers to choose from: fewer than went in, or how many to let in in spite of it all. */
  #numbers() {
    if (this.#change !== null) return range(0, this.#change - 1);
    return this.#offer?.kind === "force" ? range(1, this.#offer.people) : null;
  }

  #count(isCounting) {
    this.#isCounting = isCounting;
    const keys = isCounting ? this.#numbers().slice(0, MOST_KEYS).map((number) => this.#numberKey(number)) : [];
    part(this.root, "numbers").replaceChildren(...keys);
    part(this.root, "counting").hidden = !isCounting;
    this.root.classList.toggle("verdict--counting", isCounting);
    part(this.root, "question").textContent = this.#change === null ? this.words.keys.force_question : this.words.keys.change_question;
    part(this.root, "detail").hidden = isCounting;
    const isForced = isCounting && this.#change === null;
    part(this.root, "reason-line").hidden = !isForced && this.#offer?.kind !== "override";
    this.#keys();
  }

  #numberKey(number) {
    const key = document.createElement("button");
    key.type = "button";
    key.className = "verdict__count";
    key.textContent = number || this.words.keys.nobody;
    key.addEventListener("click", () => this.#choose(number));
    return key;
  }

  #choose(number) {
    this.#isCounting = false;
    if (this.#change !== null) this.onChange(number);
    else this.onOffer({ ...this.#offer, people: number }, this.#reason());
  }

  #reason() {
    return part(this.root, "reason").value;
  }

  #keys() {
    const { keys } = this.words;
    const plain = [keys.next, this.#change === null ? null : keys.change];
    const offers = { again: [keys.again, keys.give_up], override: [keys.admit, keys.no], rest: [keys.admit, keys.no], leave: [keys.leave, keys.no_leave], force: [keys.next, keys.force] };
    const [yes, no] = offers[this.#offer?.kind] ?? plain;
    this.yes.textContent = filled(yes, { people: this.#offer?.people });
    this.no.textContent = this.#isCounting ? keys.back : (no ?? "");
    this.no.hidden = no === null;
    this.yes.hidden = this.#isCounting;
  }

  #write(texts) {
    for (const [name, text] of Object.entries(texts)) part(this.root, name).textContent = text;
  }
}

export class Log {
  /** `onOpen` is told which entry somebody wants to see again. */
  constructor(list, none, onOpen) {
    Object.assign(this, { list, none, onOpen });
  }

  add(answer, screen, time, { code, scanId }) {
    const item = document.createElement("li");
    Object.assign(item.dataset, { ticket: answer.ticket?.id ?? "", outcome: answer.outcome, verdict: answer.verdict, people: answer.people });
    const entry = document.createElement("button");
    entry.type = "button";
    entry.className = `scanner__entry scanner__entry--${screen.verdict}`;
    const name = answer.ticket?.reference ?? code ?? "";
    entry.append(span("time", time), span("what", [screen.word, screen.number, screen.unit].filter((each) => each !== null).join(" ")), span("code", name), span("why", screen.lines.join(" · ")));
    entry.addEventListener("click", () => this.onOpen(scanId, screen, time));
    item.append(entry);
    this.list.prepend(item);
    while (this.list.children.length > KEPT) this.list.lastElementChild.remove();
    this.none.hidden = true;
  }
}

function range(first, last) {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_none, i) => first + i);
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
