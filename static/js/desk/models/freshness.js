/* How old the numbers on a page are, and in which words. No DOM. */

/** Seconds below two minutes, minutes from then on. `words` has seconds and minutes with {num}. */
export function age(seconds, words) {
  const whole = Math.max(0, Math.floor(seconds));
  return whole < 120
    ? words.seconds.replace("{num}", whole)
    : words.minutes.replace("{num}", Math.floor(whole / 60));
}

/** What an answer means: news, nothing new, signed out, or lost (null: there was no answer). */
export function meaning(answer, part) {
  if (answer === null) return "lost";
  if (answer.status === 304) return "same";
  if (answer.redirected || answer.status === 401 || answer.status === 403) return "signed-out";
  return answer.ok && part ? "news" : "lost";
}
