/* A one-time code, typed or scanned, makes this phone a scanner. */

import { readEnrolmentCode } from "../models/scan.js";

export class Enrolment {
  #busy = false;

  constructor(form, { send, words, startCamera, onDone }) {
    Object.assign(this, { form, send, words, startCamera, onDone });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#enrol(form.elements.code.value);
    });
    form.querySelector("[data-enrol-scan]").addEventListener("click", startCamera);
  }

  /** A phone's own camera app brings the code along, behind the "#" of the address. */
  open() {
    const code = readEnrolmentCode(location.hash);
    if (!code) return;
    history.replaceState(null, "", location.pathname + location.search);
    this.form.elements.code.value = code;
  }

  /** What the camera saw; anything but an enrolment code is passed over. */
  scanned(text) {
    const code = readEnrolmentCode(text);
    if (!code) return;
    this.form.elements.code.value = code;
    this.#enrol(code);
  }

  async #enrol(text) {
    const code = readEnrolmentCode(text);
    if (!code) return this.#say("code_unknown");
    if (this.#busy) return null;
    this.#busy = true;
    const reply = await this.send({ v: 1, code, name: this.form.elements.name.value });
    this.#busy = false;
    if (reply.kind !== "answer") return this.#say(reply.code ?? reply.kind);
    this.form.reset();
    this.#say(null);
    return this.onDone(reply.body);
  }

  #say(code) {
    const error = this.form.querySelector("[data-enrol-error]");
    error.textContent = code ? (this.words[code] ?? this.words.failed) : "";
    error.hidden = !code;
    this.form.elements.code.toggleAttribute("aria-invalid", Boolean(code));
    if (code) this.form.elements.code.focus();
  }
}
