/* A part of a page that keeps itself up to date: it is asked for again every few seconds while the
   page is seen, and put in place when its words have changed. Without script there is a link. */
for (const part of document.querySelectorAll('[data-controller="live"]')) {
  const seconds = Number(part.dataset.seconds);
  setInterval(() => refresh(part.id), seconds * 1000);
}

async function refresh(id) {
  const shown = document.getElementById(id);
  // Whoever is just about to press something in it must not lose it.
  if (document.hidden || shown.contains(document.activeElement)) return;
  const fresh = await ask(id);
  if (fresh && fresh.textContent !== shown.textContent) shown.replaceWith(fresh);
}

async function ask(id) {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.getElementById(id);
  } catch {
    return null; // no signal in the field: what is shown stays
  }
}
