/* What this phone keeps: who it is at the gate, the list of tickets, and the scans that wait for
   the server. A scan is on the disk before anybody is let in.

   All of it is sealed there (vault.js), so nothing can be looked up by a number: it is read once
   and then held in memory. A version says whether another tab has written meanwhile; a lock makes
   reading, judging and writing one, so that two tabs cannot both take the last place. */

import { KEPT, WAITING, done, oldTables, openDisk, readKept, readOld, readWaiting, write } from "./disk.js";
import { Vault, newKey } from "./vault.js";

const LOCK = "gate-store";
const NOBODY = { device: undefined, state: {}, tickets: new Map(), slots: new Map(), scans: new Map() };

/** Reads and writes of one open database. Rejects where the browser keeps nothing. */
export async function openStore() {
  const store = new Store(await openDisk());
  await store.start();
  return store;
}

class Store {
  #db;
  #vault = new Vault();
  #version = null; // of what memory holds
  #known = NOBODY;
  #seq = 0;

  constructor(db) {
    this.#db = db;
  }

  /** Whether what is kept can be read by this page alone. */
  get isSealed() {
    return this.#vault.isSealed;
  }

  start() {
    return navigator.locks.request(LOCK, async () => {
      const [key] = await readKept(this.#db, "key");
      if (!key) await this.#keepKey(await newKey());
      const old = await readOld(this.#db);
      await this.#refresh();
      if (old) await this.#takeOver(old);
    });
  }

  device() {
    return this.#alone(() => this.#known.device);
  }

  state() {
    return this.#alone(() => this.#known.state);
  }

  scans() {
    return this.#alone(() => [...this.#known.scans.values()]);
  }

  tickets() {
    return this.#alone(() => [...this.#known.tickets.values()]);
  }

  slots() {
    return this.#alone(() => [...this.#known.slots.values()]);
  }

  keep(device) {
    return this.#alone(() => this.#write({ device }));
  }

  add(scan) {
    return this.#alone(() => this.#write({ waiting: [scan] }));
  }

  /** A lost phone gives nothing away; what it let in is still to be told. The key goes too: what
      the disk may still hold of the list can be read by nobody. */
  forget() {
    return this.#alone(async () => {
      const { scans } = this.#known;
      await this.#write({ ...NOBODY, vault: new Vault(await newKey()), waiting: [...scans.values()] });
    });
  }

  /** The number of the next scan. It outlives the device, so that no number is used twice. Where
      nothing can be written any more the server may still be asked: memory counts on. */
  async nextSeq() {
    const next = write(this.#db, [KEPT], async (tx) => {
      const table = tx.objectStore(KEPT);
      const seq = Math.max((await done(table.get("seq"))) ?? 0, this.#seq) + 1;
      table.put(seq, "seq");
      return seq;
    });
    this.#seq = await next.catch(() => this.#seq + 1);
    return this.#seq;
  }

  /** Read a ticket with all that bears on it, let `judge` decide, and keep the scan it gives. */
  decide({ ticketId, reference, slotId }, judge) {
    return this.#alone(async () => {
      const { tickets, slots, scans } = this.#known;
      const row = ticketId ? tickets.get(ticketId) : [...tickets.values()].find((each) => each.ref === reference);
      const id = row?.id ?? ticketId;
      const before = id ? [...scans.values()].filter((each) => each.ticket === id) : [];
      const found = row && { ...row, first: row.first ?? firstOf(before) };
      const { answer, event, first } = judge({ row: found, slot: slots.get(row?.slot ?? slotId), before });
      if (event) await this.#write({ waiting: [{ id: event.id, ticket: answer.ticket.id, people: answer.people, state: "waiting", first, event }] });
      return answer;
    });
  }

  /** What a sync brought, all or nothing: scans that are settled go, the list is brought up to
      date. Nothing for a phone that was revoked while it asked. */
  learn({ changes, slots, whole }, { done: told, rejected, state, device }) {
    return this.#alone(async () => {
      const known = this.#known;
      if (!known.device) return;
      const firsts = firstsOf(known, told);
      const list = { tickets: new Map(whole ? [] : known.tickets), slots: new Map(whole ? [] : known.slots) };
      for (const slot of slots) list.slots.set(slot.id, slot);
      for (const [id, slot, party, status, admitted, ref, away, units, due] of changes) {
        list.tickets.set(id, { id, slot, party, status, admitted, ref, away, units, due });
      }
      for (const [id, row] of list.tickets) if (firsts.has(id)) list.tickets.set(id, { ...row, first: firsts.get(id) });
      const refused = rejected.map((id) => known.scans.get(id)).filter(Boolean);
      await this.#write({ device, state, ...list, gone: told, waiting: refused.map((each) => ({ ...each, state: "rejected" })) });
    });
  }

  /** What an answer to a question said of a ticket that is in the list. */
  heard(ticket, first) {
    return this.#alone(async () => {
      const row = this.#known.tickets.get(ticket.id);
      if (!row) return;
      const told = { ...row, admitted: ticket.admitted, away: ticket.away, first: row.first ?? first };
      await this.#write({ tickets: new Map(this.#known.tickets).set(row.id, told) });
    });
  }

  /** Nobody else reads or writes meanwhile, and memory holds what the disk does. */
  #alone(act) {
    return navigator.locks.request(LOCK, async () => {
      await this.#refresh();
      return act();
    });
  }

  async #refresh() {
    const [version = 0] = await readKept(this.#db, "version");
    if (version === this.#version) return;
    const [key, seq, device, list] = await readKept(this.#db, "key", "seq", "device", "list");
    this.#vault = new Vault(key);
    const { state = {}, tickets = [], slots = [] } = (await this.#vault.open(list)) ?? {};
    const scans = await Promise.all((await readWaiting(this.#db)).map((each) => this.#opened(each)));
    this.#known = { device: await this.#vault.open(device), state, tickets: byId(tickets), slots: byId(slots), scans: byId(scans) };
    this.#seq = Math.max(this.#seq, seq ?? 0);
    this.#version = version;
  }

  /** A scan that cannot be read any more stays, and is shown as one the server could not take. */
  async #opened({ id, sealed }) {
    return (await this.#vault.open(sealed)) ?? { id, people: 0, state: "rejected", event: {} };
  }

  /** Write what changed, all or nothing; memory follows when the disk has it. `waiting`: scans
      that are new or different; `gone`: ids of those that need no longer be kept. */
  async #write({ vault = this.#vault, waiting = [], gone = [], old = [], seq, ...changes }) {
    const known = { ...this.#known, ...changes };
    const isListed = ["state", "tickets", "slots"].some((name) => name in changes);
    const list = { state: known.state, tickets: [...known.tickets.values()], slots: [...known.slots.values()] };
    const kept = {
      ...("device" in changes && { device: known.device && (await vault.seal(known.device)) }),
      ...(isListed && { list: known.device && (await vault.seal(list)) }),
      ...(vault !== this.#vault && { key: vault.key ?? undefined }),
      ...(seq && { seq }),
      version: this.#version + 1,
    };
    const sealed = await Promise.all(waiting.map(async (scan) => ({ id: scan.id, sealed: await vault.seal(scan) })));
    await write(this.#db, [KEPT, WAITING, ...old], (tx) => {
      const table = tx.objectStore(KEPT);
      for (const [name, value] of Object.entries(kept)) value === undefined ? table.delete(name) : table.put(value, name);
      for (const id of gone) tx.objectStore(WAITING).delete(id);
      for (const scan of sealed) tx.objectStore(WAITING).put(scan);
      for (const name of old) tx.objectStore(name).clear();
    });
    const scans = new Map(this.#known.scans);
    for (const id of gone) scans.delete(id);
    for (const scan of waiting) scans.set(scan.id, scan);
    this.#known = { ...known, scans };
    this.#vault = vault;
    this.#version = kept.version;
  }

  /** Some browsers make keys that they cannot keep: then there is none. */
  async #keepKey(key) {
    if (!key) return;
    try {
      await write(this.#db, [KEPT], (tx) => tx.objectStore(KEPT).put(key, "key"));
    } catch (error) {
      if (error.name !== "DataCloneError") throw error;
    }
  }

  /** From an earlier build, which kept everything in clear: once, and nothing is lost of it. */
  async #takeOver({ device, state = {}, seq = 0, tickets, slots, scans }) {
    const list = device ? { device, state, tickets: byId(tickets), slots: byId(slots) } : {};
    await this.#write({ ...list, seq: Math.max(seq, this.#seq), waiting: scans, old: oldTables(this.#db) });
    this.#seq = Math.max(seq, this.#seq);
  }
}

function byId(list) {
  return new Map(list.map((each) => [each.id, each]));
}

/** When and where the first of a ticket's people went in, by scans that this phone has not told. */
function firstOf(scans) {
  const undone = new Set(scans.map((each) => each.event.scan));
  const counted = scans.filter((each) => each.first && !undone.has(each.id));
  return counted.sort((one, other) => one.event.seq - other.event.seq)[0]?.first;
}

/** The same by ticket, of what is listed and of what has now been told. */
function firstsOf({ tickets, scans }, told) {
  const settled = told.map((id) => scans.get(id)).filter((each) => each?.ticket);
  const firsts = new Map(settled.map(({ ticket }) => [ticket, firstOf(settled.filter((each) => each.ticket === ticket))]));
  for (const { id, first } of tickets.values()) if (first) firsts.set(id, first);
  return firsts;
}
