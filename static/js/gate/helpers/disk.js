/* The browser's database: which tables there are, and one transaction at a time. */

export const KEPT = "kept"; // one value a name
export const WAITING = "waiting"; // one scan an entry
const NAME = "gate";
const VERSION = 3;
const OLD = ["phone", "tickets", "slots", "scans"]; // as builds before version 3 kept them, in clear

/** Rejects where the browser keeps nothing. */
export async function openDisk() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(KEPT);
    request.result.createObjectStore(WAITING, { keyPath: "id" });
  };
  const db = await done(request);
  db.onversionchange = () => db.close();
  return db;
}

/** The named values, in turn. */
export function readKept(db, ...names) {
  const table = db.transaction(KEPT).objectStore(KEPT);
  return Promise.all(names.map((name) => done(table.get(name))));
}

export function readWaiting(db) {
  return done(db.transaction(WAITING).objectStore(WAITING).getAll());
}

/** What an earlier build left, or null. */
export async function readOld(db) {
  const names = oldTables(db);
  if (!names.includes("phone")) return null;
  const tx = db.transaction(names);
  const phone = tx.objectStore("phone");
  const named = ["device", "state", "seq"].map((name) => done(phone.get(name)));
  const listed = OLD.slice(1).map((name) => (names.includes(name) ? done(tx.objectStore(name).getAll()) : []));
  const [device, state, seq, tickets, slots, scans] = await Promise.all([...named, ...listed]);
  const isEmpty = device === undefined && seq === undefined && scans.length === 0;
  return isEmpty ? null : { device, state, seq, tickets, slots, scans };
}

export function oldTables(db) {
  return OLD.filter((name) => db.objectStoreNames.contains(name));
}

/** Resolves with what `act` gives back once the disk has it. */
export function write(db, names, act) {
  return new Promise((resolve, reject) => {
    const tx = db.transaction(names, "readwrite", { durability: "strict" });
    let result;
    tx.oncomplete = () => resolve(result);
    tx.onabort = tx.onerror = () => reject(tx.error);
    Promise.resolve(act(tx)).then((value) => (result = value), (error) => { reject(error); tx.abort(); });
  });
}

export function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
