"""Forms whose lines are days, times, numbers, amounts, or one text in three languages."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from tourism.core.languages import DEFAULT_LANGUAGE, EN, LANGUAGES, ZH_HANS, ZH_HANT, Texts
from tourism.web.forms import Form, LineField, Rule, at_most

_FormClass = TypeVar("_FormClass", bound=type[Form])
_IN: dict[str, Callable[[Any], Any]] = {
    ZH_HANS: lambda what: _l("%(what)s in simplified Chinese", what=what),
    ZH_HANT: lambda what: _l("%(what)s in traditional Chinese", what=what),
    EN: lambda what: _l("%(what)s in English", what=what),
}
_LARGEST_PRICE = Decimal(100_000)


def _decimal(text: str) -> Decimal:
    """The number, or less than nothing where it is none."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return Decimal(-1)
    return found if found.is_finite() else Decimal(-1)


class TypedForm(Form):
    """Reads its lines as days, times and numbers; what cannot be read is refused beside it."""

    def day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(self[name].data or "")
        except ValueError:
            self.refuse(name, _("Choose a date."))
        return None

    def clock(self, name: str) -> time | None:
        try:
            return datetime.strptime(self[name].data or "", "%H:%M").time()  # noqa: DTZ007
        except ValueError:
            self.refuse(name, _("Enter a time like 08:30."))
        return None

    def number(self, name: str, least: int, most: int) -> int | None:
        text = self[name].data or ""
        if text.isascii() and text.isdecimal() and least <= int(text[:9]) <= most:
            return int(text[:9])
        words = _("Enter a whole number from %(least)s to %(most)s.", least=least, most=most)
        self.refuse(name, words)
        return None

    def span(self, first: str, last: str) -> tuple[time, time] | None:
        """Two times in order."""
        starts, ends = self.clock(first), self.clock(last)
        if starts is None or ends is None:
            return None
        if ends <= starts:
            self.refuse(last, _("This must be later than %(time)s.", time=f"{starts:%H:%M}"))
            return None
        return starts, ends

    def price(self, name: str) -> int | None:
        """An amount in minor units; empty is none."""
        text = (self[name].data or "").replace(",", ".").replace("¥", "")
        if not text:
            return None
        price = _decimal(text)
        if not 0 <= price <= _LARGEST_PRICE or price != round(price, 2):
            self.refuse(name, _("Enter an amount like 30 or 30.50, or leave it empty."))
            return None
        return int(price * 100)

    def grams(self, name: str, least: int, most_kg: int) -> int | None:
        """A weight typed in kilograms."""
        kilograms = _decimal((self[name].data or "").replace(",", "."))
        grams = int(kilograms * 1000) if 0 <= kilograms <= most_kg else -1
        if grams >= least:
            return grams
        words = _("Enter kilograms like 12.5, at most %(most)s.", most=most_kg)
        self.refuse(name, words)
        return None

    def is_empty(self, *names: str) -> bool:
        return not any(self[name].data for name in names)

    def texts(self, name: str) -> Texts:
        """What the fields of `in_three` were given, by language; empty ones are absent."""
        texts = {tag: self[f"{name}_{tag}"].data or "" for tag in LANGUAGES}
        return {tag: text for tag, text in texts.items() if text}


def three_languages(
    name: str,
    label: Any,
    *,
    most: int,
    first: Rule | None = None,
    kind: type[StringField] = LineField,
) -> Callable[[_FormClass], _FormClass]:
    """Give a form a field in each language, ``name_zh-Hans`` and so on. Only the site's first
    language may be asked for (``first``): where another is empty, visitors read that one."""

    def give(form: _FormClass) -> _FormClass:
        for tag, words in _IN.items():
            asked = [first] if first and tag == DEFAULT_LANGUAGE else []
            field = kind(words(label), [*asked, at_most(most)])
            setattr(form, f"{name}_{tag}", field)
        return form

    return give


def in_three(texts: Texts, name: str) -> dict[str, str]:
    """Texts as the fields of a form have them."""
    return {f"{name}_{tag}": texts.get(tag, "") for tag in LANGUAGES}
