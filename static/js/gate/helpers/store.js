/* What this phone keeps: who it is at the gate, the list of tickets, and the scans that wait for
   the server. A scan is on the disk before anybody is let in. */

const NAME = "gate";
const VERSION = 2;
const PHONE = "phone";
const LIST = ["tickets", "slots"];
const ALL = [PHONE, ...LIST, "scans"];

/** Reads and writes of one open database. Rejects where the browser keeps nothing. */
export async function openStore() {
  const db = await opened();
  db.onversionchange = () => db.close();
  return {
    device: () => done(db.transaction(PHONE).objectStore(PHONE).get("device")),
    state: async () => (await done(db.transaction(PHONE).objectStore(PHONE).get("state"))) ?? {},
    keep: (device) => write(db, [PHONE], (tx) => tx.objectStore(PHONE).put(device, "device")),
    forget: () => write(db, ALL, forget),
    nextSeq: () => nextSeq(db),
    scans: () => done(db.transaction("scans").objectStore("scans").getAll()),
    decide: (which, judge) => write(db, ["tickets", "slots", "scans"], (tx) => decide(tx, which, judge)),
    learn: (answer, more) => write(db, ALL, (tx) => learn(tx, answer, more)),
    add: (scan) => write(db, ["scans"], (tx) => tx.objectStore("scans").put(scan)),
    tickets: () => done(db.transaction("tickets").objectStore("tickets").getAll()),
    slots: () => done(db.transaction("slots").objectStore("slots").getAll()),
    heard: (ticket, first) => write(db, ["tickets"], (tx) => heard(tx, ticket, first)),
  };
}

function opened() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    const { result: db } = request;
    if (!db.objectStoreNames.contains(PHONE)) db.createObjectStore(PHONE);
    db.createObjectStore("tickets", { keyPath: "id" }).createIndex("ref", "ref");
    db.createObjectStore("slots", { keyPath: "id" });
    db.createObjectStore("scans", { keyPath: "id" }).createIndex("ticket", "ticket");
  };
  return done(request);
}

/** A lost phone gives nothing away; what it let in is still to be told. */
function forget(tx) {
  tx.objectStore(PHONE).delete("device");
  tx.objectStore(PHONE).delete("state");
  for (const name of LIST) tx.objectStore(name).clear();
}

/** The number of the next scan. It outlives the device, so that no number is used twice. */
function nextSeq(db) {
  return write(db, [PHONE], async (tx) => {
    const table = tx.objectStore(PHONE);
    const seq = ((await done(table.get("seq"))) ?? 0) + 1;
    table.put(seq, "seq");
    return seq;
  });
}

/** Read a ticket with all that bears on it, let `judge` decide, and keep the scan it gives back:
    one transaction, so that two codes in quick succession cannot both take the last place. */
async function decide(tx, { ticketId, reference, slotId }, judge) {
  const tickets = tx.objectStore("tickets");
  const row = await done(ticketId ? tickets.get(ticketId) : tickets.index("ref").get(reference));
  const [slot, scans] = await Promise.all([
    done(tx.objectStore("slots").get(row?.slot ?? slotId ?? -1)),
    done(tx.objectStore("scans").index("ticket").getAll(row?.id ?? ticketId ?? "")),
  ]);
  const { answer, event, first } = judge({ row, slot, before: scans });
  if (!event) return answer;
  tx.objectStore("scans").put({ id: event.id, ticket: answer.ticket.id, people: answer.people, state: "waiting", event });
  if (row && answer.people && !row.first) tickets.put({ ...row, first });
  return answer;
}

/** What a sync brought, all or nothing: scans that are settled go, the list is brought up to date. */
async function learn(tx, { changes, slots, whole }, { done: told, rejected, state, device }) {
  const scans = tx.objectStore("scans");
  for (const id of told) scans.delete(id);
  for (const id of rejected) {
    const scan = await done(scans.get(id));
    if (scan) scans.put({ ...scan, state: "rejected" });
  }
  const tickets = tx.objectStore("tickets");
  const firsts = new Map((await done(tickets.getAll())).map((each) => [each.id, each.first]));
  if (whole) for (const name of LIST) tx.objectStore(name).clear();
  for (const slot of slots) tx.objectStore("slots").put(slot);
  for (const [id, slot, party, status, admitted, ref, away, units, due] of changes) {
    tickets.put({ id, slot, party, status, admitted, ref, away, units, due, first: firsts.get(id) });
  }
  tx.objectStore(PHONE).put(state, "state");
  tx.objectStore(PHONE).put(device, "device");
}

/** What an answer to a question said of a ticket that is in the list. */
async function heard(tx, ticket, first) {
  const tickets = tx.objectStore("tickets");
  const row = await done(tickets.get(ticket.id));
  if (row) tickets.put({ ...row, admitted: ticket.admitted, away: ticket.away, first: row.first ?? first });
}

/** Resolves with what `act` gives back once the disk has it. */
function write(db, names, act) {
  return new Promise((resolve, reject) => {
    const tx = db.transaction(names, "readwrite", { durability: "strict" });
    let result;
    tx.oncomplete = () => resolve(result);
    tx.onabort = tx.onerror = () => reject(tx.error);
    Promise.resolve(act(tx)).then((value) => (result = value), (error) => { reject(error); tx.abort(); });
  });
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
