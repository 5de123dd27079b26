/* How old numbers are, and what an answer means. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { age, meaning } from "../../../static/js/desk/models/freshness.js";

const WORDS = { seconds: "{num} s", minutes: "{num} min" };

test("age is said in seconds, then in whole minutes", () => {
  assert.deepEqual(
    [-3, 0, 59.9, 119, 120, 3599].map((seconds) => age(seconds, WORDS)),
    ["0 s", "0 s", "59 s", "119 s", "2 min", "59 min"],
  );
});

test("an answer is news, the same, signed out or lost", () => {
  const part = {};
  assert.equal(meaning(null, null), "lost");
  assert.equal(meaning({ status: 304 }, null), "same");
  assert.equal(meaning({ status: 200, ok: true }, part), "news");
  assert.equal(meaning({ status: 200, ok: true, redirected: true }, null), "signed-out");
  assert.equal(meaning({ status: 403, ok: false }, null), "signed-out");
  assert.equal(meaning({ status: 502, ok: false }, null), "lost");
  assert.equal(meaning({ status: 200, ok: true }, null), "lost");
});
