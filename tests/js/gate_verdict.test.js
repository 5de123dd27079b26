import assert from "node:assert/strict";
import { test } from "node:test";

import { filled, inLanguage, ownAnswer, shown } from "../../static/js/gate/models/verdict.js";

const PLACE = { language: "en", timeZone: "Asia/Shanghai" };
const words = {
  verdicts: { admit: "Come in", check: "Have a look", refuse: "Not in", unknown: "Not decided" },
  people: { one: "person", other: "people" },
  outcomes: new Proxy({}, { get: (_all, outcome) => ({ lines: LINES, next: `next of ${outcome}` }) }),
};
const LINES = ["{experience} {time}", "{left} left of {party}", "{minutes} min", "{km} km to {place}", "first {first} {gate}", "day {day}", "typed {code}"];
const ticket = {
  id: "T", reference: "7K4MQ2XA", starts_at: "2027-05-30T01:00:00Z", ends_at: "2027-05-30T02:00:00Z",
  party: 4, admitted: 4, left: 0, experience: { en: "Picking" }, place: { "zh-Hans": "果园" },
};
const answer = (more) => ({ ...ownAnswer("ok", "admit"), minutes: null, ticket, ...more });

test("a text is shown in the page's language, or in one that there is", () => {
  assert.equal(inLanguage({ en: "Gate", "zh-Hans": "门" }, "en"), "Gate");
  assert.equal(inLanguage({ "zh-Hans": "门" }, "en"), "门");
  assert.equal(inLanguage(null, "en"), "");
});

test("a line of which a value is unknown is left out", () => {
  assert.equal(filled("{a} of {b}", { a: 0, b: 4 }), "0 of 4");
  assert.equal(filled("{a} km", { a: null }), null);
  assert.equal(filled("{a} km", {}), null);
  assert.equal(filled("no value", {}), "no value");
});

test("a green screen says how many and what they booked, in the town's time", () => {
  const screen = shown(answer({ people: 4 }), words, PLACE);
  assert.deepEqual([screen.word, screen.number, screen.unit, screen.offer], ["Come in", 4, "people", null]);
  assert.deepEqual(screen.lines, ["Picking 09:00–10:00", "day Sun, May 30"]);
  assert.equal(shown(answer({ people: 1 }), words, PLACE).unit, "person");
});

test("who comes later is told on the green screen", () => {
  const screen = shown(answer({ people: 2, ticket: { ...ticket, admitted: 2, left: 2 } }), words, PLACE);
  assert.ok(screen.lines.includes("2 left of 4"));
});

test("used says when and where, with the day when it was another one", () => {
  const first = { at: "2027-05-30T01:12:00Z", gate: { en: "East" }, people: 4 };
  const then = shown(answer({ outcome: "used", verdict: "refuse", first }), words, PLACE);
  assert.ok(then.lines.includes("first Sun, May 30 09:12 East"));
  const now = new Date();
  const today = shown(answer({ outcome: "used", verdict: "refuse", first: { ...first, at: now } }), words, PLACE);
  assert.ok(today.lines.some((line) => /^first \d\d:\d\d East$/.test(line)), today.lines.join());
});

test("the steward is offered what may be done, for as many as are left", () => {
  const left = { ...ticket, left: 2 };
  const of = (outcome) => shown(answer({ outcome, verdict: "check", ticket: left }), words, PLACE);
  assert.deepEqual(of("early").offer, { kind: "override", people: 2 });
  assert.deepEqual(of("late").offer, { kind: "override", people: 2 });
  assert.deepEqual(of("partial").offer, { kind: "rest", people: 2 });
  assert.equal(of("partial").number, 2);
});

test("without an answer there is no number, and the same scan may be sent again", () => {
  const screen = shown(ownAnswer("offline", "unknown"), words, PLACE);
  assert.deepEqual([screen.number, screen.unit, screen.offer], [null, "", { kind: "again" }]);
});

test("a typed code has its own words", () => {
  assert.equal(shown(ownAnswer("unknown_ticket"), words, PLACE, "ZZZZZZZZ").next, "next of unknown_code");
  assert.equal(shown(ownAnswer("not_ticket"), words, PLACE, "ZZ").next, "next of not_code");
  assert.equal(shown(ownAnswer("not_ticket"), words, PLACE).next, "next of not_ticket");
  assert.ok(shown(ownAnswer("not_ticket"), words, PLACE, "ZZ").lines.includes("typed ZZ"));
});

test("the way is told in halves, from ten kilometres on in whole ones", () => {
  const km = (way_m) => shown(answer({ outcome: "wrong_place", verdict: "refuse", way_m }), words, PLACE).lines.find((line) => line.includes(" km "));
  assert.equal(km(9108), "9 km to 果园");
  assert.equal(km(3300), "3.5 km to 果园");
  assert.equal(km(12_600), "13 km to 果园");
  assert.equal(km(null), undefined);
});
