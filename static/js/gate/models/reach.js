/* Whether the server can be reached fast enough to be asked. Found from the last tries alone:
   what a phone says of its own network is only a hint. No DOM here. */

export const ANSWER_MS = 1200; // nobody waits longer at a gate
const KEPT = 5;
const BAD = 2;
const SLOW_MS = 1000;
const GOOD_AGAIN = 2;

export class Reach {
  #tries = [];
  #isGood = true;

  get isGood() {
    return this.#isGood;
  }

  /** Take down one try: whether it was answered, and after how long. */
  note(isAnswered, ms) {
    this.#tries = [...this.#tries, { isAnswered, ms }].slice(-KEPT);
    if (this.#isGood && this.#isBadNow()) {
      this.#isGood = false;
      this.#tries = [];
    } else if (!this.#isGood && this.#isGoodAgain()) {
      this.#isGood = true;
      this.#tries = [];
    }
  }

  #isBadNow() {
    const answered = this.#tries.filter((each) => each.isAnswered);
    const mean = answered.reduce((sum, each) => sum + each.ms, 0) / (answered.length || 1);
    return this.#tries.length - answered.length >= BAD || (answered.length >= BAD && mean > SLOW_MS);
  }

  #isGoodAgain() {
    const last = this.#tries.slice(-GOOD_AGAIN);
    return last.length === GOOD_AGAIN && last.every((each) => each.isAnswered && each.ms <= SLOW_MS);
  }
}
