import assert from "node:assert/strict";
import { test } from "node:test";

import { amountOf, EARLY_MS, faultOf, newSale, openOffers, soldAlone } from "../../static/js/gate/models/offers.js";

const starts = new Date("2027-05-30T01:00:00Z");
const units = [{ id: 1, name: {}, price: [4000, "CNY"], alone: true }, { id: 2, name: {}, price: [2000, "CNY"], alone: false }, { id: 3, name: {}, price: null, alone: false }];
const told = {
  slots: [{ id: 7, experience: 5, starts_at: "2027-05-30T01:00:00Z", ends_at: "2027-05-30T02:00:00Z", left: 2, mine: 4 }],
  experiences: { 5: { name: { en: "Picking" }, largest: 6, units } },
};
const [offer] = openOffers(told, [], starts);
const waiting = (people, state = "waiting", slot = 7) => ({ people, state, event: { slot } });

test("a slot is sold from half an hour before its window until it ends", () => {
  const at = (ms) => openOffers(told, [], new Date(starts.getTime() + ms)).length;
  assert.deepEqual([at(-EARLY_MS - 1), at(-EARLY_MS), at(3_599_999), at(3_600_000)], [0, 1, 1, 0]);
  assert.deepEqual(openOffers(null, [], starts), []);
});

test("what this phone has sold alone is no longer there to sell", () => {
  const mine = (...sold) => openOffers(told, sold, starts)[0].mine;
  assert.deepEqual([mine(), mine(waiting(3)), mine(waiting(3), waiting(2)), mine(waiting(1, "rejected"), waiting(1, "waiting", 8))], [4, 1, 0, 4]);
});

test("the amount is known only if every price is", () => {
  assert.deepEqual(amountOf(offer, { 1: 2, 2: 1 }), [10000, "CNY"]);
  assert.equal(amountOf(offer, { 1: 2, 3: 1 }), null);
  assert.equal(amountOf(offer, {}), null);
});

test("nobody, too many, and children alone are not sold", () => {
  assert.deepEqual([{}, { 1: 7 }, { 2: 1 }, { 1: 1, 2: 5 }].map((party) => faultOf(offer, party)), ["party_empty", "party_too_large", "party_needs_company", null]);
});

test("a sale made alone is the same event, and waits to be told", () => {
  const sale = newSale(offer, { 1: 2, 2: 1 }, { seq: 4, gate: "east", language: "en", at: starts });
  const { answer, waiting: kept } = soldAlone(sale, offer);
  assert.deepEqual([sale.n, sale.slot, sale.via, sale.mode], [3, 7, "walk_in", "ask"]);
  assert.deepEqual([kept.id, kept.people, kept.event.mode, kept.event.id], [sale.id, 3, "done", sale.id]);
  assert.deepEqual([answer.verdict, answer.people, answer.ticket.units, answer.ticket.due], ["admit", 3, "1:2,2:1", [10000, "CNY"]]);
});
