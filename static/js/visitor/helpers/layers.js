// Places and base lines as Leaflet layers. Colours are CSS classes, so that they follow dark mode.

import { pointAt } from "../models/lines.js";
import { card, element, mark } from "./elements.js";

const BASE_ORDER = ["water", "hill", "river", "road"];
const HILL_RADIUS_M = 650;

export function latLng([longitude, latitude]) {
  return [latitude, longitude];
}

// The lines under the places; gives the labels they want.
export function drawBasemap(L, map, features) {
  for (const kind of BASE_ORDER) {
    for (const { geometry } of features.filter((feature) => feature.kind === kind)) {
      for (const className of kind === "road" ? ["map-base map-base--casing", "map-base map-base--road"] : [`map-base map-base--${kind}`]) {
        baseLayer(L, geometry, className).addTo(map);
      }
    }
  }
  return features.filter((feature) => feature.name).map((feature) => ({
    at: anchor(L, feature.geometry, 0.12), text: feature.name, className: `map-label--${feature.kind}`, direction: "center", from: 12,
  }));
}

function baseLayer(L, geometry, className) {
  if (geometry.type === "Point") {
    return L.circle(latLng(geometry.coordinates), { radius: HILL_RADIUS_M, interactive: false, className });
  }
  return L.geoJSON(geometry, { interactive: false, style: { className } });
}

// One place: its layers, its label, and what can be focused, hidden and opened.
export function placeLayer(L, place, { words, isFocus }) {
  const made = ["Point", "MultiPoint"].includes(place.geometry.type) ? markLayer(L, place, isFocus) : shapeLayer(L, place, isFocus);
  made.target.bindPopup(() => card(place, words), { minWidth: 180, maxWidth: 260, autoPanPadding: [24, 24] });
  return { place, ...made, label: label(L, place, isFocus) };
}

function markLayer(L, place, isFocus) {
  const node = mark(place.kind);
  node.classList.toggle("mark--focus", isFocus);
  node.classList.add(`mark--is-${place.status}`);
  const icon = L.divIcon({ html: node, className: "map-mark", iconSize: null });
  const target = L.marker(place.at, { icon, keyboard: false, riseOnHover: true, zIndexOffset: isFocus ? 1000 : 0 });
  return { group: target, target, elements: () => [target.getElement()] };
}

function shapeLayer(L, place, isFocus) {
  const state = `map-shape--is-${place.status}${isFocus ? " map-shape--focus" : ""}`;
  const isLine = place.geometry.type.endsWith("LineString");
  const layer = (className, interactive) => L.geoJSON(place.geometry, { interactive, style: { className: `map-shape ${className} ${state}` } });
  const [below, line, hit] = isLine
    ? [layer("map-shape--casing", false), layer("map-shape--corridor", false), layer("map-shape--hit", true)]
    : [layer("map-shape--zone", true)];
  const layers = [below, line, hit].filter(Boolean);
  const target = layers.at(-1);
  return {
    group: L.layerGroup(layers),
    target,
    elements: () => layers.flatMap((each) => each.getLayers().map((path) => path.getElement())),
  };
}

function label(L, place, isFocus) {
  const isPoint = place.geometry.type === "Point";
  const wide = ["zone", "corridor", "node"].includes(place.kind) || place.head || isFocus;
  return {
    at: isPoint ? place.at : anchor(L, place.geometry, 0.68),
    text: place.name,
    className: `map-label--${isFocus ? "focus" : place.head && isPoint ? "node" : place.kind}`,
    direction: place.kind === "zone" ? "center" : "right",
    from: wide ? 0 : 13.5,
  };
}

// Where a shape's label stands: on a line at that share of it, in the middle of an area.
function anchor(L, geometry, share) {
  if (geometry.type === "Point") return latLng(geometry.coordinates);
  if (geometry.type === "LineString") return latLng(pointAt(geometry.coordinates, share));
  return L.geoJSON(geometry).getBounds().getCenter();
}

export function labelLayer(L, { at, text, className, direction }) {
  return L.tooltip({ permanent: true, direction, offset: direction === "right" ? [10, 0] : [0, 0], className: `map-label ${className}`, opacity: 1 })
    .setLatLng(at)
    .setContent(element("span", "map-label__text", text));
}
