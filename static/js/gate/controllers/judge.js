/* Finds the answer to one scan: the server's if it comes in time, otherwise the phone's own, with
   the same scan. */

import { decide, listed, unlisted } from "../models/decision.js";
import { decided, doneSince } from "../models/queue.js";
import { ANSWER_MS } from "../models/reach.js";
import { isToken, message, readReference } from "../models/scan.js";
import { TokenError, importKeys, readToken } from "../models/token.js";

export class Judge {
  #keys = null;
  #known = null; // the keys as the server told them

  /** `device` and `state` give what is known now; `onAsking` is told whether the server is asked. */
  constructor({ store, send, build, reach, device, state, now, onAsking }) {
    Object.assign(this, { store, send, build, reach, device, state, now, onAsking });
  }

  get keys() {
    return this.#keys?.size ?? 0;
  }

  /** Browsers that cannot verify leave it to the server. */
  async use(keys) {
    const told = JSON.stringify(keys ?? null);
    if (told === this.#known) return;
    this.#known = told;
    this.#keys = null;
    this.#keys = keys ? await importKeys(keys).catch(() => null) : null;
  }

  /** What the phone knows by itself. A key it has not heard of may be new: the server knows. */
  async read({ token }) {
    if (token === undefined) return {};
    if (!this.#keys) return isToken(token) ? {} : { outcome: "not_ticket" };
    try {
      return { token: await readToken(this.#keys, token) };
    } catch (error) {
      const isKnown = error instanceof TokenError && error.code !== "unknown_key";
      return isKnown ? { outcome: error.code } : {};
    }
  }

  /** {answer} from the server or the phone, {trouble} without one, or {revoked}. */
  async answer(asked) {
    const isAsked = this.reach.isGood && !asked.isForced && !(await this.#isAhead(asked));
    const reply = isAsked ? await this.#askServer(asked) : { trouble: "offline" };
    if (!reply.trouble) return reply;
    try {
      const answer = await this.#decideHere(asked);
      return answer ? { answer } : reply;
    } catch {
      return { trouble: "storage_full" }; // whom nobody could count is not let in
    }
  }

  /** Whether this phone has done something to the ticket that the server has not heard of. */
  async #isAhead({ source, token }) {
    const waiting = (await this.store.scans()).filter((each) => each.state === "waiting");
    if (waiting.length === 0) return false;
    const id = token?.ticketId ?? (await this.#listed(source))?.id;
    return waiting.some((each) => each.ticket === id);
  }

  async #listed(source) {
    const reference = readReference(source.code ?? "");
    return reference ? (await this.store.tickets()).find((each) => each.ref === reference) : null;
  }

  async #askServer({ scan }) {
    this.onAsking(true);
    const started = performance.now();
    const reply = await this.send("scans", message(scan, this.build), this.device().secret, ANSWER_MS);
    this.onAsking(false);
    if (reply.kind === "revoked") return { revoked: reply.code };
    const isAnswer = reply.kind === "answer" && typeof reply.body?.outcome === "string";
    this.reach.note(isAnswer, performance.now() - started);
    if (!isAnswer) return { trouble: reply.kind === "offline" ? "offline" : "failed" };
    const answer = reply.body;
    // The server has it: the next sync brings what could not be kept here.
    if (answer.ticket) await this.store.heard(answer.ticket, this.#firstHere(scan, answer.people)).catch(() => {});
    return { answer };
  }

  #firstHere(scan, people) {
    if (!people || scan.dir !== "in") return undefined;
    return { at: this.now().toISOString(), gate: this.device().gate.name, people };
  }

  /** Null when this phone knows neither the ticket nor a code that was signed. */
  #decideHere({ source, scan, token, isForced }) {
    const { syncedAt, calledOff = {} } = this.state();
    if (syncedAt === undefined) return null;
    const reference = readReference(source.code ?? "") ?? "";
    const which = { ticketId: token?.ticketId, reference, slotId: token?.slotId };
    return this.store.decide(which, ({ row, slot, before }) => {
      const isKnown = before.some((each) => each.id === scan.id);
      const more = [doneSince(before), calledOff[row?.slot ?? token?.slotId] ?? null];
      const ticket = row && slot ? listed(row, slot, ...more) : token && unlisted(token, slot, ...more);
      if (!ticket || isKnown) return { answer: null };
      const now = this.now();
      const situation = { now, timeZone: this.device().time_zone, listAgeMs: now - syncedAt };
      const asked = { people: scan.n, override: scan.override, dir: scan.dir, isForced };
      const answer = decide(ticket, asked, situation);
      return { answer, event: decided(scan, answer), first: this.#firstHere(scan, answer.people) };
    });
  }
}
