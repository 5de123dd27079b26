// The map picture: waits until it is in view, loads Leaflet and the frame, draws the places.
//
// Other scripts of the page speak to it by events on its element: "atlas:filter" {slugs} shows only
// those places, "atlas:show" {slug, opener} opens one. It answers "map:opened" {slug}.

import { loadScripts, loadStyle } from "../helpers/load.js";
import { drawBasemap, labelLayer, placeLayer } from "../helpers/layers.js";
import { tileLayer } from "../helpers/tiles.js";
import { arranged, boxAt } from "../models/labels.js";

const NEAR_ZOOM = 13.5;
const STOPS = ["zone", "corridor", "node"];
const GAP = { far: 12, near: 18, node: 19, focus: 24 }; // from the middle of a mark to its label
const LABEL_ORDER = ["focus", "zone", "node", "corridor", "water", "hill", "road", "river"]; // then the sights

class MapPicture {
  constructor(host) {
    this.host = host;
    this.data = JSON.parse(document.getElementById(host.dataset.source).textContent);
    this.isLocator = host.classList.contains("map--locator");
    this.shown = null;
  }

  async load() {
    const framed = new Promise((resolve) => {
      this.host.addEventListener("map:framed", (event) => resolve(event.detail), { capture: true, once: true });
    });
    await Promise.all(this.data.styles.map(loadStyle));
    await loadScripts(this.data.scripts);
    this.map = await framed;
    this.draw(window.L);
    this.host.dataset.state = "drawn";
  }

  draw(L) {
    const { places, basemap, tiles, words, focus } = this.data;
    const labels = [];
    if (tiles) {
      this.host.classList.add("map--tiles");
      tileLayer(L, tiles, this.map.getMaxZoom()).addTo(this.map);
    } else {
      labels.push(...drawBasemap(L, this.map, basemap));
    }
    L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(this.map);
    this.L = L;
    this.fit(this.aroundFocus());
    this.map.setMaxBounds(this.boundsOf(places).pad(0.6));
    const byShape = [...places].sort((a, b) => rank(a) - rank(b));
    const others = places.filter((place) => place.geometry.type === "Point").map((place) => place.geometry.coordinates);
    this.layers = byShape.map((place) => placeLayer(L, place, { words, others, isFocus: place.slug === focus?.slug }));
    for (const layer of this.layers) this.add(layer);
    labels.push(...this.layers.map((layer) => ({ ...layer.label, slug: layer.place.slug })));
    this.labels = labels.map((label) => ({ ...label, layer: labelLayer(L, label).addTo(this.map) }));
    this.labels.sort((a, b) => importance(a) - importance(b));
    this.map.on("moveend resize", () => this.arrange());
    this.map.on("popupopen", (event) => this.opened(event.popup));
    this.host.addEventListener("keydown", (event) => this.key(event));
    this.host.addEventListener("atlas:filter", (event) => this.filter(new Set(event.detail.slugs)));
    this.host.addEventListener("atlas:show", (event) => this.show(event.detail));
    if (this.isLocator) this.calm(L);
    this.arrange();
  }

  add(layer) {
    layer.group.addTo(this.map);
    layer.target.on("popupopen", () => this.tell(layer.place.slug));
    layer.target.on("mouseover", () => this.hover(layer.place.slug, true));
    layer.target.on("mouseout", () => this.hover(layer.place.slug, false));
    if (!STOPS.includes(layer.place.kind)) return;
    const stop = layer.elements().at(-1);
    stop.setAttribute("tabindex", "0");
    stop.setAttribute("role", "button");
    stop.setAttribute("aria-label", `${layer.place.name} (${layer.place.kindName})`);
    stop.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      this.open(layer, stop);
    });
  }

  // A small map inside a page must not swallow the page's scrolling.
  calm(L) {
    this.map.scrollWheelZoom.disable();
    if (L.Browser.mobile) this.map.dragging.disable();
  }

  aroundFocus() {
    const { places, focus } = this.data;
    return focus ? places.filter((place) => focus.around.includes(place.slug)) : places;
  }

  boundsOf(places) {
    const bounds = this.L.latLngBounds([]);
    for (const place of places) bounds.extend(this.L.geoJSON(place.geometry).getBounds());
    return bounds;
  }

  fit(places) {
    this.map.fitBounds(this.boundsOf(places), { padding: [28, 28], maxZoom: 14, animate: false });
  }

  open(layer, opener) {
    this.opener = opener;
    layer.target.openPopup();
  }

  // Opened from the list or the keyboard: the reader goes on in the card and comes back on Escape.
  opened(popup) {
    const node = popup.getElement();
    node.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", this.data.words.close);
    if (this.opener) node.querySelector("a[href]").focus({ preventScroll: true });
  }

  key(event) {
    if (event.key !== "Escape") return;
    this.map.closePopup();
    this.opener?.focus();
    this.opener = null;
  }

  show({ slug, opener }) {
    const layer = this.layers.find((each) => each.place.slug === slug);
    if (layer.place.geometry.type === "Point") {
      this.map.setView(layer.place.at, Math.max(this.map.getZoom(), NEAR_ZOOM + 0.5), { animate: false });
    } else {
      this.map.fitBounds(layer.target.getBounds(), { padding: [40, 40], animate: false });
    }
    this.open(layer, opener);
  }

  tell(slug) {
    this.host.dispatchEvent(new CustomEvent("map:opened", { bubbles: true, detail: { slug } }));
  }

  hover(slug, isOver) {
    const label = this.labels.find((each) => each.slug === slug);
    label.layer.getElement()?.classList.toggle("map-label--over", isOver);
  }

  filter(slugs) {
    this.shown = slugs;
    this.map.closePopup();
    for (const layer of this.layers) {
      for (const each of layer.elements()) each.classList.toggle("map-off", !slugs.has(layer.place.slug));
    }
    if (slugs.size) this.fit(this.data.places.filter((place) => slugs.has(place.slug)));
    this.arrange();
  }

  // Small marks from afar, marks with their icon near by; labels only where they fit.
  arrange() {
    const zoom = this.map.getZoom();
    const isNear = zoom >= NEAR_ZOOM;
    this.host.classList.toggle("map--near", isNear);
    const gap = isNear ? GAP.near : GAP.far;
    const isWanted = (label) => zoom >= label.from && (!label.slug || !this.shown || this.shown.has(label.slug));
    const wanted = this.labels.filter(isWanted).map((label) => ({ ...label, ...this.measured(label, GAP[label.kind] ?? gap) }));
    const places = arranged(wanted, this.marks(gap - 4), this.frame(), this.controls());
    for (const label of this.labels) label.layer.getElement().classList.add("map-label--off");
    for (const [index, place] of places.entries()) {
      if (place >= 0) settle(wanted[index], wanted[index].spots[place]);
    }
  }

  measured({ layer, choices }, gap) {
    const node = layer.getElement();
    const size = { width: node.offsetWidth, height: node.offsetHeight };
    const boxes = choices.map(({ at, direction }) => boxAt(this.map.latLngToContainerPoint(at), size, direction, gap));
    return { choices: boxes, spots: choices, gap };
  }

  marks(reach) {
    const isMark = ({ place }) => place.geometry.type === "Point" && (!this.shown || this.shown.has(place.slug));
    return this.layers.filter(isMark).map(({ place }) => {
      const { x, y } = this.map.latLngToContainerPoint(place.at);
      return { left: x - reach, right: x + reach, top: y - reach, bottom: y + reach };
    });
  }

  controls() {
    const ground = this.map.getContainer().getBoundingClientRect();
    return [...this.host.querySelectorAll(".leaflet-control")].map((control) => {
      const { left, right, top, bottom } = control.getBoundingClientRect();
      return { left: left - ground.left, right: right - ground.left, top: top - ground.top, bottom: bottom - ground.top };
    });
  }

  frame() {
    const { x, y } = this.map.getSize();
    return { left: 4, top: 4, right: x - 4, bottom: y - 4 };
  }
}

function settle({ layer, gap }, { at, direction }) {
  const offset = { right: [gap, 0], left: [-gap, 0], top: [0, -gap], bottom: [0, gap], center: [0, 0] }[direction];
  Object.assign(layer.options, { direction, offset });
  layer.setLatLng(at);
  layer.getElement().classList.remove("map-label--off");
}

function rank(place) {
  return ["zone", "corridor"].indexOf(place.kind) < 0 ? 2 : ["zone", "corridor"].indexOf(place.kind);
}

function importance({ kind }) {
  return LABEL_ORDER.includes(kind) ? LABEL_ORDER.indexOf(kind) : LABEL_ORDER.length;
}

for (const host of document.querySelectorAll('[data-controller~="map"]')) {
  const picture = new MapPicture(host);
  const seen = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      picture.load();
    },
    { rootMargin: "200px" },
  );
  seen.observe(host);
}
