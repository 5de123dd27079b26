import assert from "node:assert/strict";
import { test } from "node:test";

import { toGcj } from "../../../static/js/visitor/models/gcj.js";

const METRES_PER_DEGREE = 111_195;

// Pairs published with the adcode list (Gaode township centres) and known landmarks.
test("Lizhuang's centre is moved 517 m to the east-south-east", () => {
  const wgs = { lat: 34.96634, lng: 119.02637 };
  const gcj = toGcj(wgs);
  const north = (gcj.lat - wgs.lat) * METRES_PER_DEGREE;
  const east = (gcj.lng - wgs.lng) * METRES_PER_DEGREE * Math.cos((wgs.lat * Math.PI) / 180);
  assert.ok(Math.abs(Math.hypot(north, east) - 517) < 5, `${Math.hypot(north, east)} m`);
  const azimuth = (Math.atan2(east, north) * 180) / Math.PI;
  assert.ok(Math.abs(azimuth - 97) < 2, `azimuth ${azimuth}`);
});

test("the town's published pair of positions agrees within 3 m", () => {
  const gcj = toGcj({ lat: 34.96634, lng: 119.02637 });
  assert.ok(Math.abs(gcj.lat - 34.965738) < 3e-5, `${gcj.lat}`);
  assert.ok(Math.abs(gcj.lng - 119.032005) < 3e-5, `${gcj.lng}`);
});
