/* Scans that wait for the server: what is sent next, what an answer settles, when to try again.
   Nothing is dropped for which there was no answer. No DOM here. */

export const BATCH = 100;
export const UNDO_WITHIN_MS = 10 * 60_000; // as tourism/admissions/undos.py
export const EVERY_MS = 20_000;
const LONGEST_MS = 120_000;

/** The scan as it is told: what the phone itself decided, and whom it let in. */
export function decided(scan, answer) {
  const isDone = answer.people > 0;
  return Object.freeze({ ...scan, mode: "done", verdict: answer.outcome, dir: isDone ? scan.dir : null, n: isDone ? answer.people : null });
}

/** A scan of this phone's is taken back: an event of its own, as it waits beside the others. */
export function takenBack(scan, { seq, id = crypto.randomUUID(), at = new Date() }) {
  const event = Object.freeze({ id, seq, dir: "undo", scan: scan.id, at: at.toISOString(), mode: "done" });
  return { id, ticket: scan.ticket, people: scan.people, undoes: scan.dir, state: "waiting", event };
}

/** Whether a scan of this phone's is young enough for it to take back. */
export function isOwn(done, now) {
  return now - new Date(done.at) < UNDO_WITHIN_MS;
}

/** What waiting scans did to a ticket, in turn, as decision.js counts them. */
export function doneSince(waiting) {
  const inTurn = [...waiting].sort((one, other) => one.event.seq - other.event.seq);
  return inTurn.map(({ event, people, undoes }) => ({ dir: event.dir, n: people, undoes }));
}

/** The next scans to send, oldest first. */
export function batchOf(waiting) {
  return [...waiting].sort((one, other) => one.event.seq - other.event.seq).slice(0, BATCH);
}

export function syncMessage({ build, cursor, waiting, batch, battery, clock = new Date() }) {
  const scans = batch.map((each) => each.event);
  return { v: 1, build, clock: clock.toISOString(), cursor: cursor ?? "", waiting: Math.max(0, waiting - scans.length), ...(battery === undefined ? {} : { battery }), scans };
}

/** Whether the answer is really ours: some networks answer everything. */
export function isSyncAnswer(body) {
  return Boolean(body) && typeof body.results === "object" && Array.isArray(body.changes) && typeof body.cursor === "string";
}

/** Which of the batch are done with, and which the server could not take and stay to be seen. */
export function settled(batch, results) {
  const answered = batch.filter((each) => results[each.id]?.outcome);
  const isRejected = (each) => results[each.id].outcome === "rejected";
  return { done: answered.filter((each) => !isRejected(each)).map((each) => each.id), rejected: answered.filter(isRejected).map((each) => each.id) };
}

/** How long to wait after so many failures in a row; spread, so that phones do not come together. */
export function delay(failures, random = Math.random()) {
  const base = Math.min(LONGEST_MS, EVERY_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(base * (0.75 + random / 2));
}
