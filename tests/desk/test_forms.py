"""Every form of the desk with something missing, wrong, contradictory or hostile in it: refused
beside the field, in each language, with what was typed kept and nothing done.

The routes are taken from the app: one that takes typed input fails here until it is tried.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from html import escape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.desk.farms import Farm
from tests.factories.accounts import sign_in
from tourism.core.clock import now
from tourism.experiences.models import HolidayRule, Schedule

Values = Mapping[str, object]
EVIL = "\"'><script>alert(1)</script>{{ 7*7 }}=cmd|' /C calc'!A0"
LONG = "很长" * 600
HUGE = "9" * 400
HARVEST = {
    "ripe": "300", "head": "1.5", "rows_open": "12", "row_people": "8", "staff": "6",
    "staff_people": "25",
}  # fmt: skip
PATTERN = {
    "starts_on": "2027-05-01", "ends_on": "2027-06-01", "days_0": "0", "opens_0": "08:00",
    "closes_0": "12:00", "capacity_0": "20", "every": "60", "window": "60", "stay": "90",
    "holidays": "as-usual",
}  # fmt: skip
COPY = {"source": "2027-05-01", "first": "2027-05-02", "last": "2027-05-04"}
SLOT = {"on": "2099-05-01", "opens": "08:00", "closes": "09:00", "capacity": "5"}
DAY = {"day_on": "2027-05-04", "rule": "hours", "day_opens": "08:00", "day_closes": "10:00"}
SALE = {"gross": "3", "tare": "0.5", "paid": "20"}
WORDS = ("words_zh_hans", "words_zh_hant", "words_en")
# What is typed on each page, beyond one good form: missing, wrong, contradictory, hostile.
TYPED: dict[str, list[Values]] = {
    "closures.create": [
        {"reason": "rain"},
        {"reason": "snow", "slot": "1"},
        {"reason": "other", "slot": "1"},
        {"reason": "other", "slot": "1", "words_en": EVIL + LONG},
        {"reason": EVIL, "slot": HUGE, "words_en": EVIL},
    ],
    "conflicts.settle": [{}, {"note": EVIL + LONG}],
    "copying.apply": [
        {},
        {**COPY, "first": "yesterday"},
        {**COPY, "last": "2027-05-01"},
        {**COPY, "source": EVIL, "last": HUGE},
    ],
    "copying.create": [
        {},
        {**SLOT, "opens": "25:00"},
        {**SLOT, "closes": "07:00"},
        {**SLOT, "on": "2020-05-01"},
        {**SLOT, "on": EVIL, "capacity": HUGE},
    ],
    "allotments.give": [
        {},
        {"slot": "own", "places": "many"},
        {"slot": "own", "places": "-3"},
        {"slot": "own", "places": EVIL},
        {"slot": "own", "places": "199"},
    ],
    "harvest.update": [
        {},
        {**HARVEST, "ripe": "lots"},
        {**HARVEST, "head": "0"},
        {**HARVEST, "ripe": EVIL, "staff": HUGE},
        {**HARVEST, "ripe": "NaN", "head": "1e999"},
    ],
    "harvest_sales.ripeness": [
        {"words_zh_hans": "深红"},
        {"words_en": LONG},
        dict.fromkeys(WORDS, EVIL + LONG),
    ],
    "harvest_sales.sell": [
        {},
        {**SALE, "gross": "heavy"},
        {**SALE, "tare": "3"},
        {**SALE, "gross": EVIL, "paid": HUGE},
        {**SALE, "paid": "-1"},
    ],
    "people.create": [
        {"role": "steward"},
        {"name": "王", "role": "king"},
        {"name": EVIL + LONG, "role": "owner"},
        {"name": "王", "role": "owner", "operator": HUGE},
    ],
    "schedule.update": [
        {},
        {**PATTERN, "opens_0": "late"},
        {**PATTERN, "ends_on": "2027-04-01"},
        {**PATTERN, "days_1": "0", "opens_1": "09:00", "closes_1": "10:00", "capacity_1": "3"},
        {**PATTERN, "break_from_0": "11:00", "break_to_0": "10:00"},
        {**PATTERN, "window": "90"},
        {**PATTERN, "starts_on": EVIL, "capacity_0": HUGE, "stay": "-1", "every": "0"},
    ],
    "schedule.decide": [
        {},
        {**DAY, "day_on": "2031-01-01"},
        {**DAY, "day_closes": "07:00"},
        {**DAY, "day_on": EVIL, "rule": EVIL, "day_capacity": HUGE},
    ],
    "slots.update": [{}, {"capacity": "ten"}, {"capacity": "0"}, {"capacity": EVIL},
                     {"capacity": HUGE}, {"capacity": "-5"}],
    "slots.keep": [{}, {"places": "two"}, {"places": "-1"}, {"places": "9000"},
                   {"places": EVIL}, {"places": HUGE}],
    "walk_ins.create": [{"adult": "0"}, {"adult": "two"}, {"adult": "999"}, {"adult": EVIL},
                        {"adult": "-1"}],
}  # fmt: skip
# Keys, and choices among keys: nothing is typed, so there is nothing to say beside a field.
PRESSED = {
    "allotments.index", "closures.open_phone", "devices.revoke", "guests.open_phone",
    "harvest.apply", "harvest.picked_out", "harvest_sales.void", "people.remove", "people.renew",
    "people.revoke", "scans.undo", "schedule.forget", "slots.book", "slots.close", "slots.fewer",
    "slots.free", "slots.reopen", "timetable.apply", "walk_ins.cancel", "walk_ins.new",
}  # fmt: skip
# Radios and boxes: what is not among them cannot be shown again.
CHOSEN = {"slot", "reason", "role", "operator", "rule", "holidays", "days_0", "days_1"}
LANGUAGES = {"zh-Hans": "", "zh-Hant": "/zh-hant", "en": "/en"}
_FAULT = re.compile(r'field__error"[^>]*>(?:\s*<span class="icon">.*?</span>)?([^<]+)<', re.DOTALL)


def _posts(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/desk") and "POST" in (rule.methods or ()):
            yield rule


def _name(rule: Rule) -> str:
    return rule.endpoint.removeprefix("desk.")


def _path(rule: Rule, farm: Farm) -> str:
    _domain, path = rule.build({name: farm.ids[name][0] for name in rule.arguments}) or ("", "")
    return path


@pytest.fixture
def farm(session: Session, client: FlaskClient, farms: tuple[Farm, Farm]) -> Farm:
    """An orchard with one of everything and a season, its owner signed in."""
    mine, _other = farms
    today = now().date()
    session.add(
        Schedule(
            experience_id=mine.ids["experience_id"][0],
            starts_on=today.replace(year=2027, month=5, day=1),
            ends_on=today.replace(year=2027, month=6, day=1),
            hours=[{"days": [0], "opens": "08:00", "closes": "12:00", "capacity": 20}],
            breaks=[],
            every=timedelta(hours=1),
            window=timedelta(hours=1),
            holidays=HolidayRule.AS_USUAL,
        )
    )
    session.commit()
    sign_in(client, mine.owner)
    return mine


def test_every_form_is_tried(app: Flask) -> None:
    names = {_name(rule) for rule in _posts(app)}
    assert names - PRESSED == TYPED.keys(), "a new form: say what can be wrong in it"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_wrong_is_said_beside_its_field(
    app: Flask, client: FlaskClient, farm: Farm, language: str
) -> None:
    found = [
        f"{_name(rule)} {str(values)[:80]}: {fault}"
        for rule in _posts(app)
        for values in TYPED.get(_name(rule), ())
        if (fault := _tried(client, rule, farm, values, language))
    ]
    assert not found, "\n".join(found)


def test_keys_answer_anything_without_falling_over(
    app: Flask, client: FlaskClient, farm: Farm
) -> None:
    nonsense = dict.fromkeys(("choice", "capacity", "plan", "phones", "back", "more"), EVIL)
    for rule in _posts(app):
        if _name(rule) in PRESSED:
            answer = client.post(_path(rule, farm), data={**nonsense, "request": HUGE})
            assert answer.status_code in (200, 303, 404, 409, 422), rule
            assert "<script>alert" not in answer.text, rule


def _tried(
    client: FlaskClient, rule: Rule, farm: Farm, values: Values, language: str
) -> str | None:
    """What is wrong with the refusal of a wrong form."""
    sent = {farm.unit if name == "adult" else name: each for name, each in values.items()}
    if sent.get("slot") == "own":
        sent["slot"] = farm.ids["slot_id"][0]
    answer = client.post(LANGUAGES[language] + _path(rule, farm), data=sent)
    if answer.status_code != 422:
        return f"answered {answer.status_code}"
    if "<script>alert" in answer.text:
        return "gave a script back"
    lost = [name for name, each in sent.items() if not _is_kept(answer, name, str(each))]
    return f"lost {lost}" if lost else _words_fault(answer, language)


def _is_kept(answer: TestResponse, name: str, typed: str) -> bool:
    shown = str(escape(typed)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    return name in CHOSEN or f'"{shown}"' in answer.text or f">{shown}</textarea>" in answer.text


def _words_fault(answer: TestResponse, language: str) -> str | None:
    faults = [words.strip() for words in _FAULT.findall(answer.text)]
    if not faults:
        return "said nothing beside a field"
    if f'<html lang="{language}">' not in answer.text:
        return "answered in another language"
    is_chinese = [bool(re.search("[一-鿿]", words)) for words in faults]
    if any(each is (language == "en") for each in is_chinese):
        return f"spoke another language: {faults}"
    return None
