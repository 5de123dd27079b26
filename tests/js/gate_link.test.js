import assert from "node:assert/strict";
import { test } from "node:test";

import { send } from "../../static/js/gate/models/link.js";

const json = (status, body) => async () => new Response(JSON.stringify(body), { status });
const kind = async (fetch, patience) => (await send(fetch, "https://town.example/", {}, "secret", patience)).kind;

test("an answer is passed on whole", async () => {
  const reply = await send(json(200, { outcome: "ok" }), "https://town.example/", {});
  assert.deepEqual(reply, { kind: "answer", body: { outcome: "ok" } });
});

test("the message carries the secret and no cookies", async () => {
  let sent;
  await send(async (url, options) => ((sent = { url, ...options }), new Response("{}")), "https://town.example/x", { v: 1 }, "abc");
  assert.deepEqual([sent.url, sent.method, sent.credentials, sent.redirect], ["https://town.example/x", "POST", "omit", "error"]);
  assert.equal(sent.headers.Authorization, "Device abc");
  assert.equal(sent.body, '{"v":1}');
});

test("each way to fail has its kind", async () => {
  assert.equal(await kind(async () => { throw new TypeError("Failed to fetch"); }), "offline");
  assert.equal(await kind(json(401, { error: "device_revoked" })), "revoked");
  assert.equal(await kind(json(409, { error: "code_used" })), "refused");
  assert.equal(await kind(json(500, { error: "failed" })), "failed");
  assert.equal(await kind(async () => new Response("<h1>502</h1>", { status: 502 })), "failed");
});

test("a hotel's sign-in page with status 200 is no answer", async () => {
  assert.equal(await kind(async () => new Response("<html>Welcome</html>", { status: 200 })), "offline");
});

test("a server that keeps silent is not waited for without end", async () => {
  const silent = (_url, { signal }) => new Promise((_done, fail) => {
    const alive = setTimeout(() => {}, 60_000);
    signal.addEventListener("abort", () => (clearTimeout(alive), fail(signal.reason)));
  });
  assert.equal(await kind(silent, 20), "offline");
});
