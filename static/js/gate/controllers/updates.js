/* Keeps the page on the phone, and offers a new state of it: never in the middle of a scan. */

const LOOK_MS = 15 * 60_000;

export class Updates {
  #registration = null;

  constructor(offer, { worker, isBusy }) {
    Object.assign(this, { offer, worker, isBusy });
    offer.addEventListener("click", () => this.#take());
  }

  async start() {
    if (!navigator.serviceWorker) return;
    try {
      this.#registration = await navigator.serviceWorker.register(this.worker, { updateViaCache: "none" });
    } catch {
      return; // the page works as long as the network does
    }
    this.#registration.addEventListener("updatefound", () => this.#follow(this.#registration.installing));
    if (this.#registration.waiting) this.#show();
    setInterval(() => this.look(), LOOK_MS);
  }

  /** Ask whether there is a newer state. */
  look() {
    this.#registration?.update().catch(() => {});
  }

  #follow(worker) {
    worker?.addEventListener("statechange", () => {
      if (worker.state === "installed" && navigator.serviceWorker.controller) this.#show();
    });
  }

  #show() {
    this.offer.hidden = false;
  }

  #take() {
    if (this.isBusy()) return;
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    this.#registration.waiting?.postMessage("take over");
  }
}
