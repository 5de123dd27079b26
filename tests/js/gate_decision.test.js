import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { decide, listed, STALE_MS, unlisted } from "../../static/js/gate/models/decision.js";

const cases = JSON.parse(readFileSync(new URL("../gate/scan_cases.json", import.meta.url)));
const timeZone = "Asia/Shanghai";
const now = new Date("2027-05-30T01:00:00Z");
const slot = { id: 7, starts_at: "2027-05-30T00:30:00Z", ends_at: "2027-05-30T01:30:00Z", experience: { en: "Picking" }, place: { en: "Orchard" }, here: true, way_m: null };
const row = { id: "T", slot: 7, party: 4, status: "valid", admitted: 0, ref: "7K4MQ2XA" };
const token = { ticketId: "U", slotId: 7, startsAt: new Date("2027-05-30T00:30:00Z"), lengthMinutes: 60, partySize: 3 };

for (const { name, now: at, ticket, scan, expected } of cases) {
  test(`as the server judges: ${name}`, () => {
    const known = listed({ ...row, ...ticket }, { ...slot, ...ticket }, [], ticket.closed ?? null);
    const { outcome, people, minutes } = decide(known, scan, { now: new Date(at), timeZone });
    assert.deepEqual({ outcome, people, minutes }, expected);
  });
}

test("those whom this phone has let in count, even before the server knows", () => {
  const since = (...ns) => ns.map((n) => ({ dir: n < 0 ? "out" : "in", n: Math.abs(n) }));
  const answer = decide(listed(row, slot, since(3)), { people: 2 }, { now, timeZone });
  assert.deepEqual([answer.outcome, answer.ticket.left], ["partial", 1]);
  assert.equal(decide(listed(row, slot, since(4)), {}, { now, timeZone }).outcome, "used");
  assert.equal(decide(listed({ ...row, admitted: 3 }, slot, since(4)), {}, { now, timeZone }).ticket.left, 0);
  const back = decide(listed(row, slot, since(4, -2, 1)), {}, { now, timeZone });
  assert.deepEqual([back.outcome, back.people, back.ticket.admitted, back.ticket.away], ["ok", 1, 4, 0]);
});

test("a scan that was taken back counts no more", () => {
  const since = [{ dir: "in", n: 4 }, { dir: "undo", undoes: "in", n: 4 }];
  assert.equal(decide(listed(row, slot, since), {}, { now, timeZone }).people, 4);
  const left = [{ dir: "in", n: 4 }, { dir: "out", n: 3 }, { dir: "undo", undoes: "out", n: 3 }];
  assert.equal(decide(listed(row, slot, left), {}, { now, timeZone }).outcome, "used");
});

test("a supervisor lets people in although all are in, and it is seen that all were", () => {
  const full = listed({ ...row, admitted: 4 }, slot);
  const answer = decide(full, { people: 1, override: "back", isForced: true }, { now, timeZone });
  assert.deepEqual([answer.outcome, answer.people, answer.ticket.admitted, answer.ticket.left], ["ok", 1, 4, 0]);
});

test("a clock behind the server's last word decides nothing by itself", () => {
  const late = { now, timeZone, listAgeMs: -61_000 };
  assert.equal(decide(listed(row, slot), {}, late).outcome, "clock_wrong");
  assert.equal(decide(listed(row, slot), { override: "clock" }, late).outcome, "ok");
  assert.equal(decide(listed(row, slot), { dir: "out", people: 1 }, late).outcome, "not_inside");
  assert.equal(decide(listed(row, slot), {}, { ...late, listAgeMs: -59_000 }).outcome, "ok");
});

test("what is to be paid is said before anybody of the party is in, and not after", () => {
  const owing = { ...row, due: [12000, "CNY"] };
  assert.deepEqual(decide(listed(owing, slot), { people: 1 }, { now, timeZone }).ticket.due, [12000, "CNY"]);
  assert.equal(decide(listed({ ...owing, admitted: 1 }, slot), {}, { now, timeZone }).ticket.due, null);
});

test("a green answer counts its own people in", () => {
  const { ticket, people, verdict } = decide(listed(row, slot), { people: 3 }, { now, timeZone });
  assert.deepEqual([verdict, people, ticket.admitted, ticket.left], ["admit", 3, 3, 1]);
});

test("used says who was first, as far as this phone knows", () => {
  const first = { at: "2027-05-30T00:40:00Z", gate: { en: "East" }, people: 4 };
  assert.equal(decide(listed({ ...row, admitted: 4, first }, slot), {}, { now, timeZone }).first, first);
});

test("a ticket bought after the last sync is known by its code alone", () => {
  const answer = decide(unlisted(token, slot), {}, { now, timeZone });
  assert.deepEqual([answer.outcome, answer.verdict, answer.people], ["ok_unlisted", "admit", 3]);
  assert.deepEqual(answer.ticket.experience, { en: "Picking" });
  assert.equal(decide(unlisted(token, undefined, [{ dir: "in", n: 3 }]), {}, { now, timeZone }).outcome, "used");
  assert.equal(decide(unlisted(token, { ...slot, here: false }), {}, { now, timeZone }).outcome, "wrong_place");
  const tomorrow = { ...token, startsAt: new Date("2027-05-31T00:30:00Z") };
  assert.equal(decide(unlisted(tomorrow, undefined), {}, { now, timeZone }).outcome, "wrong_day");
});

test("an old list still decides, and says that it is old", () => {
  assert.equal(decide(listed(row, slot), {}, { now, timeZone, listAgeMs: STALE_MS }).outcome, "ok");
  assert.equal(decide(listed(row, slot), {}, { now, timeZone, listAgeMs: STALE_MS + 1 }).outcome, "ok_stale");
});
