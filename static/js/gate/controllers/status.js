/* One line that is always on the screen: whether the server answers, how old the list is, and how
   many scans it has not heard of. Amber when somebody should look for a signal. */

import { filled, timeOf } from "../models/verdict.js";

const OLD_MS = 5 * 60_000;
const LOOK_MS = 10_000;

export class Status {
  alerts = 0;
  #last = null;

  constructor(line, words) {
    Object.assign(this, { line, words });
    setInterval(() => this.#last && this.#write(new Date()), LOOK_MS);
  }

  show(known) {
    this.#last = { ...known, shownAt: new Date() };
    this.#write(this.#last.shownAt);
  }

  #write(clock) {
    const { isGood, syncedAt, now, shownAt, waiting, rejected, heard, place } = this.#last;
    const age = syncedAt === undefined ? Infinity : now - syncedAt + (clock - shownAt);
    const parts = [
      place && (isGood ? this.words.online : this.words.offline),
      place && (syncedAt === undefined ? this.words.no_list : filled(this.words.list, { time: timeOf(syncedAt, place) })),
      waiting && filled(this.words.waiting, { count: waiting }),
      rejected && filled(this.words.rejected, { count: rejected }),
      this.alerts && filled(this.words.alerts, { count: this.alerts }),
    ].filter(Boolean);
    this.line.textContent = parts.join(" · ");
    this.line.hidden = parts.length === 0;
    this.line.classList.toggle("scanner__status--old", Boolean(place) && (!isGood || age > OLD_MS));
    Object.assign(this.line.dataset, { waiting, heard, good: isGood });
  }
}
