/* Hand-held readers type like a keyboard and end with Enter, wherever the cursor is. A person who
   types without a field in focus means the same. No DOM here. */

export const PAUSE_MS = 1000;
const SHORTEST = 6;

export class Wedge {
  #letters = "";
  #at = -Infinity;

  /** Take one key; gives back the whole text when a reader has sent one, otherwise null. */
  key(key, at) {
    const late = at - this.#at > PAUSE_MS;
    this.#at = at;
    if (key === "Enter") return this.#end(late);
    if (key.length !== 1) return null; // Shift and the like
    this.#letters = late ? key : this.#letters + key;
    return null;
  }

  #end(late) {
    const text = this.#letters;
    this.#letters = "";
    return !late && text.length >= SHORTEST ? text : null;
  }
}
