import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { TokenError, canVerify, importKeys, readToken } from "../../static/js/gate/models/token.js";

const vectors = JSON.parse(readFileSync(new URL("../gate/token_vectors.json", import.meta.url), "utf8"));
const keys = await importKeys(vectors.public_keys);

for (const good of vectors.good) {
  test(`reads a ticket: ${good.name}`, async () => {
    assert.deepEqual(await readToken(keys, good.text), {
      kind: good.kind,
      keyId: good.key_id,
      ticketId: good.ticket_id,
      slotId: good.slot_id,
      startsAt: new Date(good.starts_at),
      lengthMinutes: good.length_minutes,
      partySize: good.party_size,
    });
  });
}

for (const bad of vectors.bad) {
  test(`refuses with ${bad.code}: ${bad.name}`, async () => {
    await assert.rejects(readToken(keys, bad.text), (error) => error instanceof TokenError && error.code === bad.code);
  });
}

test("a phone that knows no key says so, and does not call the ticket bad", async () => {
  const none = await importKeys({});
  await assert.rejects(readToken(none, vectors.good[0].text), { code: "unknown_key" });
});

test("this engine can verify", async () => {
  assert.equal(await canVerify(), true);
});
