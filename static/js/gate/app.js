/* The gate's page: puts the phone's rules, its camera, its screen and the server together. */

import { Camera } from "./controllers/camera.js";
import { Checks } from "./controllers/checks.js";
import { Enrolment } from "./controllers/enrolment.js";
import { Finder, isSearch } from "./controllers/finder.js";
import { Judge } from "./controllers/judge.js";
import { Presence } from "./controllers/presence.js";
import { Sales } from "./controllers/sales.js";
import { Log, Screen } from "./controllers/screen.js";
import { Status } from "./controllers/status.js";
import { Sync } from "./controllers/sync.js";
import { Updates } from "./controllers/updates.js";
import { WalkIn } from "./controllers/walkin.js";
import { signal, unlock } from "./helpers/signals.js";
import { openStore } from "./helpers/store.js";
import { send } from "./models/link.js";
import { Moved } from "./models/moved.js";
import { takenBack } from "./models/queue.js";
import { Reach } from "./models/reach.js";
import { isToken, newScan, readReference } from "./models/scan.js";
import { Sight } from "./models/sight.js";
import { filled, inLanguage, isMoving, ownAnswer, shown, timeOf } from "./models/verdict.js";
import { Wedge } from "./models/wedge.js";

const RAPID_MS = 4000; // a green screen makes room for the next guest by itself
const UNDO_MS = 1200; // so long the server may take to hear of an undo

class Gate {
  #store = null;
  #device = null;
  #asking = false;
  #last = null; // the scan whose verdict is shown
  #moved = new Moved();
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
      onChange: (people) => this.#change(people),
    });
    this.log = new Log(this.part("log"), this.part("log-none"), (...entry) => this.#reopen(...entry));
    this.camera = new Camera({
      video: this.part("video"),
      view: this.part("view"),
      torch: this.part("torch"),
      choice: this.part("cameras"),
      wasm: root.dataset.wasm,
      onText: (text) => this.#seen(text),
    });
    this.enrolment = new Enrolment(this.part("enrol"), {
      send: (body) => this.#send("enrol", { ...body, build: root.dataset.build }),
      words: this.words.enrol,
      startCamera: () => this.#startCamera(),
      onDone: (device) => this.#enrolled(device),
    });
    this.walkIn = new WalkIn(document.querySelector("[data-walkin]"), this.words.walk_in, {
      onSell: (offer, party) => this.sales.sell(offer, party),
    });
    this.checks = new Checks(this.part("checks"), this.words.checks);
    this.status = new Status(this.part("status"), this.words.status);
    this.presence = new Presence(this.part("present"), this.words.present);
    this.updates = new Updates(this.part("update"), { worker: root.dataset.worker, isBusy: () => this.#asking });
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  async start() {
    this.part("start").addEventListener("click", () => this.#startCamera());
    this.part("stop").addEventListener("click", () => this.#stopCamera());
    this.part("again").addEventListener("click", () => this.#show("enrol"));
    this.part("walk-in-open").addEventListener("click", () => this.#openWalkIn());
    this.part("typed").addEventListener("submit", (event) => this.#typed(event));
    this.part("ways").addEventListener("change", () => this.#turn());
    document.addEventListener("keydown", (event) => this.#keyed(event));
    document.addEventListener("pointerdown", unlock);
    this.updates.start();
    try {
      this.#store = await openStore();
      this.#state = await this.#store.state();
      this.sync = this.#newSync();
      this.judge = this.#newJudge();
      this.sales = this.#newSales();
      this.finder = this.#newFinder();
      await this.#use(await this.#store.device());
    } catch (fault) {
      this.#notStored(fault);
    }
  }

  /** Nothing can be kept: because the browser refuses, or because the phone has no room left. */
  #notStored(fault) {
    this.#notice(fault.name === "QuotaExceededError" ? this.words.enrol.no_room : this.words.enrol.no_store);
  }

  /** What every part that speaks to the server needs. */
  #link() {
    return {
      store: this.#store,
      send: (path, body, secret, patience) => this.#send(path, body, secret, patience),
      build: this.root.dataset.build,
      reach: this.#reach,
      device: () => this.#device,
    };
  }

  #newSync() {
    return new Sync({
      ...this.#link(),
      onLearnt: (learnt) => this.#learnt(learnt),
      onRevoked: (code) => this.#revoked(code),
      onTried: () => this.#showStatus(),
      onFull: () => this.#notice(this.words.enrol.no_room),
    });
  }

  #newJudge() {
    return new Judge({
      ...this.#link(),
      state: () => this.#state,
      now: () => this.#now(),
      onAsking: (isAsking) => this.#notice(isAsking && this.words.asking),
    });
  }

  #newSales() {
    return new Sales({
      ...this.#link(),
      now: () => this.#now(),
      language: this.language,
      onSold: (asked, answer) => this.#sold(asked, answer),
      onRevoked: (code) => this.#revoked(code),
    });
  }

  #newFinder() {
    return new Finder(this.part("found"), this.words.found, {
      ...this.#link(),
      onFound: (code) => this.#scan({ code }, "list"),
    });
  }

  #learnt({ device, state, alerts, build }) {
    this.#state = state;
    this.judge.use(device.keys);
    this.#device = device;
    this.status.alerts = alerts.length;
    this.#showPresence();
    if (build !== this.root.dataset.build) this.updates.look();
  }

  async #showPresence() {
    const slots = await this.#store.slots();
    this.presence.show(this.#state.present, slots, this.#place());
    await this.#check(slots);
  }

  async #check(slots) {
    const today = timeOf(this.#now(), { ...this.#place(), isDay: true });
    const days = new Map(slots.map((each) => [each.id, timeOf(each.starts_at, { ...this.#place(), isDay: true })]));
    const tickets = (await this.#store.tickets()).filter((each) => each.status === "valid" && days.get(each.slot) === today);
    const { syncedAt, offsetMs } = this.#state;
    await this.checks.show({ keys: this.judge.keys, tickets: tickets.length, hasCamera: this.camera.hasWorked, offsetMs, isSynced: syncedAt !== undefined, isSealed: this.#store.isSealed });
  }

  async #showStatus() {
    const scans = await this.#store.scans();
    const count = (state) => scans.filter((each) => each.state === state).length;
    this.status.show({ isGood: this.#reach.isGood, syncedAt: this.#state.syncedAt, now: this.#now(), waiting: count("waiting"), rejected: count("rejected"), heard: this.sync.heard, place: this.#device && this.#place() });
  }

  /** The server's time, as far as it is known. */
  #now() {
    return new Date(Date.now() + (this.#state.offsetMs ?? 0));
  }

  async #use(device) {
    this.#device = device ?? null;
    await this.judge.use(device?.keys);
    if (!device) return this.#show("enrol");
    this.sync.run();
    return this.#show("work");
  }

  #show(state) {
    const isEnrolling = state === "enrol";
    this.part("enrol").hidden = !isEnrolling;
    this.part("work").hidden = isEnrolling;
    this.#showStatus();
    if (this.#device) this.part("gate-name").textContent = this.#gateName();
    if (this.#device) this.#showPresence();
    else this.presence.show(null);
    if (isEnrolling) this.enrolment.open();
  }

  async #enrolled(device) {
    try {
      await this.#store.keep(device);
    } catch (fault) {
      return this.#notStored(fault);
    }
    await this.#use(device);
    this.#cameraKeys();
    return this.#notice(filled(this.words.now_at, { gate: this.#gateName() }));
  }

  #gateName() {
    return inLanguage(this.#device.gate.name, this.language);
  }

  #place() {
    return { language: this.language, timeZone: this.#device.time_zone, units: this.#state.units };
  }

  #notice(text) {
    const notice = this.part("notice");
    notice.textContent = text || "";
    notice.hidden = !text;
  }

  async #startCamera() {
    unlock();
    const fault = await this.camera.start();
    this.#notice(fault && this.words.camera[fault]);
    this.#cameraKeys();
    if (this.#device) this.#showPresence();
  }

  #stopCamera() {
    this.camera.stop();
    this.#cameraKeys();
  }

  #cameraKeys() {
    this.part("start").hidden = this.camera.isOn;
    this.part("stop").hidden = !this.camera.isOn;
  }

  /** In or out: "in" or "out". */
  get #way() {
    return this.part("ways").querySelector(":checked").value;
  }

  #turn() {
    this.root.classList.toggle("scanner--out", this.#way === "out");
    this.part("people-in").hidden = this.#way === "out";
    this.part("people-out").hidden = this.#way === "in";
  }

  async #seen(text) {
    if (!this.#sight.isNew(text, performance.now(), this.#asking)) return;
    if (!this.part("enrol").hidden) this.enrolment.scanned(text);
    else await this.#scan({ token: text }, "qr");
    this.#sight.isNew(text, performance.now()); // nobody looked meanwhile: it is still in view
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
    this.finder.close();
    if (isToken(text)) this.#scan({ token: text.trim() }, "qr");
    else if (code) this.#scan({ code }, "code");
    else if (isSearch(text)) this.finder.search(text, this.#place());
    else this.#conclude({ source: { code: text } }, ownAnswer("not_ticket"));
  }

  async #scan(source, via, more = {}) {
    if (this.#asking || this.walkIn.isOpen || (this.screen.isWaiting && !more.isChosen)) return;
    this.#asking = true;
    this.finder.close();
    try {
      const { outcome, token } = await this.judge.read(source);
      if (outcome) return this.#conclude({ source }, ownAnswer(outcome));
      const people = more.people ?? (Number(this.part("people").value) || null);
      const seq = await this.#store.nextSeq();
      const facts = { seq, via, people, override: more.override, dir: more.dir ?? this.#way, gate: this.#device.gate.slug };
      const scan = newScan(source, { ...facts, at: this.#now() });
      await this.#ask({ source, via, scan, token, isForced: more.isForced });
    } finally {
      this.#asking = false;
    }
  }

  async #ask(asked) {
    const { answer, trouble, revoked } = await this.judge.answer(asked);
    if (revoked) return this.#revoked(revoked);
    this.#conclude(asked, answer ?? ownAnswer(trouble, "unknown"));
    await this.#showStatus(); // a guest does not wait for the count of scans
    if (answer && !answer.isOwn) this.sync.soon();
    else this.sync.run();
  }

  #conclude(asked, answer) {
    this.#last = asked;
    const { source, scan } = asked;
    const code = source.code ?? null;
    const place = this.#device ? this.#place() : { language: this.language };
    const screen = shown(answer, this.words, place, code);
    const time = timeOf(new Date(), place);
    if (isMoving(answer) && scan && !answer.repeat) {
      this.#moved.remember(asked, answer);
      this.presence.add(scan.dir === "in" ? answer.people : -answer.people);
    }
    if (!scan && screen.offer?.kind === "again") screen.offer = null; // there is nothing to ask again
    this.screen.show(screen, this.#gateName(), time, this.#moved.changeable(scan?.id, this.#now()));
    this.log.add(answer, screen, time, { code, scanId: scan?.id });
    signal(answer.verdict);
    clearTimeout(this.#timer);
    this.part("people").value = ""; // a number is meant for one scan
    if (isMoving(answer) && this.camera.isOn) this.#timer = setTimeout(() => this.screen.isWaiting || this.#next(), RAPID_MS);
  }

  /** An entry of the list is looked at once more. */
  #reopen(scanId, screen, time) {
    this.#last = { source: this.#moved.get(scanId)?.source ?? {}, scan: { id: scanId } };
    this.screen.show({ ...screen, offer: null }, this.#gateName(), time, this.#moved.changeable(scanId, this.#now()));
  }

  /** Not so many as the screen said: the scan is taken back, and a new one made for those. */
  async #change(people) {
    const done = this.#moved.get(this.#last?.scan?.id);
    if (!done || this.#asking) return;
    this.#asking = true;
    try {
      await this.#takeBack(done);
    } catch {
      return this.#conclude({ source: {} }, ownAnswer("storage_full", "unknown"));
    } finally {
      this.#asking = false;
    }
    if (people === 0) return this.#conclude({ source: {} }, ownAnswer("undone", "undone"));
    await this.#scan(done.source, done.via, { people, dir: done.dir, override: done.override, isChosen: true });
  }

  async #takeBack(done) {
    const seq = await this.#store.nextSeq();
    await this.#store.add(takenBack(done, { seq, at: this.#now() }));
    this.#moved.forget(done.id);
    this.presence.add(done.dir === "in" ? -done.people : done.people);
    await this.#showStatus();
    await Promise.race([this.sync.run(), new Promise((resolve) => setTimeout(resolve, UNDO_MS))]);
  }

  async #openWalkIn() {
    const waiting = await this.#store.scans();
    this.walkIn.open({ told: this.#state.walkIn, waiting, now: this.#now(), place: this.#place(), isGood: this.#reach.isGood });
  }

  async #sold(asked, answer) {
    await this.#showStatus();
    this.#conclude(asked, answer);
    if (answer.isOwn) this.sync.run();
    else this.sync.soon();
  }

  /** What the steward chose: the same scan once more, or a new one. */
  async #take(offer, reason) {
    if (this.#asking) return;
    if (offer.kind !== "again") {
      const override = ["override", "force"].includes(offer.kind) ? reason : null;
      const { source, via, scan } = this.#last;
      await this.#scan(source, via, { people: offer.people, override, dir: scan.dir, isForced: offer.kind === "force", isChosen: true });
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
    this.#moved.clear();
    await this.#use(null);
    this.#notice(this.words.enrol[code] ?? this.words.enrol.device_revoked);
  }

  #send(path, body, secret, patience) {
    return send(fetch.bind(globalThis), this.root.dataset.api + path, body, secret, patience);
  }
}

new Gate(document.querySelector("[data-controller=gate]")).start();
