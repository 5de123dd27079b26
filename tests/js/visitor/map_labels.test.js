import assert from "node:assert/strict";
import { test } from "node:test";

import { contains, roomiest } from "../../../static/js/visitor/models/areas.js";
import { arranged, boxAt } from "../../../static/js/visitor/models/labels.js";
import { pointAt } from "../../../static/js/visitor/models/lines.js";

const frame = { left: 0, top: 0, right: 100, bottom: 100 };
const box = (left, top, size = 10) => ({ left, top, right: left + size, bottom: top + size });
const label = (...choices) => ({ choices, patient: false });

test("the more important label stays, the other takes its second choice", () => {
  assert.deepEqual(arranged([label(box(0, 0)), label(box(5, 5), box(30, 30))], [], frame), [0, 1]);
});

test("a label without room is left out", () => {
  assert.deepEqual(arranged([label(box(0, 0)), label(box(5, 5))], [], frame), [0, -1]);
});

test("labels that only touch both stay", () => {
  assert.deepEqual(arranged([label(box(0, 0)), label(box(10, 0))], [], frame), [0, 0]);
});

test("a patient label waits rather than cover a mark; an important one covers it", () => {
  const patient = { choices: [box(0, 0)], patient: true };
  assert.deepEqual(arranged([patient], [box(5, 5)], frame), [-1]);
  assert.deepEqual(arranged([label(box(0, 0))], [box(5, 5)], frame), [0]);
});

test("an important label prefers a choice clear of marks", () => {
  assert.deepEqual(arranged([label(box(0, 0), box(50, 50))], [box(5, 5)], frame), [1]);
});

test("nothing reaches over the frame or stands on a control", () => {
  assert.deepEqual(arranged([label(box(95, 0), box(0, 95))], [], frame), [-1]);
  assert.deepEqual(arranged([label(box(0, 0))], [], frame, [box(2, 2)]), [-1]);
});

test("boxes lie on the side that is asked for", () => {
  const [point, size] = [{ x: 50, y: 50 }, { width: 20, height: 10 }];
  assert.deepEqual(boxAt(point, size, "right", 5), { left: 55, top: 45, right: 75, bottom: 55 });
  assert.deepEqual(boxAt(point, size, "left", 5), { left: 25, top: 45, right: 45, bottom: 55 });
  assert.deepEqual(boxAt(point, size, "top", 5), { left: 40, top: 35, right: 60, bottom: 45 });
  assert.deepEqual(boxAt(point, size, "bottom", 5), { left: 40, top: 55, right: 60, bottom: 65 });
  assert.deepEqual(boxAt(point, size, "center", 5), { left: 40, top: 45, right: 60, bottom: 55 });
});

test("a point half way along a bent line", () => {
  assert.deepEqual(pointAt([[0, 0], [3, 0], [3, 1]], 0.5), [2, 0]);
  assert.deepEqual(pointAt([[0, 0], [3, 0], [3, 1]], 1), [3, 1]);
});

test("the most roomy point of an area is inside it and away from what is there", () => {
  const square = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]];
  const [[x, y]] = roomiest(square, [[2, 2], [8, 2], [5, 2]]);
  assert.ok(contains(square, [x, y]));
  assert.ok(y > 5, `the name stands at ${x}, ${y}, among the places`);
});

test("outside is outside, also in a bay", () => {
  const bay = [[0, 0], [10, 0], [10, 10], [5, 2], [0, 10], [0, 0]];
  assert.ok(!contains(bay, [5, 8]));
  assert.ok(contains(bay, [5, 1]));
});
