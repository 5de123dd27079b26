/* What the camera sees, as single events: a code held in view is one scan, not thirty a second.
   No DOM here. */

export const FORGET_MS = 1500;

export class Sight {
  #text = null;
  #seenAt = -Infinity;

  /** Whether this text, read at this instant, has newly come into view. Whoever is busy with the
      code before sees it with the next frame. */
  isNew(text, at, isBusy = false) {
    const known = text === this.#text && at - this.#seenAt < FORGET_MS;
    if (isBusy && !known) return false;
    this.#text = text;
    this.#seenAt = at;
    return !known;
  }
}
