/* What a scan means when the phone decides alone: the same rules, in the same order, as
   tourism/admissions/judgement.py; both are held to tests/gate/scan_cases.json. No DOM here. */

import { formatted } from "./instants.js";

const MINUTE_MS = 60_000;
export const GRACE_MS = 30 * MINUTE_MS;
export const STALE_MS = 12 * 60 * MINUTE_MS; // older lists are still used, and said to be old
const CLOCK_MS = MINUTE_MS; // a clock that runs behind the server's last word by more is wrong
const VERDICTS = { ok: "admit", ok_unlisted: "admit", ok_stale: "admit", out: "leave" };
const AMBER = ["partial", "early", "late", "closed", "clock_wrong", "out_partial", "not_inside"];

/** A ticket of the list. `since`: what this phone has counted and not yet told; `closed`: why the
    slot does not take place. */
export function listed(row, slot, since = [], closed = null) {
  const { admitted, away } = counted(row, row.party, since);
  return {
    ...{ id: row.id, reference: row.ref, status: row.status, party: row.party, admitted, away, left: row.party - admitted + away },
    ...{ slot: row.slot, units: row.units ?? "", due: admitted ? null : (row.due ?? null), closed },
    ...{ starts_at: slot.starts_at, ends_at: slot.ends_at, experience: slot.experience, place: slot.place },
    ...{ isHere: slot.here, wayM: slot.way_m, first: row.first ?? null, isListed: true },
  };
}

/** A ticket that the list does not have: its signed code says the time and the party. */
export function unlisted(token, slot, since = [], closed = null) {
  const ends = new Date(token.startsAt.getTime() + token.lengthMinutes * MINUTE_MS);
  const { admitted, away } = counted({ admitted: 0, away: 0 }, token.partySize, since);
  return {
    ...{ id: token.ticketId, reference: null, status: "valid", party: token.partySize, admitted, away, left: token.partySize - admitted + away },
    ...{ slot: token.slotId, units: "", due: null, closed },
    ...{ starts_at: token.startsAt.toISOString(), ends_at: ends.toISOString(), experience: slot?.experience ?? null, place: slot?.place ?? null },
    ...{ isHere: slot?.here ?? true, wayM: slot?.way_m ?? null, first: null, isListed: false },
  };
}

/** The counters after what this phone did: {dir, n} in turn; "undo" takes {undoes, n} back. Who
    comes in is first one of those who had left. */
function counted({ admitted, away = 0 }, party, since) {
  for (const { dir, n, undoes } of since) {
    if (dir === "out") away = Math.min(admitted, away + n);
    else if (dir === "undo" && undoes === "out") away = Math.max(0, away - n);
    else if (dir === "undo") admitted = Math.max(away, admitted - n);
    else {
      const back = Math.min(away, n);
      away -= back;
      admitted = Math.min(party, admitted + n - back);
    }
  }
  return { admitted, away };
}

/** The answer, in the words of the server's. `people` null stands for all who are left (or
    inside). `isForced`: a supervisor lets people in although all are in already. */
export function decide(ticket, scan, { now, timeZone, listAgeMs = 0 }) {
  const { people = null, override = null, dir = "in", isForced = false } = scan;
  const outcome = judged(ticket, { people, override, dir, isForced }, now, timeZone, listAgeMs);
  const verdict = VERDICTS[outcome] ?? (AMBER.includes(outcome) ? "check" : "refuse");
  const moved = { admit: people ?? ticket.left, leave: people ?? insideOf(ticket) }[verdict] ?? 0;
  const { isHere, wayM, first, isListed, ...facts } = ticket;
  const after = counted(ticket, ticket.party, moved ? [{ dir, n: moved }] : []);
  return {
    outcome,
    verdict,
    people: moved,
    ticket: { ...facts, ...after, left: ticket.party - after.admitted + after.away },
    first: ["used", "partial"].includes(outcome) ? first : null,
    minutes: minutesOff(ticket, now),
    way_m: outcome === "wrong_place" ? wayM : null,
    repeat: false,
    isOwn: true,
  };
}

function judged(ticket, { people, override, dir, isForced }, now, timeZone, listAgeMs) {
  if (dir === "out") return leaving(ticket, people);
  if (ticket.status !== "valid") return ticket.status;
  if (!ticket.isHere) return "wrong_place";
  if (listAgeMs < -CLOCK_MS && override === null) return "clock_wrong";
  if (!isToday(ticket, now, timeZone)) return "wrong_day";
  if (ticket.left === 0) return isForced ? "ok" : "used";
  if (ticket.closed && override === null) return "closed";
  if (minutesOff(ticket, now) && override === null) return now < new Date(ticket.starts_at) ? "early" : "late";
  if ((people ?? 0) > ticket.left && !isForced) return "partial";
  if (!ticket.isListed) return "ok_unlisted";
  return listAgeMs > STALE_MS ? "ok_stale" : "ok";
}

/** Nobody is kept inside: at worst the scan counts nothing. What the list does not have may be in. */
function leaving(ticket, people) {
  if (!ticket.isHere) return "wrong_place";
  const inside = insideOf(ticket);
  if (inside === 0) return "not_inside";
  return (people ?? 0) > inside ? "out_partial" : "out";
}

function insideOf(ticket) {
  const isUnknown = !ticket.isListed && ticket.admitted === 0;
  return isUnknown ? ticket.party : ticket.admitted - ticket.away;
}

/** How long before or after its window; 0 within the grace. */
function minutesOff(ticket, now) {
  const off = Math.max(new Date(ticket.starts_at) - now, now - new Date(ticket.ends_at));
  return off > GRACE_MS ? Math.round(off / MINUTE_MS) : 0;
}

function isToday(ticket, now, timeZone) {
  const parts = { timeZone, year: "numeric", month: "2-digit", day: "2-digit" };
  const [starts, today, ends] = [ticket.starts_at, now, ticket.ends_at].map((each) => formatted(each, "en-CA", parts));
  return starts <= today && today <= ends;
}
