import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { accepts, plain } from "../../../static/js/visitor/models/places.js";

const { places, cases } = JSON.parse(readFileSync(new URL("../../visitor/filter_cases.json", import.meta.url), "utf8"));

// As the server writes them into the map's JSON block.
const drawn = places.map((place) => ({
  ...place,
  months: place.season_months,
  search: plain([...Object.values(place.name), ...place.aliases].join("\n")),
}));

for (const { what, wanted, found } of cases) {
  test(`finds the same as the server: ${what}`, () => {
    const asked = { text: "", kind: "", crop: "", month: "", ...wanted };
    assert.deepEqual(drawn.filter((place) => accepts(asked, place)).map((place) => place.slug), found);
  });
}
