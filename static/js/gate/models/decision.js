/* What a scan means when the phone decides alone: the same rules, in the same order, as
   tourism/admissions/judgement.py; both are held to tests/gate/scan_cases.json. No DOM here. */

const MINUTE_MS = 60_000;
export const GRACE_MS = 30 * MINUTE_MS;
export const STALE_MS = 12 * 60 * MINUTE_MS; // older lists are still used, and said to be old
const VERDICTS = { ok: "admit", ok_unlisted: "admit", ok_stale: "admit", partial: "check", early: "check", late: "check" };

/** A ticket of the list, with those whom this phone has let in since. */
export function listed(row, slot, inHere = 0) {
  const admitted = Math.min(row.party, row.admitted + inHere);
  return {
    ...{ id: row.id, reference: row.ref, status: row.status, party: row.party, admitted, left: row.party - admitted },
    ...{ starts_at: slot.starts_at, ends_at: slot.ends_at, experience: slot.experience, place: slot.place },
    ...{ isHere: slot.here, wayM: slot.way_m, first: row.first ?? null, isListed: true },
  };
}

/** A ticket that the list does not have: its signed code says the time and the party. */
export function unlisted(token, slot, inHere = 0) {
  const ends = new Date(token.startsAt.getTime() + token.lengthMinutes * MINUTE_MS);
  const left = Math.max(0, token.partySize - inHere);
  return {
    ...{ id: token.ticketId, reference: null, status: "valid", party: token.partySize, admitted: token.partySize - left, left },
    ...{ starts_at: token.startsAt.toISOString(), ends_at: ends.toISOString(), experience: slot?.experience ?? null, place: slot?.place ?? null },
    ...{ isHere: slot?.here ?? true, wayM: slot?.way_m ?? null, first: null, isListed: false },
  };
}

/** The answer, in the words of the server's. `people` null stands for all who are left. */
export function decide(ticket, { people = null, override = null }, { now, timeZone, listAgeMs = 0 }) {
  const outcome = judged(ticket, people, override, now, timeZone, listAgeMs);
  const verdict = VERDICTS[outcome] ?? "refuse";
  const inside = verdict === "admit" ? (people ?? ticket.left) : 0;
  const { isHere, wayM, first, isListed, ...facts } = ticket;
  return {
    outcome,
    verdict,
    people: inside,
    ticket: { ...facts, admitted: ticket.admitted + inside, left: ticket.left - inside },
    first: outcome === "used" || outcome === "partial" ? first : null,
    minutes: minutesOff(ticket, now),
    way_m: outcome === "wrong_place" ? wayM : null,
    repeat: false,
    isOwn: true,
  };
}

function judged(ticket, people, override, now, timeZone, listAgeMs) {
  if (ticket.status !== "valid") return ticket.status;
  if (!ticket.isHere) return "wrong_place";
  if (!isToday(ticket, now, timeZone)) return "wrong_day";
  if (ticket.left === 0) return "used";
  if (minutesOff(ticket, now) && override === null) return now < new Date(ticket.starts_at) ? "early" : "late";
  if ((people ?? 0) > ticket.left) return "partial";
  if (!ticket.isListed) return "ok_unlisted";
  return listAgeMs > STALE_MS ? "ok_stale" : "ok";
}

/** How long before or after its window; 0 within the grace. */
function minutesOff(ticket, now) {
  const off = Math.max(new Date(ticket.starts_at) - now, now - new Date(ticket.ends_at));
  return off > GRACE_MS ? Math.round(off / MINUTE_MS) : 0;
}

function isToday(ticket, now, timeZone) {
  const day = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const [starts, today, ends] = [new Date(ticket.starts_at), now, new Date(ticket.ends_at)].map((each) => day.format(each));
  return starts <= today && today <= ends;
}
