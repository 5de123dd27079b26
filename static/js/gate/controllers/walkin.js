/* People without a booking: which slot, how many of whom, for how much; one thumb does it. */

import { amountOf, faultOf, openOffers, sizeOf } from "../models/offers.js";
import { filled, inLanguage, moneyOf, timeOf } from "../models/verdict.js";

export class WalkIn {
  #offers = [];
  #offer = null;
  #party = {};

  /** `onSell` is told the offer and the party; it gives back null, or why it was not sold. */
  constructor(root, words, { onSell }) {
    Object.assign(this, { root, words, onSell });
    this.#part("close").addEventListener("click", () => this.close());
    this.#part("sell").addEventListener("click", () => this.#sell());
    this.#part("slots").addEventListener("change", (event) => this.#choose(Number(event.target.value)));
  }

  get isOpen() {
    return !this.root.hidden;
  }

  open({ told, waiting, now, place, isGood }) {
    Object.assign(this, { place, isGood });
    this.#offers = openOffers(told, waiting, now);
    this.#party = {};
    this.#say(this.#offers.length ? null : "no_slot");
    this.#part("slots").replaceChildren(...this.#offers.map((offer, i) => this.#slotKey(offer, i === 0)));
    this.#part("slots").hidden = this.#offers.length < 2;
    this.#choose(this.#offers[0]?.id);
    this.root.hidden = false;
    this.#part("close").focus({ preventScroll: true });
  }

  close() {
    this.root.hidden = true;
  }

  #choose(id) {
    this.#offer = this.#offers.find((each) => each.id === id) ?? null;
    this.#party = {};
    this.#part("units").replaceChildren(...(this.#offer?.units ?? []).map((unit) => this.#unitRow(unit)));
    this.#show();
  }

  #slotKey(offer, isFirst) {
    const label = element("label", "walkin__slot");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "walkin-slot", value: offer.id, checked: isFirst });
    label.append(input, element("span", "", `${this.#time(offer)} ${inLanguage(offer.name, this.place.language)}`));
    return label;
  }

  #time(offer) {
    return `${timeOf(offer.starts_at, this.place)}–${timeOf(offer.ends_at, this.place)}`;
  }

  #unitRow(unit) {
    const row = element("div", "walkin__unit");
    const name = inLanguage(unit.name, this.place.language);
    const title = element("p", "walkin__name", name);
    if (unit.price) title.append(element("small", "", moneyOf(unit.price, this.place.language)));
    const count = element("output", "walkin__count", "0");
    const step = (by) => {
      const many = Math.max(0, (this.#party[unit.id] ?? 0) + by);
      this.#party = { ...this.#party, [unit.id]: many };
      if (!many) delete this.#party[unit.id];
      count.textContent = many;
      this.#show();
    };
    row.append(title, key("−", filled(this.words.fewer, { unit: name }), () => step(-1)), count, key("+", filled(this.words.more, { unit: name }), () => step(1)));
    return row;
  }

  #show() {
    const { language } = this.place;
    const size = sizeOf(this.#party);
    const amount = this.#offer && amountOf(this.#offer, this.#party);
    this.#part("when").textContent = this.#offer ? `${this.#time(this.#offer)} ${inLanguage(this.#offer.name, language)}` : "";
    this.#part("left").textContent = this.#offer ? this.#leftWords() : "";
    this.#part("amount").textContent = amount ? moneyOf(amount, language) : "";
    this.#part("sell").textContent = filled(this.words.sell, { people: size });
    this.#part("sell").hidden = !this.#offer || size === 0;
  }

  #leftWords() {
    const { left, mine } = this.#offer;
    const alone = mine || !this.isGood ? filled(this.words.mine, { count: mine }) : null;
    return [this.isGood ? filled(this.words.left, { count: left + mine }) : null, alone].filter(Boolean).join(" · ");
  }

  async #sell() {
    const fault = faultOf(this.#offer, this.#party) ?? (await this.#sold());
    this.#say(fault);
    if (!fault) this.close();
  }

  /** One tap, one sale: the key is dead while it is under way. */
  async #sold() {
    const sell = this.#part("sell");
    sell.disabled = true;
    try {
      return await this.onSell(this.#offer, this.#party);
    } finally {
      sell.disabled = false;
    }
  }

  #say(code) {
    const error = this.#part("error");
    error.textContent = code ? (this.words.errors[code] ?? this.words.errors.failed) : "";
    error.hidden = !code;
  }

  #part(name) {
    return this.root.querySelector(`[data-walkin-${name}]`);
  }
}

function element(tag, name, text = "") {
  return Object.assign(document.createElement(tag), { className: name, textContent: text });
}

function key(sign, label, act) {
  const button = element("button", "walkin__key", sign);
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}
