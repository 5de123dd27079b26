/* Instants in words. A formatter takes longer to make than a scan to decide, so each is made once. */

const made = new Map();

/** Formats by the parts, as Intl names them. */
export function formatted(instant, language, parts) {
  const key = `${language} ${JSON.stringify(parts)}`;
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(language, parts));
  return made.get(key).format(new Date(instant));
}
