/* Keeps all of the scanning page, so that it starts with no network at all. The route that serves
   this file puts GATE = {build, page, files} before it. */

const SCOPE = new URL("./", self.location).pathname;
const PREFIX = `gate ${SCOPE} `;
const CACHE = PREFIX + GATE.build;
const NAMES_CONTENT = /[?&]v=|@[0-9a-f]{12}\//;

self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(dropOld().then(() => self.clients.claim())));
self.addEventListener("message", (event) => event.data === "take over" && self.skipWaiting());
self.addEventListener("fetch", (event) => {
  const path = keptPath(event.request);
  if (path) event.respondWith(kept(path, event.request));
});

/** All or nothing: half a page would be worse than the old one. */
async function keepAll() {
  const cache = await caches.open(CACHE);
  await cache.addAll([GATE.page, ...GATE.files].map(asked));
}

/** Past the browser's own cache, but for addresses that name their content: the page has just
    loaded those, and a weak signal should not carry them twice. */
function asked(path) {
  return new Request(path, { cache: NAMES_CONTENT.test(path) ? "default" : "reload" });
}

async function dropOld() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

/** What is kept under which path; everything else, and the API above all, goes to the server. */
function keptPath(request) {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return null;
  if (url.pathname === SCOPE) return GATE.page;
  const path = url.pathname + url.search;
  return GATE.files.includes(path) ? path : null;
}

async function kept(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}
