// An optional layer of map tiles under the places. Where tiles are drawn in GCJ-02 they are moved;
// places, positions and links stay in WGS 84.

import { toGcj } from "../models/gcj.js";

export function tileLayer(L, { url, gcj02 }, maxZoom) {
  const Layer = gcj02 ? shifted(L) : L.TileLayer;
  return new Layer(url, { maxZoom });
}

// Leaflet asks in these two (private) places where the tiles lie: its version is locked, and a
// test compares tiles with marks.
export function shifted(L) {
  const moved = (center) => L.latLng(toGcj(L.latLng(center)));
  return L.TileLayer.extend({
    _setZoomTransform(level, center, zoom) {
      L.TileLayer.prototype._setZoomTransform.call(this, level, moved(center), zoom);
    },
    _getTiledPixelBounds(center) {
      return L.TileLayer.prototype._getTiledPixelBounds.call(this, moved(center));
    },
  });
}
