// The list beside the map: filters both without a reload, and each finds its place in the other.

import { accepts } from "../models/places.js";

class Atlas {
  constructor(root) {
    this.map = root.querySelector('[data-controller~="map"]');
    this.list = root.querySelector(".atlas__list");
    this.form = part(root, "filter");
    this.count = part(root, "count");
    this.data = JSON.parse(document.getElementById(this.map.dataset.source).textContent);
    this.rows = new Map([...this.list.querySelectorAll("[data-place]")].map((row) => [row.dataset.place, row]));
  }

  start() {
    // Half-typed Chinese is not looked up: an input method ends with compositionend.
    this.form.addEventListener("input", (event) => event.isComposing || this.filter());
    this.form.addEventListener("compositionend", () => this.filter());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.filter();
    });
    part(this.form, "send").hidden = true;
    for (const [slug, row] of this.rows) this.offer(slug, part(row, "show"));
    this.map.addEventListener("map:opened", (event) => this.point(event.detail.slug));
    new MutationObserver(() => this.isFiltered() && this.filter()).observe(this.map, { attributeFilter: ["data-state"] });
  }

  isFiltered() {
    return [...new FormData(this.form).values()].some(Boolean);
  }

  offer(slug, button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      this.map.scrollIntoView({ block: "nearest" });
      this.map.dispatchEvent(new CustomEvent("atlas:show", { detail: { slug, opener: button } }));
    });
  }

  filter() {
    const given = new FormData(this.form);
    const wanted = { text: given.get("q"), kind: given.get("kind"), crop: given.get("crop"), month: given.get("month") };
    const slugs = this.data.places.filter((place) => accepts(wanted, place)).map((place) => place.slug);
    for (const [slug, row] of this.rows) row.hidden = !slugs.includes(slug);
    for (const group of this.list.querySelectorAll('[data-atlas="group"]')) {
      group.hidden = !group.querySelector("[data-place]:not([hidden])");
    }
    this.say(slugs.length);
    this.remember(given);
    this.map.dispatchEvent(new CustomEvent("atlas:filter", { detail: { slugs } }));
  }

  say(count) {
    const { none, one, many } = this.data.words;
    const words = count === 0 ? none : count === 1 ? one : many.replace("{count}", count);
    if (this.count.textContent !== words) this.count.textContent = words;
  }

  // The address names the filter, so that it can be sent to somebody and survives a reload.
  remember(given) {
    const kept = new URLSearchParams([...given].filter(([, value]) => value));
    history.replaceState(null, "", String(kept) ? `?${kept}` : location.pathname);
  }

  point(slug) {
    for (const [each, row] of this.rows) row.classList.toggle("atlas__place--chosen", each === slug);
    // Only where the map stands beside the list: on a phone this would scroll the map away.
    if (matchMedia("(min-width: 60rem)").matches) this.rows.get(slug).scrollIntoView({ block: "nearest" });
  }
}

function part(root, name) {
  return root.querySelector(`[data-atlas="${name}"]`);
}

for (const root of document.querySelectorAll('[data-controller~="atlas"]')) new Atlas(root).start();
