import assert from "node:assert/strict";
import { test } from "node:test";

import { FORGET_MS, Sight } from "../../static/js/gate/models/sight.js";
import { PAUSE_MS, Wedge } from "../../static/js/gate/models/wedge.js";

test("whoever is busy with one code sees the next when they are done", () => {
  const sight = new Sight();
  assert.equal(sight.isNew("A", 0), true);
  assert.equal(sight.isNew("B", 100, true), false);
  assert.equal(sight.isNew("A", 200, true), false);
  assert.equal(sight.isNew("B", 300), true);
});

test("a code held in view is one scan, however long it is held", () => {
  const sight = new Sight();
  const reads = Array.from({ length: 300 }, (_each, frame) => sight.isNew("A", frame * 33));
  assert.equal(reads.filter(Boolean).length, 1);
  assert.ok(reads[0]);
});

test("a code is new again when it was out of view for a while", () => {
  const sight = new Sight();
  sight.isNew("A", 0);
  assert.ok(!sight.isNew("A", FORGET_MS - 1));
  assert.ok(!sight.isNew("A", 2 * FORGET_MS - 2), "each look counts from the last one");
  assert.ok(sight.isNew("A", 3 * FORGET_MS));
});

test("another code is new at once", () => {
  const sight = new Sight();
  assert.deepEqual(["A", "B", "A"].map((text, at) => sight.isNew(text, at)), [true, true, true]);
});

test("a hand-held reader's text ends with Enter", () => {
  assert.equal(typed(new Wedge(), ["Shift", ..."OG1ABCDE", "Enter"], 5), "OG1ABCDE");
});

test("a lone Enter and stray keys are not a reader", () => {
  assert.equal(typed(new Wedge(), ["Enter"], 5), null);
  assert.equal(typed(new Wedge(), ["a", "Enter"], 5), null);
  assert.equal(typed(new Wedge(), [..."OG1ABCDE", "Enter"], PAUSE_MS + 1), null);
});

test("what was typed before a pause does not spoil the reader's text", () => {
  const wedge = new Wedge();
  wedge.key("x", 0);
  assert.equal(typed(wedge, [..."OG1ABCDE", "Enter"], 5, 5000), "OG1ABCDE");
});

function typed(wedge, keys, apart, start = 0) {
  return keys.map((key, number) => wedge.key(key, start + number * apart)).at(-1);
}
