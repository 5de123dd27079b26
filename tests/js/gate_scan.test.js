import assert from "node:assert/strict";
import { test } from "node:test";

import { asTyped, isToken, message, newScan, readEnrolmentCode, readReference } from "../../static/js/gate/models/scan.js";

test("what people type is read forgivingly", () => {
  assert.equal(asTyped(" 7k4m-oqIl "), "7K4M0Q11");
  assert.equal(readReference("7k4m-q2xa"), "7K4MQ2XA");
});

test("what cannot be a booking number is none", () => {
  for (const text of ["", "7K4", "7K4MQ2XAB", "7K4MQ2X!", "UUUUUUUU"]) assert.equal(readReference(text), null, text);
});

test("an enrolment code comes alone, behind an address, or as the address's end", () => {
  for (const text of ["7K4M-Q2XA", "https://town.example/gate/#7K4MQ2XA", "#7K4MQ2XA"]) {
    assert.equal(readEnrolmentCode(text), "7K4MQ2XA", text);
  }
  assert.equal(readEnrolmentCode("https://town.example/gate/"), null);
  assert.equal(readEnrolmentCode(""), null);
});

test("a ticket's own code is told from everything else", () => {
  assert.ok(isToken(" OG1ABC "));
  assert.ok(!isToken("7K4MQ2XA"));
});

test("a scan is made once: its own id, all who are left, and nothing changes it", () => {
  const one = newScan({ code: "7K4MQ2XA" }, { seq: 7, via: "code" });
  const two = newScan({ code: "7K4MQ2XA" }, { seq: 8, via: "code" });
  assert.notEqual(one.id, two.id);
  assert.deepEqual([one.n, one.dir, one.mode, one.seq, one.via, one.override], [null, "in", "ask", 7, "code", null]);
  assert.throws(() => (one.n = 4), TypeError);
});

test("sending a scan again says the same of it at another time", () => {
  const scan = newScan({ token: "OG1" }, { seq: 1, via: "qr", at: new Date("2027-05-30T01:00:00Z") });
  const later = message(scan, "b1", new Date("2027-05-30T01:02:00Z"));
  assert.equal(later.event, scan);
  assert.deepEqual([later.v, later.build, later.clock], [1, "b1", "2027-05-30T01:02:00.000Z"]);
  assert.equal(later.event.at, "2027-05-30T01:00:00.000Z");
});
