import assert from "node:assert/strict";
import { test } from "node:test";

import { BATCH, batchOf, decided, delay, EVERY_MS, isSyncAnswer, settled, syncMessage } from "../../static/js/gate/models/queue.js";
import { Reach } from "../../static/js/gate/models/reach.js";

const waiting = (count) => Array.from({ length: count }, (_none, i) => ({ id: `s${i}`, event: { id: `s${i}`, seq: count - i } }));

test("a decided scan keeps its id and says who went in", () => {
  const scan = Object.freeze({ id: "x", seq: 3, mode: "ask", verdict: null, dir: "in", n: null });
  assert.deepEqual(decided(scan, { outcome: "ok", people: 4 }), { id: "x", seq: 3, mode: "done", verdict: "ok", dir: "in", n: 4 });
  const refused = decided(scan, { outcome: "used", people: 0 });
  assert.deepEqual([refused.dir, refused.n, refused.verdict], [null, null, "used"]);
});

test("a batch is the oldest hundred", () => {
  const batch = batchOf(waiting(250));
  assert.equal(batch.length, BATCH);
  assert.deepEqual(batch.slice(0, 2).map((each) => each.event.seq), [1, 2]);
});

test("the message says how many will still wait", () => {
  const batch = waiting(3);
  const message = syncMessage({ build: "b", cursor: undefined, waiting: 5, batch, clock: new Date(0) });
  assert.deepEqual({ ...message, scans: message.scans.length }, { v: 1, build: "b", clock: "1970-01-01T00:00:00.000Z", cursor: "", waiting: 2, scans: 3 });
});

test("only what was answered is settled; what was not understood stays to be seen", () => {
  const results = { s0: { outcome: "ok" }, s1: { outcome: "rejected", reason: "n" }, other: { outcome: "ok" } };
  assert.deepEqual(settled(waiting(3), results), { done: ["s0"], rejected: ["s1"] });
  assert.deepEqual(settled(waiting(2), {}), { done: [], rejected: [] });
});

test("other people's JSON is not an answer", () => {
  assert.equal(isSyncAnswer({ results: {}, changes: [], cursor: "x" }), true);
  for (const body of [null, {}, { results: {} }, { status: "ok" }]) assert.equal(isSyncAnswer(body), false);
});

test("failures make it wait longer, and phones do not come together", () => {
  assert.equal(delay(1, 0.5), EVERY_MS);
  assert.equal(delay(2, 0.5), 2 * EVERY_MS);
  assert.ok(delay(50, 0.5) <= 120_000);
  assert.notEqual(delay(1, 0), delay(1, 1));
});

test("two tries without an answer, or a slow mean, and nobody waits any more", () => {
  const lost = new Reach();
  lost.note(false, 1200);
  assert.equal(lost.isGood, true);
  lost.note(true, 50);
  lost.note(false, 1200);
  assert.equal(lost.isGood, false);
  const slow = new Reach();
  slow.note(true, 1150);
  slow.note(true, 1100);
  assert.equal(slow.isGood, false);
});

test("two good tries, and the server is asked again", () => {
  const reach = new Reach();
  reach.note(false, 1);
  reach.note(false, 1);
  reach.note(true, 40);
  assert.equal(reach.isGood, false);
  reach.note(false, 1);
  reach.note(true, 40);
  reach.note(true, 40);
  assert.equal(reach.isGood, true);
});
