/* How many people are inside now: at this gate's orchard, by slot, and below the ceilings above it.
   What the last sync said, and what this phone has done since. */

import { filled, inLanguage, timeOf } from "../models/verdict.js";

export class Presence {
  #told = null;
  #since = 0;

  constructor(root, words) {
    Object.assign(this, { root, words });
  }

  /** What a sync brought; `slots` are those of the list. */
  show(told, slots, place) {
    this.#told = told;
    this.#since = 0;
    this.root.hidden = !told;
    if (!told) return;
    const times = slots.filter((each) => told.slots[each.id]).map((each) => [this.#slot(each, place), told.slots[each.id]]);
    const ceilings = told.ceilings.map((each) => [inLanguage(each.name, place.language), filled(this.words.of, { people: each.people, capacity: each.capacity })]);
    this.#part("slots").replaceChildren(...[...times, ...ceilings].map(row));
    this.#count();
  }

  /** This phone let people in or (negative) out. */
  add(people) {
    this.#since += people;
    this.#count();
  }

  #slot(slot, place) {
    const name = inLanguage(slot.experience, place.language);
    return `${timeOf(slot.starts_at, place)}–${timeOf(slot.ends_at, place)} ${name}`;
  }

  #count() {
    if (!this.#told) return;
    this.#part("people").textContent = Math.max(0, this.#told.people + this.#since);
  }

  #part(name) {
    return this.root.querySelector(`[data-present-${name}]`);
  }
}

function row([name, figure]) {
  const item = document.createElement("li");
  const number = document.createElement("b");
  number.textContent = figure;
  item.append(`${name} `, number);
  return item;
}
