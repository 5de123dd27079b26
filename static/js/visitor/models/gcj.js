// WGS 84 to GCJ-02, the datum in which some map tiles of mainland China are drawn: the published
// approximation (Krasovsky 1940 ellipsoid with a periodic offset), good to a few metres.

const AXIS = 6378245.0;
const ECCENTRICITY_2 = 0.00669342162296594323;

// {lat, lng} in WGS 84 to {lat, lng} in GCJ-02.
export function toGcj({ lat, lng }) {
  const [east, north] = [eastward(lng - 105, lat - 35), northward(lng - 105, lat - 35)];
  const phi = (lat * Math.PI) / 180;
  const w2 = 1 - ECCENTRICITY_2 * Math.sin(phi) ** 2;
  const meridian = (AXIS * (1 - ECCENTRICITY_2)) / (w2 * Math.sqrt(w2));
  const parallel = (AXIS / Math.sqrt(w2)) * Math.cos(phi);
  return { lat: lat + degrees(north / meridian), lng: lng + degrees(east / parallel) };
}

function degrees(radians) {
  return (radians * 180) / Math.PI;
}

function wave(x, periods) {
  return periods.reduce((sum, [size, turns]) => sum + size * Math.sin(turns * Math.PI * x), 0) * (2 / 3);
}

function northward(x, y) {
  const plane = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x));
  return plane + wave(x, [[20, 6], [20, 2]]) + wave(y, [[20, 1], [40, 1 / 3], [160, 1 / 12], [320, 1 / 30]]);
}

function eastward(x, y) {
  const plane = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x));
  return plane + wave(x, [[20, 6], [20, 2], [20, 1], [40, 1 / 3], [150, 1 / 12], [300, 1 / 30]]);
}
