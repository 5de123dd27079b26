"""Forms: request values to typed values, or errors beside the fields, in the page's language."""

import unicodedata
from collections.abc import Callable
from typing import Any

from flask import g
from flask_babel import get_domain, lazy_gettext, ngettext
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import StopValidation

from tourism.core.phones import PhoneError, PhoneFault, parse_phone

# What WTForms itself may say; named here so that our catalogues have it.
BUILT_IN = (
    lazy_gettext("This field is required."),
    lazy_gettext("Invalid input."),
    lazy_gettext("Not a valid choice."),
    lazy_gettext("Not a valid integer value."),
    lazy_gettext("Not a valid date value."),
    lazy_gettext("Not a valid time value."),
)

Rule = Callable[[Any, Any], None]


class _OurCatalogues:
    """WTForms' own messages, looked up where all others are."""

    def gettext(self, string: str) -> str:
        found: str = get_domain().get_translations().gettext(string)
        return found

    def ngettext(self, singular: str, plural: str, num: int) -> str:
        found: str = get_domain().get_translations().ngettext(singular, plural, num)
        return found


class Form(FlaskForm):  # type: ignore[misc]
    """The base of every form, guarded against forgery and speaking the page's language."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, form: Any) -> Any:
            return _OurCatalogues()

    @property
    def faults(self) -> dict[str, str]:
        """The first error of each field, by the field's id."""
        fields = (field for field in self if field.errors)
        return {field.id: field.errors[0] for field in fields}

    @property
    def status(self) -> int:
        """200 for a form to be filled in, 422 for one that was refused."""
        return 422 if self.is_submitted() else 200

    def refuse(self, name: str, message: str) -> None:
        """Put a refusal of the domain beside the field it is about."""
        self[name].errors = [*self[name].errors, message]


def clean(text: str | None) -> str:
    """What was typed, without space around it and without characters that cannot be seen or kept.

    PostgreSQL refuses NUL; other control characters could only disturb who reads the text.
    """
    lines = (text or "").replace("\r\n", "\n")
    return "".join(
        each for each in lines if each == "\n" or unicodedata.category(each) != "Cc"
    ).strip()


def one_line(text: str | None) -> str:
    """The same, as one line."""
    return " ".join(clean(text).split())


class LineField(StringField):
    """One line of text, cleaned."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = one_line(valuelist[0]) if valuelist else ""


class TextField(TextAreaField):
    """Some lines of text, cleaned."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = clean(valuelist[0]) if valuelist else ""


class PhoneField(LineField):
    """A phone number. ``data`` stays as typed, ``number`` is its E.164 form once it is valid."""

    number = ""

    def pre_validate(self, form: Any) -> None:
        if not self.data:
            raise StopValidation(_("Enter a phone number."))
        try:
            self.number = parse_phone(self.data, g.destination.country)
        except PhoneError as error:
            raise StopValidation(_phone_words(error, g.destination.country)) from error


def required(message: str) -> Rule:
    """A rule: something must be there. The message says what, and is a lazy one."""

    def check(_form: Any, field: Any) -> None:
        if not field.data:
            raise StopValidation(str(message))

    return check


def whole(least: int, most: int) -> Rule:
    """A rule: nothing, or a whole number in that range."""

    def check(_form: Any, field: Any) -> None:
        text = field.data or ""
        fits = text.isascii() and text.isdecimal() and least <= int(text[:9]) <= most
        if text and not fits:
            words = _("Enter a whole number from %(least)s to %(most)s.", least=least, most=most)
            raise StopValidation(words)

    return check


def one_of(*values: str) -> Rule:
    """A rule: one of these, as a page offers them."""

    def check(_form: Any, field: Any) -> None:
        if field.data not in values:
            raise StopValidation(_("Not a valid choice."))

    return check


def at_most(letters: int) -> Rule:
    """A rule: no longer than that; says how much too long."""

    def check(_form: Any, field: Any) -> None:
        over = len(field.data or "") - letters
        if over > 0:
            raise StopValidation(
                ngettext(
                    "At most %(most)s characters, this is %(num)s too long.",
                    "At most %(most)s characters, this is %(num)s too long.",
                    over,
                    most=letters,
                )
            )

    return check


def _phone_words(error: PhoneError, country: str) -> str:
    numbers = {"expected": error.expected, "digits": error.digits}
    words: str
    match error.fault:
        case PhoneFault.LETTERS:
            words = _("Only digits here, with + before the code of a country or region.")
        case PhoneFault.LENGTH if country == "CN":
            words = _(
                "Mainland mobile numbers have %(expected)s digits, this one has %(digits)s. "
                "For another number start with +, for example +852.",
                **numbers,
            )
        case PhoneFault.LENGTH:
            words = _(
                "Mobile numbers here have %(expected)s digits, this one has %(digits)s. "
                "For a number from abroad start with + and the country code.",
                **numbers,
            )
        case PhoneFault.UNKNOWN:
            words = _("There is no such phone number. Please check it digit by digit.")
    return words
