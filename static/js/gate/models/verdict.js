/* What the screen shows for an answer: one colour, one word, one number, the reason and the next
   step. `words` come from the page in its language, with {braces} to fill in. No DOM here. */

const ALL = ["zh-Hans", "zh-Hant", "en"];

/** A text of the data in the page's language, or in the first that has one. */
export function inLanguage(texts, language) {
  return [language, ...ALL].map((tag) => texts?.[tag]).find(Boolean) ?? "";
}

/** Words with their values; null when a value is not known, for then the line is left out. */
export function filled(template, values) {
  let isWhole = true;
  const text = template.replace(/\{(\w+)\}/g, (_all, name) => {
    const value = values[name];
    if (value === null || value === undefined || value === "") isWhole = false;
    return value;
  });
  return isWhole ? text : null;
}

/** An answer that the phone gives itself: nothing was counted. */
export function ownAnswer(outcome, verdict = "refuse") {
  return { outcome, verdict, people: 0, ticket: null, first: null, minutes: 0, way_m: null, repeat: false };
}

/** All that the screen shows. `place` is {language, timeZone}; `code` what was typed, if anything. */
export function shown(answer, words, place, code = null) {
  const values = facts(answer, place, code);
  const said = words.outcomes[reasonOf(answer, code)];
  const lines = said.lines.map((line) => filled(line, values)).filter((line) => line !== null);
  const number = numberOf(answer);
  return {
    verdict: answer.verdict,
    word: words.verdicts[answer.verdict],
    number,
    unit: number === null ? "" : words.people[number === 1 ? "one" : "other"],
    lines,
    next: said.next,
    offer: offerOf(answer),
  };
}

/** What the steward may do about it: a new scan for so many people, or the same one once more. */
function offerOf(answer) {
  switch (answer.outcome) {
    case "early":
    case "late":
      return { kind: "override", people: answer.ticket.left };
    case "partial":
      return { kind: "rest", people: answer.ticket.left };
    case "offline":
    case "failed":
      return { kind: "again" };
    default:
      return null;
  }
}

function numberOf(answer) {
  if (answer.verdict === "unknown") return null;
  return answer.verdict === "check" ? answer.ticket.left : answer.people;
}

/** The same outcome has another reason when a person typed the code. */
function reasonOf(answer, code) {
  if (code === null) return answer.outcome;
  return { unknown_ticket: "unknown_code", not_ticket: "not_code" }[answer.outcome] ?? answer.outcome;
}

function facts(answer, place, code) {
  const ticket = answer.ticket;
  const known = { minutes: answer.minutes, code, km: kilometres(answer.way_m) };
  if (!ticket) return known;
  return {
    ...known,
    ...booked(ticket, place),
    ...firstOf(answer.first, place),
    experience: inLanguage(ticket.experience, place.language),
    place: inLanguage(ticket.place, place.language),
    party: ticket.party,
    left: ticket.left || null,
  };
}

function booked(ticket, place) {
  return {
    day: dayOf(ticket.starts_at, place),
    time: `${timeOf(ticket.starts_at, place)}–${timeOf(ticket.ends_at, place)}`,
  };
}

function firstOf(first, place) {
  if (!first) return {};
  const isToday = dayOf(first.at, place) === dayOf(new Date(), place);
  const time = timeOf(first.at, place);
  const when = isToday ? time : `${dayOf(first.at, place)} ${time}`;
  return { first: when, gate: inLanguage(first.gate, place.language) };
}

export function timeOf(instant, { language, timeZone }) {
  const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone };
  return new Intl.DateTimeFormat(language, parts).format(new Date(instant));
}

function dayOf(instant, { language, timeZone }) {
  const parts = { month: "long", day: "numeric", weekday: "short", timeZone };
  return new Intl.DateTimeFormat(language, parts).format(new Date(instant));
}

/** Whole kilometres from 10 up, halves below: the places are known no better than that. */
function kilometres(metres) {
  if (metres === null || metres === undefined) return null;
  const km = metres / 1000;
  return km >= 10 ? Math.round(km) : Math.round(km * 2) / 2;
}
