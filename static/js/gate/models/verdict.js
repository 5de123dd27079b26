/* What the screen shows for an answer: one colour, one word, one number, the reason and the next
   step. `words` come from the page in its language, with {braces} to fill in. No DOM here. */

import { formatted } from "./instants.js";

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

/** All that the screen shows. `place` is {language, timeZone, units}; `code` what was typed, if
    anything. */
export function shown(answer, words, place, code = null) {
  const values = { ...facts(answer, place, code), reason: words.closures?.[answer.ticket?.closed] };
  const said = words.outcomes[reasonOf(answer, code)];
  const lines = said.lines.map((line) => filled(line, values)).filter((line) => line !== null);
  const number = numberOf(answer);
  return {
    verdict: answer.verdict,
    word: words.verdicts[answer.verdict],
    number,
    unit: number === null ? "" : words.people[number === 1 ? "one" : "other"],
    party: isMoving(answer) ? unitsOf(answer.ticket, place) : "",
    due: answer.verdict === "admit" ? dueOf(answer.ticket, words, place) : "",
    lines,
    next: said.next,
    offer: offerOf(answer),
  };
}

/** What the steward may do about it: a new scan for so many people, or the same one once more;
    `force` for letting people in although all are in. */
function offerOf(answer) {
  switch (answer.outcome) {
    case "early":
    case "late":
    case "closed":
    case "clock_wrong":
      return { kind: "override", people: answer.ticket.left };
    case "partial":
      return { kind: "rest", people: answer.ticket.left };
    case "out_partial":
      return { kind: "leave", people: insideOf(answer.ticket) };
    case "used":
      return { kind: "force", people: answer.ticket.party };
    case "offline":
    case "failed":
    case "storage_full":
      return { kind: "again" };
    default:
      return null;
  }
}

function numberOf(answer) {
  if (["unknown", "undone"].includes(answer.verdict) || answer.outcome === "not_inside") return null;
  if (answer.outcome === "out_partial") return insideOf(answer.ticket);
  return answer.verdict === "check" ? answer.ticket.left : answer.people;
}

/** Whether people go in or out by it, and not just look. */
export function isMoving(answer) {
  return Boolean(answer.ticket) && ["admit", "leave"].includes(answer.verdict);
}

function insideOf(ticket) {
  return ticket.admitted - (ticket.away ?? 0);
}

/** Who was booked, as "2 adults · 1 child": nobody's name. */
function unitsOf(ticket, { language, units = {} }) {
  const booked = (ticket.units ?? "").split(",").filter(Boolean).map((each) => each.split(":"));
  return booked.filter(([id]) => units[id]).map(([id, many]) => `${many} ${inLanguage(units[id], language)}`).join(" · ");
}

function dueOf(ticket, words, place) {
  if (!ticket?.due) return "";
  return filled(words.due, { amount: moneyOf(ticket.due, place.language) });
}

/** Whole minor units as a price in the page's language. */
export function moneyOf([amount, currency], language) {
  const format = new Intl.NumberFormat(language, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  const { maximumFractionDigits: digits } = format.resolvedOptions();
  const isWhole = amount % 10 ** digits === 0;
  const parts = { style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: isWhole ? 0 : digits };
  return new Intl.NumberFormat(language, parts).format(amount / 10 ** digits);
}

/** The same outcome has another reason when a person typed the code. */
function reasonOf(answer, code) {
  if (code === null) return answer.outcome;
  return { unknown_ticket: "unknown_code", not_ticket: "not_code" }[answer.outcome] ?? answer.outcome;
}

function facts(answer, place, code) {
  const ticket = answer.ticket;
  const known = { minutes: answer.minutes, code: code ?? null, km: kilometres(answer.way_m) };
  if (!ticket) return known;
  return {
    ...known,
    ...booked(ticket, place),
    ...firstOf(answer.first, place),
    experience: inLanguage(ticket.experience, place.language),
    place: inLanguage(ticket.place, place.language),
    party: ticket.party,
    left: ticket.left || null,
    away: ticket.away || null,
    inside: insideOf(ticket),
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

export function timeOf(instant, { language, timeZone, isDay = false }) {
  if (isDay) return dayOf(instant, { language, timeZone });
  const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone };
  return formatted(instant, language, parts);
}

function dayOf(instant, { language, timeZone }) {
  const parts = { month: "long", day: "numeric", weekday: "short", timeZone };
  return formatted(instant, language, parts);
}

/** Whole kilometres from 10 up, halves below: the places are known no better than that. */
function kilometres(metres) {
  if (metres === null || metres === undefined) return null;
  const km = metres / 1000;
  return km >= 10 ? Math.round(km) : Math.round(km * 2) / 2;
}
