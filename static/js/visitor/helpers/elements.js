// DOM nodes, built rather than parsed: names are typed by people and must stay text.

export function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

// What a map shows when a place is chosen.
export function card(place, words) {
  const made = element("div", "map-card");
  const kind = element("p", "map-card__kind", place.kindName);
  const link = element("a", "map-card__link", place.name);
  link.href = place.url;
  const badge = element("span", `badge badge--${place.badge}`, place.statusWord);
  const name = element("p", "map-card__name");
  name.append(link);
  const open = element("a", "map-card__open", words.open);
  open.href = place.url;
  open.tabIndex = -1;
  open.setAttribute("aria-hidden", "true");
  made.append(kind, name, badge, open);
  return made;
}

// A kind's mark, cloned from the page, where the server drew it.
export function mark(kind) {
  const drawn = document.getElementById("map-marks").content.querySelector(`.mark--${CSS.escape(kind)}`);
  return drawn.cloneNode(true);
}
