// Places and base lines as Leaflet layers. Colours are CSS classes, so that they follow dark mode.

import { roomiest } from "../models/areas.js";
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
  return features.filter((feature) => feature.name).map(baseLabel);
}

function baseLabel({ kind, name, geometry }) {
  const spots = { Point: [geometry.coordinates], LineString: [0.12, 0.3, 0.5, 0.75, 0.9].map((share) => pointAt(geometry.coordinates, share)) };
  const at = spots[geometry.type] ?? [middle(geometry)];
  return {
    text: name,
    className: `map-label--${kind}`,
    kind,
    choices: at.flatMap((spot) => ["center", "right", "left"].map((direction) => ({ at: latLng(spot), direction }))),
    from: 11.5,
    patient: true,
  };
}

function middle(geometry) {
  const ring = geometry.type === "Polygon" ? geometry.coordinates[0] : geometry.coordinates[0][0];
  return [0, 1].map((axis) => ring.reduce((sum, point) => sum + point[axis], 0) / ring.length);
}

function baseLayer(L, geometry, className) {
  if (geometry.type === "Point") {
    return L.circle(latLng(geometry.coordinates), { radius: HILL_RADIUS_M, interactive: false, className });
  }
  return L.geoJSON(geometry, { interactive: false, style: { className } });
}

// One place: its layers, its label, and what can be focused, hidden and opened.
export function placeLayer(L, place, { words, isFocus, others }) {
  const made = ["Point", "MultiPoint"].includes(place.geometry.type) ? markLayer(L, place, isFocus) : shapeLayer(L, place, isFocus);
  made.target.bindPopup(() => card(place, words), { minWidth: 180, maxWidth: 260, autoPanPadding: [24, 24] });
  return { place, ...made, label: label(place, isFocus, others) };
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

// A label's choices of where to stand, the best first; `from` is the zoom at which it appears.
function label(place, isFocus, others) {
  const isPoint = place.geometry.type === "Point";
  const isWide = ["zone", "corridor", "node"].includes(place.kind) || place.head || isFocus;
  const kind = isPoint && place.head ? "node" : place.kind;
  return {
    text: place.name,
    className: `map-label--${kind}${isFocus ? " map-label--focus" : ""}`,
    kind: isFocus && isPoint ? "focus" : kind,
    choices: isPoint ? beside(place.at, isWide) : anchors(place.geometry, others),
    from: isWide ? 0 : 13.5,
    patient: !isWide,
  };
}

function beside(at, isAnyside = false) {
  const sides = isAnyside ? ["right", "left", "bottom", "top"] : ["right", "left"];
  return sides.map((direction) => ({ at, direction }));
}

// Beside a line at some points of it, or where there is most room in an area.
function anchors(geometry, others) {
  if (geometry.type === "LineString") {
    return [0.68, 0.55, 0.35, 0.85].flatMap((share) => beside(latLng(pointAt(geometry.coordinates, share))));
  }
  const ring = geometry.type === "Polygon" ? geometry.coordinates[0] : geometry.coordinates[0][0];
  return roomiest(ring, others).slice(0, 12).map((point) => ({ at: latLng(point), direction: "center" }));
}

export function labelLayer(L, { text, className, choices }) {
  return L.tooltip({ permanent: true, direction: choices[0].direction, className: `map-label ${className}`, opacity: 1 })
    .setLatLng(choices[0].at)
    .setContent(element("span", "map-label__text", text));
}
