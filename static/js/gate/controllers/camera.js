/* The camera: its picture on the page, and the codes that it sees. */

import { decode, prepareDecoder } from "../helpers/decoder.js";
import { Glance } from "../helpers/glance.js";

const CHOSEN = "gate-camera";
const SLOW_FRAME_MS = 80; // where the browser does not tell of each new frame
const WANTED = { video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };
const FAULTS = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "none", OverconstrainedError: "none", NotReadableError: "busy" };

export class Camera {
  hasWorked = false;
  #stream = null;
  #lock = null;
  #glances = [new Glance(0.5), new Glance(1)]; // a code close by is read in a quarter of the pixels, a bad one in all

  constructor({ video, view, torch, choice, wasm, onText }) {
    Object.assign(this, { video, view, torch, choice, wasm, onText });
    choice.addEventListener("change", () => this.#change());
    torch.addEventListener("click", () => this.#switchTorch());
    document.addEventListener("visibilitychange", () => this.#stayAwake());
  }

  get isOn() {
    return this.#stream !== null;
  }

  /** Ask for the camera and start reading. Gives back null, or why it did not start. */
  async start() {
    if (this.isOn) return null;
    if (!navigator.mediaDevices) return "insecure";
    try {
      const [stream] = await Promise.all([navigator.mediaDevices.getUserMedia(this.#wanted()), prepareDecoder(this.wasm)]);
      await this.#show(stream);
      return null;
    } catch (error) {
      this.stop();
      return FAULTS[error.name] ?? "failed";
    }
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
    this.view.hidden = true;
    this.#lock?.release();
    this.#lock = null;
  }

  async #show(stream) {
    this.#stream = stream;
    this.view.hidden = false;
    this.video.srcObject = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => this.stop());
    this.torch.hidden = !track.getCapabilities?.().torch;
    await this.video.play();
    this.hasWorked = true;
    await this.#offerCameras(track);
    this.#stayAwake();
    this.#nextFrame();
  }

  /** The camera that was chosen, if it is still there; otherwise the one at the back. */
  #wanted() {
    const chosen = this.choice.value || localStorage.getItem(CHOSEN);
    return chosen ? { ...WANTED, video: { ...WANTED.video, deviceId: { ideal: chosen } } } : WANTED;
  }

  async #change() {
    localStorage.setItem(CHOSEN, this.choice.value);
    this.stop();
    await this.start();
  }

  async #offerCameras(track) {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter((each) => each.kind === "videoinput" && each.deviceId);
    this.choice.replaceChildren(...cameras.map((each, i) => new Option(each.label || `${i + 1}`, each.deviceId)));
    this.choice.value = track.getSettings().deviceId ?? "";
    this.choice.parentElement.hidden = cameras.length < 2;
  }

  #nextFrame() {
    if (!this.isOn) return;
    const look = () => this.#look();
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(look);
    else setTimeout(look, SLOW_FRAME_MS);
  }

  /** One frame at a time: the next is taken when what this one said has been settled. A slow phone
      has no time for pictures while somebody waits for a verdict. */
  async #look() {
    if (!this.isOn) return;
    try {
      const text = document.hidden ? null : await this.#read();
      if (text && this.isOn) await this.onText(text);
    } finally {
      this.#nextFrame();
    }
  }

  /** The text in the frame, from as few pixels as will do. */
  async #read() {
    for (const glance of this.#glances) {
      const picture = glance.of(this.video);
      const text = picture && (await decode(picture).catch(() => null));
      if (text) return text;
    }
    return null;
  }

  async #switchTorch() {
    const on = this.torch.getAttribute("aria-pressed") !== "true";
    const [track] = this.#stream?.getVideoTracks() ?? [];
    try {
      await track?.applyConstraints({ advanced: [{ torch: on }] });
      this.torch.setAttribute("aria-pressed", String(on));
    } catch {
      this.torch.hidden = true; // it said that it had one
    }
  }

  /** A queue at the gate is longer than a phone's patience. */
  async #stayAwake() {
    if (!this.isOn || document.hidden) return;
    this.#lock = await navigator.wakeLock?.request("screen").catch(() => null);
  }
}
