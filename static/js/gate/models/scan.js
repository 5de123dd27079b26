/* One scan as it is told to the server: made once, then never changed, so that sending it again
   is harmless. No DOM here. */

const REFERENCE = /^[0-9A-HJKMNP-TV-Z]{8}$/;
const TOKEN = /^OG\d/;

/** What a person typed, as the code it means: upper case, no hyphens, O→0, I and L→1. */
export function asTyped(text) {
  return text.trim().toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1").replace(/[- ]/g, "");
}

/** The booking code in what was typed, or null. */
export function readReference(text) {
  const typed = asTyped(text);
  return REFERENCE.test(typed) ? typed : null;
}

/** Whether a typed or keyed-in text is a ticket's own code, as a hand-held reader sends it. */
export function isToken(text) {
  return TOKEN.test(text.trim());
}

/** The enrolment code in a text: the eight letters, or the address that carries them after "#". */
export function readEnrolmentCode(text) {
  return readReference(text.slice(text.lastIndexOf("#") + 1));
}

/** A new event. `source` is {token} or {code}; `people` null stands for all who are left (or
    inside); `gate` says where, for a phone may be moved before it has told. */
export function newScan(source, { seq, via, people = null, override = null, dir = "in", gate, id = crypto.randomUUID(), at = new Date() }) {
  return Object.freeze({ ...source, id, seq, n: people, dir, at: at.toISOString(), mode: "ask", verdict: null, via, override, gate });
}

/** The message that carries it; the clock lets the server see how wrong this phone's is. */
export function message(scan, build, clock = new Date()) {
  return { v: 1, build, clock: clock.toISOString(), event: scan };
}
