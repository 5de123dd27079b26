/* The keys of the party form count without asking the server. All words and prices come from the page. */

for (const form of document.querySelectorAll('form[data-controller="stepper"]')) start(form);

function start(form) {
  const rows = [...form.querySelectorAll(".stepper")].map(rowOf);

  form.addEventListener("click", (event) => {
    const key = event.target.closest(".stepper__key");
    if (!key) return;
    event.preventDefault();
    const row = rows.find(({ element }) => element.contains(key));
    row.box.value = Math.max(0, numberOf(row) + (key.name === "more" ? 1 : -1));
    show(form, rows);
  });
  form.addEventListener("input", () => show(form, rows));
  show(form, rows);
}

function rowOf(element) {
  return {
    element,
    box: element.querySelector(".stepper__count"),
    less: element.querySelector('[name="less"]'),
    more: element.querySelector('[name="more"]'),
    price: "price" in element.dataset ? Number(element.dataset.price) : null,
  };
}

function numberOf({ box }) {
  return /^\s*\d{1,4}\s*$/.test(box.value) ? Number(box.value) : 0;
}

function show(form, rows) {
  const size = rows.reduce((sum, row) => sum + numberOf(row), 0);
  for (const row of rows) {
    disable(row.less, numberOf(row) === 0, row.box);
    disable(row.more, size >= Number(form.dataset.largest), row.box);
  }
  const people = form.querySelector('[data-stepper="size"]');
  people.textContent = people.dataset.words.replace("{n}", size);
  showTotal(form.querySelector('[data-stepper="total"]'), rows);
}

/* A key that is switched off while it has the focus hands it to its number. */
function disable(key, isOff, box) {
  if (isOff && document.activeElement === key) box.focus();
  key.disabled = isOff;
}

function showTotal(place, rows) {
  if (!place) return;
  const total = rows.reduce((sum, row) => sum + numberOf(row) * row.price, 0);
  const words = total ? place.dataset.words.replace("{n}", money(total, place.dataset.currency)) : place.dataset.free;
  place.textContent = [words, place.dataset.sample].filter(Boolean).join(" ");
}

/* As the server writes it: minor units only where there are any. */
function money(amount, currency) {
  const digits = amount % 100 ? 2 : 0;
  const format = { style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(document.documentElement.lang, format).format(amount / 100);
}
