/* What may be sold to people without a booking: which slots now, how many, for how much.
   No DOM here. */

export const EARLY_MS = 30 * 60_000; // as tourism/bookings/walk_ins.py

/** The slots that can be sold at this instant, with what this phone has sold alone taken off. */
export function openOffers(told, waiting, now) {
  if (!told) return [];
  return told.slots
    .filter((slot) => now >= new Date(slot.starts_at) - EARLY_MS && now < new Date(slot.ends_at))
    .map((slot) => ({ ...slot, mine: Math.max(0, slot.mine - soldOf(slot.id, waiting)), ...told.experiences[slot.experience] }));
}

function soldOf(slot, waiting) {
  return waiting.filter((each) => each.event.slot === slot && each.state === "waiting").reduce((sum, each) => sum + each.people, 0);
}

/** How many people a party has: {unit id: how many}. */
export function sizeOf(party) {
  return Object.values(party).reduce((sum, many) => sum + many, 0);
}

/** What a party pays, or null as soon as one price is not known. */
export function amountOf(offer, party) {
  const chosen = offer.units.filter((unit) => party[unit.id]);
  if (chosen.length === 0 || chosen.some((unit) => !unit.price)) return null;
  return [chosen.reduce((sum, unit) => sum + unit.price[0] * party[unit.id], 0), chosen[0].price[1]];
}

/** Why a party cannot come, or null. */
export function faultOf(offer, party) {
  const size = sizeOf(party);
  if (size === 0) return "party_empty";
  if (size > offer.largest) return "party_too_large";
  return offer.units.some((unit) => unit.alone && party[unit.id]) ? null : "party_needs_company";
}

/** The event of a sale, told to the server or kept until it can be. */
export function newSale(offer, party, { seq, gate, language, at, id = crypto.randomUUID() }) {
  return Object.freeze({ id, seq, dir: "in", via: "walk_in", mode: "ask", verdict: "ok", at: at.toISOString(), slot: offer.id, party, n: sizeOf(party), language, gate });
}

/** The sale as this phone makes it alone: how it waits, and what the screen says. */
export function soldAlone(sale, offer) {
  const ticket = {
    ...{ id: null, reference: null, slot: offer.id, starts_at: offer.starts_at, ends_at: offer.ends_at, experience: offer.name, place: null },
    ...{ party: sale.n, admitted: sale.n, away: 0, left: 0, due: amountOf(offer, sale.party) },
    units: Object.entries(sale.party).map(([id, many]) => `${id}:${many}`).join(","),
  };
  const answer = { outcome: "ok", verdict: "admit", people: sale.n, ticket, first: null, minutes: 0, way_m: null, repeat: false, isOwn: true };
  return { answer, waiting: { id: sale.id, people: sale.n, state: "waiting", event: { ...sale, mode: "done" } } };
}
