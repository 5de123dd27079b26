/* The link to the server. Every way it can fail ends in a kind of reply, never in an exception:
   the page has to say something in any case. `fetch` is given, so that tests need no network.
   No DOM here. */

export const PATIENCE_MS = 8000;

/** Send one message. {kind: "answer" | "refused" | "revoked" | "offline" | "failed", body | code} */
export async function send(fetch, url, body, secret = null, patience = PATIENCE_MS) {
  let response;
  try {
    response = await fetch(url, request(body, secret, patience));
  } catch {
    return { kind: "offline" };
  }
  return reply(response);
}

function request(body, secret, patience) {
  const headers = { "Content-Type": "application/json" };
  if (secret) headers.Authorization = `Device ${secret}`;
  return {
    method: "POST",
    headers,
    body: JSON.stringify(body),
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(patience),
  };
}

async function reply(response) {
  let body;
  try {
    body = await response.json();
    if (body === null || typeof body !== "object") throw new TypeError("not ours");
  } catch {
    // Not our JSON: the sign-in page of some hotel's Wi-Fi, or a proxy's error page.
    return { kind: response.status >= 500 ? "failed" : "offline" };
  }
  if (response.ok) return { kind: "answer", body };
  if (response.status === 401) return { kind: "revoked", code: body.error };
  return response.status >= 500 ? { kind: "failed" } : { kind: "refused", code: body.error };
}
