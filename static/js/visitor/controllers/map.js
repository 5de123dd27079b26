// The map picture: waits until it is in view, loads Leaflet and the frame, draws the places.
//
// Other scripts of the page speak to it by events on its element: "atlas:filter" {slugs} shows only
// those places, "atlas:show" {slug, opener} opens one. It answers "map:opened" {slug}.

import { loadScripts, loadStyle } from "../helpers/load.js";
import { drawBasemap, labelLayer, placeLayer } from "../helpers/layers.js";
import { tileLayer } from "../helpers/tiles.js";
import { fitting } from "../models/labels.js";

const NEAR_ZOOM = 13.5;
const STOPS = ["zone", "corridor", "node"];
const LABEL_ORDER = ["focus", "zone", "node", "corridor", "water", "hill", "road", "river"];

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
    this.fit(L);
    const byShape = places.toSorted((a, b) => rank(a) - rank(b));
    this.layers = byShape.map((place) => placeLayer(L, place, { words, isFocus: place.slug === focus?.slug }));
    for (const layer of this.layers) this.add(layer);
    labels.push(...this.layers.map((layer) => ({ ...layer.label, slug: layer.place.slug })));
    this.labels = labels.map((label) => ({ ...label, layer: labelLayer(L, label).addTo(this.map) }));
    this.labels.sort((a, b) => importance(a) - importance(b));
    this.map.on("zoomend resize", () => this.arrange());
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

  fit(L) {
    const around = this.data.focus?.around;
    const chosen = this.data.places.filter((place) => !around || around.includes(place.slug));
    const bounds = L.latLngBounds([]);
    for (const place of chosen) bounds.extend(L.geoJSON(place.geometry).getBounds());
    this.map.fitBounds(bounds, { padding: [28, 28], maxZoom: 14, animate: false });
    this.map.setMaxBounds(L.latLngBounds(this.data.places.map((place) => place.at)).extend(bounds).pad(0.6));
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
    this.arrange();
  }

  // Small marks from afar, marks with their icon near by; labels only where they fit.
  arrange() {
    const zoom = this.map.getZoom();
    this.host.classList.toggle("map--near", zoom >= NEAR_ZOOM);
    const wanted = this.labels.filter((label) => zoom >= label.from && (!label.slug || !this.shown || this.shown.has(label.slug)));
    for (const label of this.labels) label.layer.getElement().classList.add("map-label--off");
    const boxes = wanted.map((label) => label.layer.getElement().getBoundingClientRect());
    for (const [index, fits] of fitting(boxes).entries()) {
      wanted[index].layer.getElement().classList.toggle("map-label--off", !fits);
    }
  }
}

function rank(place) {
  return ["zone", "corridor"].indexOf(place.kind) < 0 ? 2 : ["zone", "corridor"].indexOf(place.kind);
}

function importance({ className }) {
  const at = LABEL_ORDER.findIndex((kind) => className === `map-label--${kind}`);
  return at < 0 ? LABEL_ORDER.length : at;
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
