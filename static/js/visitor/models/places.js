// Which places a visitor's filter finds. The same rules as tourism/destination/atlas.py; both are
// fed with tests/visitor/filter_cases.json.

// The form in which names and typed words are compared.
export function plain(text) {
  return text.normalize("NFKC").toLowerCase();
}

// wanted: {text, kind, crop, month}, "" for anything; place: as the map's JSON block has it.
export function accepts(wanted, place) {
  const words = plain(wanted.text).split(/\s+/).filter(Boolean);
  return (
    (!wanted.kind || place.kind === wanted.kind) &&
    (!wanted.crop || place.crops.includes(wanted.crop)) &&
    (!wanted.month || place.months.includes(Number(wanted.month))) &&
    words.every((word) => place.search.includes(word))
  );
}
