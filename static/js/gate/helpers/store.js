/* What this phone keeps: who it is at the gate, and how many scans it has made. */

const NAME = "gate";
const TABLE = "phone";

/** Reads and writes of one open database. Rejects where the browser keeps nothing. */
export async function openStore() {
  const db = await opened();
  db.onversionchange = () => db.close();
  return {
    device: () => done(db.transaction(TABLE).objectStore(TABLE).get("device")),
    keep: (device) => write(db, (table) => table.put(device, "device")),
    forget: () => write(db, (table) => table.delete("device")),
    nextSeq: () => nextSeq(db),
  };
}

function opened() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
  return done(request);
}

/** The number of the next scan. It outlives the device, so that no number is used twice. */
async function nextSeq(db) {
  let seq = 1;
  await write(db, (table) => {
    table.get("seq").onsuccess = (event) => {
      seq = (event.target.result ?? 0) + 1;
      table.put(seq, "seq");
    };
  });
  return seq;
}

function write(db, act) {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(TABLE, "readwrite", { durability: "strict" });
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
    act(transaction.objectStore(TABLE));
  });
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
