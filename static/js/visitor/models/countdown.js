/* How much of a hold is left, in begun minutes as the server counts them. No DOM. */

const MINUTE = 60;
const SPOKEN = [5, 2, 1]; // minutes that are worth interrupting a reader for

/** What to show after so many seconds of so many. `minutes` is 0 in the last minute. */
export function left(seconds, elapsed) {
  const remaining = Math.max(0, seconds - elapsed);
  const minutes = remaining < MINUTE ? 0 : Math.ceil(remaining / MINUTE);
  return { isOver: remaining <= 0, minutes };
}

/** Whether the change from one number of minutes to the next should be said aloud. */
export function isSpoken(before, minutes) {
  return before !== minutes && SPOKEN.includes(minutes);
}
