/* What this phone let in or out lately, and may still take back. No DOM here. */

import { isOwn } from "./queue.js";

export class Moved {
  #done = new Map();

  remember({ source, via, scan }, { ticket, people }) {
    this.#done.set(scan.id, { source, via, id: scan.id, ticket: ticket.id, people, dir: scan.dir, at: scan.at, override: scan.override });
  }

  get(scanId) {
    return this.#done.get(scanId);
  }

  forget(scanId) {
    this.#done.delete(scanId);
  }

  clear() {
    this.#done.clear();
  }

  /** How many a scan moved that can still be taken back, or null. Without a code nobody can be
      scanned again: nobody, or as it is. */
  changeable(scanId, now) {
    const done = this.#done.get(scanId);
    if (!done || !isOwn(done, now)) return null;
    return done.source.code || done.source.token ? done.people : 1;
  }
}
