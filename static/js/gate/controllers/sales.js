/* A party without a booking is sold places on the spot: by asking, if the server answers;
   otherwise from what this phone was given. */

import { newSale, soldAlone } from "../models/offers.js";
import { message } from "../models/scan.js";

const SALE_MS = 4000; // a sale is worth a wait: it takes a place for somebody who has none
const ALONE = ["offline", "failed", "slot_full"];

export class Sales {
  /** `onSold` is told what was asked and the answer; `onRevoked` why the phone may sell no more. */
  constructor({ store, send, build, reach, device, now, language, onSold, onRevoked }) {
    Object.assign(this, { store, send, build, reach, device, now, language, onSold, onRevoked });
  }

  /** Null, or why nothing was sold. */
  async sell(offer, party) {
    const facts = { gate: this.device().gate.slug, language: this.language, at: this.now() };
    const sale = newSale(offer, party, { ...facts, seq: await this.store.nextSeq() });
    const trouble = this.reach.isGood ? await this.#ask(sale) : "offline";
    if (trouble === null || trouble === "revoked") return null;
    if (!ALONE.includes(trouble) || sale.n > offer.mine) return trouble;
    const { answer, waiting } = soldAlone(sale, offer);
    try {
      await this.store.add(waiting);
    } catch {
      return "storage_full";
    }
    await this.onSold({ source: {}, via: "walk_in", scan: sale }, answer);
    return null;
  }

  async #ask(sale) {
    const started = performance.now();
    const reply = await this.send("walk-ins", message(sale, this.build), this.device().secret, SALE_MS);
    this.reach.note(["answer", "refused"].includes(reply.kind), performance.now() - started);
    if (reply.kind === "revoked") await this.onRevoked(reply.code);
    if (reply.kind !== "answer") return reply.kind === "refused" ? reply.code : reply.kind;
    await this.onSold({ source: { code: reply.body.ticket.reference }, via: "list", scan: sale }, { ...reply.body, repeat: false });
    return null;
  }
}
