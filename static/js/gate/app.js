/* The gate's page: puts the phone's rules, its camera, its screen and the server together. */

import { Camera } from "./controllers/camera.js";
import { Enrolment } from "./controllers/enrolment.js";
import { Log, Screen } from "./controllers/screen.js";
import { Status } from "./controllers/status.js";
import { Sync } from "./controllers/sync.js";
import { Updates } from "./controllers/updates.js";
import { signal, unlock } from "./helpers/signals.js";
import { openStore } from "./helpers/store.js";
import { decide, listed, unlisted } from "./models/decision.js";
import { send } from "./models/link.js";
import { decided, doneSince } from "./models/queue.js";
import { ANSWER_MS, Reach } from "./models/reach.js";
import { isToken, message, newScan, readReference } from "./models/scan.js";
import { Sight } from "./models/sight.js";
import { TokenError, importKeys, readToken } from "./models/token.js";
import { filled, inLanguage, ownAnswer, shown, timeOf } from "./models/verdict.js";
import { Wedge } from "./models/wedge.js";

const RAPID_MS = 4000; // a green screen makes room for the next guest by itself

class Gate {
  #store = null;
  #device = null;
  #keys = null;
  #asking = false;
  #last = null; // the scan whose verdict is shown
  #state = {}; // of the list: its age, and how far this phone's clock is off
  #reach = new Reach();
  #sight = new Sight();
  #wedge = new Wedge();
  #timer = null;

  constructor(root) {
    this.root = root;
    this.words = JSON.parse(document.getElementById("gate-words").textContent);
    this.language = document.documentElement.lang;
    this.screen = new Screen(document.querySelector("[data-verdict]"), this.words, {
      onNext: () => this.#next(),
      onOffer: (offer, reason) => this.#take(offer, reason),
    });
    this.log = new Log(this.part("log"), this.part("log-none"));
    this.camera = new Camera({
      video: this.part("video"),
      view: this.part("view"),
      torch: this.part("torch"),
      wasm: root.dataset.wasm,
      onText: (text) => this.#seen(text),
    });
    this.enrolment = new Enrolment(this.part("enrol"), {
      send: (body) => this.#send("enrol", { ...body, build: root.dataset.build }),
      words: this.words.enrol,
      startCamera: () => this.#startCamera(),
      onDone: (device) => this.#enrolled(device),
    });
    this.status = new Status(this.part("status"), this.words.status);
    this.updates = new Updates(this.part("update"), { worker: root.dataset.worker, isBusy: () => this.#asking });
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  async start() {
    this.part("start").addEventListener("click", () => this.#startCamera());
    this.part("stop").addEventListener("click", () => this.#stopCamera());
    this.part("again").addEventListener("click", () => this.#show("enrol"));
    this.part("typed").addEventListener("submit", (event) => this.#typed(event));
    document.addEventListener("keydown", (event) => this.#keyed(event));
    document.addEventListener("pointerdown", unlock);
    this.updates.start();
    try {
      this.#store = await openStore();
      this.#state = await this.#store.state();
      this.sync = this.#newSync();
      this.#use(await this.#store.device());
    } catch {
      this.#notice(this.words.enrol.no_store);
    }
  }

  #newSync() {
    return new Sync({
      store: this.#store,
      send: (path, body, secret, patience) => this.#send(path, body, secret, patience),
      build: this.root.dataset.build,
      reach: this.#reach,
      device: () => this.#device,
      onLearnt: (learnt) => this.#learnt(learnt),
      onRevoked: (code) => this.#revoked(code),
      onTried: () => this.#showStatus(),
    });
  }

  #learnt({ device, state, alerts, build }) {
    this.#state = state;
    if (JSON.stringify(device.keys) !== JSON.stringify(this.#device?.keys)) this.#importKeys(device);
    this.#device = device;
    this.status.alerts = alerts.length;
    if (build !== this.root.dataset.build) this.updates.look();
  }

  async #showStatus() {
    const scans = await this.#store.scans();
    const count = (state) => scans.filter((each) => each.state === state).length;
    this.status.show({ isGood: this.#reach.isGood, syncedAt: this.#state.syncedAt, now: this.#now(), waiting: count("waiting"), rejected: count("rejected"), place: this.#device && this.#place() });
  }

  /** The server's time, as far as it is known. */
  #now() {
    return new Date(Date.now() + (this.#state.offsetMs ?? 0));
  }

  #use(device) {
    this.#device = device ?? null;
    this.#keys = null;
    if (!device) return this.#show("enrol");
    this.#importKeys(device);
    this.sync.run();
    return this.#show("work");
  }

  /** Browsers that cannot verify leave it to the server. */
  #importKeys(device) {
    importKeys(device.keys).then((keys) => (this.#keys = keys), () => (this.#keys = null));
  }

  #show(state) {
    const isEnrolling = state === "enrol";
    this.part("enrol").hidden = !isEnrolling;
    this.part("work").hidden = isEnrolling;
    this.#showStatus();
    if (this.#device) this.part("gate-name").textContent = this.#gateName();
    if (isEnrolling) this.enrolment.open();
  }

  async #enrolled(device) {
    try {
      await this.#store.keep(device);
    } catch {
      return this.#notice(this.words.enrol.no_store);
    }
    this.#use(device);
    this.#cameraKeys();
    return this.#notice(filled(this.words.now_at, { gate: this.#gateName() }));
  }

  #gateName() {
    return inLanguage(this.#device.gate.name, this.language);
  }

  #place() {
    return { language: this.language, timeZone: this.#device.time_zone };
  }

  #notice(text) {
    const notice = this.part("notice");
    notice.textContent = text ?? "";
    notice.hidden = !text;
  }

  async #startCamera() {
    unlock();
    const fault = await this.camera.start();
    this.#notice(fault && this.words.camera[fault]);
    this.#cameraKeys();
  }

  #stopCamera() {
    this.camera.stop();
    this.#cameraKeys();
  }

  #cameraKeys() {
    this.part("start").hidden = this.camera.isOn;
    this.part("stop").hidden = !this.camera.isOn;
  }

  #seen(text) {
    if (!this.#sight.isNew(text, performance.now())) return;
    if (!this.part("enrol").hidden) this.enrolment.scanned(text);
    else this.#scan({ token: text }, "qr");
  }

  #typed(event) {
    event.preventDefault();
    const field = event.target.elements.code;
    const text = field.value.trim();
    field.value = "";
    if (text) this.#entered(text);
  }

  /** A hand-held reader types wherever it is; people type into fields. */
  #keyed(event) {
    if (this.part("work").hidden || event.target.matches("input, select, textarea")) return;
    const text = this.#wedge.key(event.key, event.timeStamp);
    if (text === null) return;
    event.preventDefault(); // the Enter would press the button in focus
    this.#entered(text);
  }

  #entered(text) {
    const code = readReference(text);
    if (isToken(text)) this.#scan({ token: text.trim() }, "qr");
    else if (code) this.#scan({ code }, "code");
    else this.#conclude({ source: { code: text } }, ownAnswer("not_ticket"));
  }

  async #scan(source, via, more = {}) {
    if (this.#asking || (this.screen.isWaiting && !more.isChosen)) return;
    this.#asking = true;
    try {
      const { outcome, token } = await this.#read(source);
      if (outcome) return this.#conclude({ source }, ownAnswer(outcome));
      const people = more.people ?? (Number(this.part("people").value) || null);
      const seq = await this.#store.nextSeq();
      const scan = newScan(source, { seq, via, people, override: more.override, at: this.#now() });
      await this.#ask({ source, via, scan, token });
    } finally {
      this.#asking = false;
    }
  }

  /** What the phone knows by itself. A key it has not heard of may be new: the server knows. */
  async #read({ token }) {
    if (token === undefined) return {};
    if (!this.#keys) return isToken(token) ? {} : { outcome: "not_ticket" };
    try {
      return { token: await readToken(this.#keys, token) };
    } catch (error) {
      const isKnown = error instanceof TokenError && error.code !== "unknown_key";
      return isKnown ? { outcome: error.code } : {};
    }
  }

  /** Ask the server if it answers at once; otherwise decide here, with the same scan. */
  async #ask(asked) {
    const trouble = this.#reach.isGood ? await this.#askServer(asked) : "offline";
    if (trouble === null) return;
    const answer = await this.#decideHere(asked);
    await this.#showStatus();
    this.#conclude(asked, answer ?? ownAnswer(trouble, "unknown"));
    this.sync.run();
  }

  /** Null when the server has settled it, otherwise why not. */
  async #askServer(asked) {
    this.#notice(this.words.asking);
    const started = performance.now();
    const reply = await this.#send("scans", message(asked.scan, this.root.dataset.build), this.#device.secret, ANSWER_MS);
    this.#notice(null);
    if (reply.kind === "revoked") {
      await this.#revoked(reply.code);
      return null;
    }
    const isAnswer = reply.kind === "answer" && typeof reply.body?.outcome === "string";
    this.#reach.note(isAnswer, performance.now() - started);
    if (!isAnswer) return reply.kind === "offline" ? "offline" : "failed";
    const answer = reply.body;
    if (answer.ticket) await this.#store.heard(answer.ticket, this.#firstHere(answer.people));
    await this.#showStatus();
    this.#conclude(asked, answer);
    return null;
  }

  #firstHere(people) {
    return people ? { at: this.#now().toISOString(), gate: this.#device.gate.name, people } : undefined;
  }

  /** Null when this phone knows neither the ticket nor a code that was signed. */
  #decideHere({ source, scan, token }) {
    if (this.#state.syncedAt === undefined) return null;
    const reference = readReference(source.code ?? "") ?? "";
    const which = { ticketId: token?.ticketId, reference, slotId: token?.slotId };
    return this.#store.decide(which, ({ row, slot, before }) => {
      const isKnown = before.some((each) => each.id === scan.id);
      const since = doneSince(before);
      const closed = this.#state.calledOff?.[row?.slot ?? token?.slotId] ?? null;
      const ticket = row && slot ? listed(row, slot, since, closed) : token && unlisted(token, slot, since, closed);
      if (!ticket || isKnown) return { answer: null };
      const now = this.#now();
      const situation = { now, timeZone: this.#device.time_zone, listAgeMs: now - this.#state.syncedAt };
      const answer = decide(ticket, { people: scan.n, override: scan.override, dir: scan.dir }, situation);
      return { answer, event: decided(scan, answer), first: this.#firstHere(answer.people) };
    });
  }

  #conclude(asked, answer) {
    this.#last = asked;
    const code = asked.source.code ?? null;
    const place = this.#place();
    const screen = shown(answer, this.words, place, code);
    const time = timeOf(new Date(), place);
    this.screen.show(screen, this.#gateName(), time);
    this.log.add(answer, screen, time, code);
    signal(answer.verdict);
    clearTimeout(this.#timer);
    this.part("people").value = ""; // a number is meant for one scan
    if (answer.verdict === "admit" && this.camera.isOn) this.#timer = setTimeout(() => this.#next(), RAPID_MS);
  }

  /** What the steward chose: the same scan once more, or a new one. */
  async #take(offer, reason) {
    if (this.#asking) return;
    if (offer.kind !== "again") {
      const override = offer.kind === "override" ? reason : null;
      await this.#scan(this.#last.source, this.#last.via, { people: offer.people, override, isChosen: true });
      return;
    }
    this.#asking = true;
    try {
      await this.#ask(this.#last);
    } finally {
      this.#asking = false;
    }
  }

  #next() {
    clearTimeout(this.#timer);
    this.screen.hide();
  }

  async #revoked(code) {
    this.camera.stop();
    this.#cameraKeys();
    this.screen.hide();
    await this.#store.forget();
    this.#state = {};
    this.#use(null);
    this.#notice(this.words.enrol[code] ?? this.words.enrol.device_revoked);
  }

  #send(path, body, secret, patience) {
    return send(fetch.bind(globalThis), this.root.dataset.api + path, body, secret, patience);
  }
}

new Gate(document.querySelector("[data-controller=gate]")).start();
