/* The gate's page: puts the phone's rules, its camera, its screen and the server together. */

import { Camera } from "./controllers/camera.js";
import { Enrolment } from "./controllers/enrolment.js";
import { Log, Screen } from "./controllers/screen.js";
import { signal, unlock } from "./helpers/signals.js";
import { openStore } from "./helpers/store.js";
import { send } from "./models/link.js";
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
    try {
      this.#store = await openStore();
      this.#use(await this.#store.device());
    } catch {
      this.#notice(this.words.enrol.no_store);
    }
  }

  #use(device) {
    this.#device = device ?? null;
    this.#keys = null;
    if (!device) return this.#show("enrol");
    // Browsers that cannot verify leave it to the server.
    importKeys(device.keys).then((keys) => (this.#keys = keys), () => (this.#keys = null));
    return this.#show("work");
  }

  #show(state) {
    const isEnrolling = state === "enrol";
    this.part("enrol").hidden = !isEnrolling;
    this.part("work").hidden = isEnrolling;
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
      const outcome = await this.#refusedHere(source);
      if (outcome) return this.#conclude({ source }, ownAnswer(outcome));
      const people = more.people ?? (Number(this.part("people").value) || null);
      const seq = await this.#store.nextSeq();
      await this.#ask({ source, via, scan: newScan(source, { seq, via, people, override: more.override }) });
    } finally {
      this.#asking = false;
    }
  }

  /** What the phone knows by itself. A key it has not heard of may be new: the server knows. */
  async #refusedHere({ token }) {
    if (token === undefined) return null;
    if (!this.#keys) return isToken(token) ? null : "not_ticket";
    try {
      await readToken(this.#keys, token);
      return null;
    } catch (error) {
      const isKnown = error instanceof TokenError && error.code !== "unknown_key";
      return isKnown ? error.code : null;
    }
  }

  async #ask(asked) {
    this.#notice(this.words.asking);
    const reply = await this.#send("scans", message(asked.scan, this.root.dataset.build), this.#device.secret);
    this.#notice(null);
    if (reply.kind === "revoked") return this.#revoked(reply.code);
    const isAnswer = reply.kind === "answer";
    const trouble = reply.kind === "offline" ? "offline" : "failed";
    return this.#conclude(asked, isAnswer ? reply.body : ownAnswer(trouble, "unknown"));
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
    this.#use(null);
    this.#notice(this.words.enrol[code] ?? this.words.enrol.device_revoked);
  }

  #send(path, body, secret) {
    return send(fetch.bind(globalThis), this.root.dataset.api + path, body, secret);
  }
}

new Gate(document.querySelector("[data-controller=gate]")).start();
