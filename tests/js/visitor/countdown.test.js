import assert from "node:assert/strict";
import { test } from "node:test";

import { isSpoken, left } from "../../../static/js/visitor/models/countdown.js";

test("begun minutes count, as the server counts them", () => {
  assert.deepEqual(left(900, 0), { isOver: false, minutes: 15 });
  assert.deepEqual(left(900, 1), { isOver: false, minutes: 15 });
  assert.deepEqual(left(900, 60), { isOver: false, minutes: 14 });
});

test("the last minute has no number", () => {
  assert.deepEqual(left(90, 30), { isOver: false, minutes: 1 });
  assert.deepEqual(left(90, 31), { isOver: false, minutes: 0 });
});

test("it ends at nought and stays there", () => {
  assert.deepEqual(left(90, 90), { isOver: true, minutes: 0 });
  assert.deepEqual(left(90, 5000), { isOver: true, minutes: 0 });
});

test("only the last minutes are said aloud, each once", () => {
  assert.equal(isSpoken(6, 5), true);
  assert.equal(isSpoken(5, 5), false);
  assert.equal(isSpoken(5, 4), false);
  assert.equal(isSpoken(2, 1), true);
});
