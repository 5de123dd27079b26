/* Tells the server what this phone did and learns what it has to know: one sync at a time, after
   each scan, when the network comes back, and every so often. */

import { batchOf, delay, EVERY_MS, isSyncAnswer, settled, syncMessage } from "../models/queue.js";

const PATIENCE_MS = 15_000;
const SOON_MS = 1500;
const SAME_CLOCK_MS = 2000; // the server tells whole seconds

export class Sync {
  heard = 0; // answers since the page was opened
  #again = false;
  #failures = 0;
  #running = null;
  #timer = null;

  /** `send` speaks to the server, `device` gives the present one; the others are told. */
  constructor({ store, send, build, reach, device, onLearnt, onRevoked, onTried, onFull }) {
    Object.assign(this, { store, send, build, reach, device, onLearnt, onRevoked, onTried, onFull });
    addEventListener("online", () => this.run());
    document.addEventListener("visibilitychange", () => document.hidden || this.run());
  }

  /** Sync in a moment, so that a queue of guests makes one sync and not one for each. */
  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.run(), SOON_MS);
  }

  /** Sync now; a call while one is under way makes it go round once more. */
  run() {
    this.#again = true;
    this.#running ??= this.#alone().finally(() => this.#ended());
    return this.#running;
  }

  /** A call that came just as the last round ended must not be lost. */
  #ended() {
    this.#running = null;
    if (this.#again && this.#failures === 0 && this.device()) this.run();
  }

  async #alone() {
    clearTimeout(this.#timer);
    await navigator.locks.request("gate-sync", async () => {
      while (this.#again && this.device()) {
        this.#again = false;
        if (!(await this.#once())) break;
      }
    });
    this.#timer = setTimeout(() => this.run(), this.#failures ? delay(this.#failures) : EVERY_MS);
  }

  /** One batch. Gives back whether the server was reached. */
  async #once() {
    const [scans, state] = await Promise.all([this.store.scans(), this.store.state()]);
    const waiting = scans.filter((each) => each.state === "waiting");
    const batch = batchOf(waiting);
    const message = syncMessage({ build: this.build, cursor: state.cursor, waiting: waiting.length, batch, battery: await batteryOf() });
    const started = performance.now();
    const reply = await this.send("sync", message, this.device().secret, PATIENCE_MS);
    if (reply.kind === "revoked") {
      await this.onRevoked(reply.code);
      return false;
    }
    const isGood = reply.kind === "answer" && isSyncAnswer(reply.body);
    this.reach.note(isGood, performance.now() - started);
    this.#failures = isGood ? 0 : this.#failures + 1;
    if (isGood) await this.#learn(batch, waiting.length, reply.body, state);
    this.onTried();
    return isGood;
  }

  /** Keep it, or say that there is no room for it. */
  async #learn(batch, waiting, body, before) {
    const { done, rejected } = settled(batch, body.results);
    const off = Date.parse(body.now) - Date.now();
    const state = {
      cursor: body.cursor,
      syncedAt: Date.parse(body.now),
      offsetMs: Math.abs(off) < SAME_CLOCK_MS ? 0 : off,
      calledOff: body.called_off ?? {},
      units: { ...before.units, ...body.units },
      present: body.present ?? null,
      walkIn: body.walk_in ?? null,
    };
    const device = { ...this.device(), keys: body.keys };
    try {
      await this.store.learn(body, { done, rejected, state, device });
    } catch {
      return this.onFull(); // the server has the scans, and takes them again
    }
    if (waiting > batch.length && done.length + rejected.length > 0) this.#again = true;
    this.heard += 1;
    this.onLearnt({ device, state, alerts: body.alerts ?? [], build: body.build });
  }
}

/** In per cent; undefined where the browser does not tell. */
async function batteryOf() {
  const battery = await navigator.getBattery?.().catch(() => null);
  return battery ? Math.round(battery.level * 100) : undefined;
}
