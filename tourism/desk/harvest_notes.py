"""What visitors read of the fruit, and what is weighed at the exit: forms and their day."""

import secrets
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tourism.core.languages import LANGUAGES, Texts
from tourism.core.money import Money
from tourism.experiences.harvests import OnScales, Sold, weighings_of
from tourism.experiences.models import Experience, Weighing
from tourism.web.db import db_session
from tourism.web.forms import LineField, at_most
from tourism.web.typed_forms import TypedForm

_LONGEST = 80
_FIELDS = {tag: f"words_{tag.replace('-', '_').lower()}" for tag in LANGUAGES}
_NOTHING = Sold(0, 0, 0)


class RipenessForm(TypedForm):
    """A few words in each language; at least in one."""

    words_zh_hans = LineField(_l("In simplified Chinese"), [at_most(_LONGEST)])
    words_zh_hant = LineField(_l("In traditional Chinese"), [at_most(_LONGEST)])
    words_en = LineField(_l("In English"), [at_most(_LONGEST)])

    @classmethod
    def of(cls, experience: Experience) -> "RipenessForm":
        said = experience.ripeness or {}
        return cls(None, data={name: said.get(tag, "") for tag, name in _FIELDS.items()})

    def read(self) -> Texts | None:
        """The words, or None when there are none: then the note is taken away."""
        words = {tag: self[name].data for tag, name in _FIELDS.items() if self[name].data}
        missing = [name for name in _FIELDS.values() if not self[name].data]
        if words and missing:
            self.refuse(missing[0], _("Say it in all three languages, or in none."))
        return words or None


class SaleForm(TypedForm):
    """What stood on the scales, the basket, and what was paid."""

    key = LineField("")
    gross = LineField(_l("On the scales (kg)"))
    tare = LineField(_l("Basket (kg)"))
    paid = LineField(_l("Paid (optional)"))

    @classmethod
    def empty(cls, tare: str = "") -> "SaleForm":
        """A new form, with a key of its own: sent twice, the sale is noted once."""
        return cls(None, data={"key": secrets.token_urlsafe(16), "tare": tare})

    def read(self) -> OnScales | None:
        gross = self.grams("gross", 1, 1000)
        tare = 0 if self.is_empty("tare") else self.grams("tare", 0, 1000)
        paid = self.price("paid")
        if gross is not None and tare is not None and tare >= gross:
            self.refuse("tare", _("The basket is as heavy as all of it."))
        if self.errors or gross is None or tare is None:
            return None
        price = None if paid is None else Money(paid, g.destination.currency)
        return OnScales((self.key.data or secrets.token_urlsafe(16))[:36], gross, tare, price)


def sales_today(experience_id: int, day: date) -> tuple[Sequence[Weighing], Sold]:
    sales = weighings_of(db_session(), experience_id, day)
    count = [each for each in sales if not each.is_void]
    amount = sum(each.price_amount or 0 for each in count)
    return sales, Sold(len(count), sum(each.net_g for each in count), amount)


def kilograms(grams: int) -> str:
    """12.35 of 12350 grams."""
    return f"{Decimal(grams) / 1000:.2f}"
