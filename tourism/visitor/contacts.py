"""What a visitor types about themselves: to confirm a booking, and to find it again."""

from collections.abc import Mapping, MutableMapping
from typing import Any

from flask import session
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms.validators import StopValidation

from tourism.bookings.models import Booking
from tourism.core import base32
from tourism.core.phones import PhoneError, parse_phone
from tourism.web.forms import (
    Form,
    LineField,
    PhoneField,
    TextField,
    at_most,
    clean,
    one_line,
    required,
)

Session = MutableMapping[str, Any]
_REFERENCE_LETTERS = 8
_NAME_LETTERS = 80
_NOTE_LETTERS = 300
_KEPT = "contact"
_OPENED = "bookings"
_MOST_OPENED = 20


class ContactForm(Form):
    """Who comes and how to reach them."""

    name = LineField(
        _l("Name"),
        [required(_l("How may we call you? A family name is enough.")), at_most(_NAME_LETTERS)],
    )
    phone = PhoneField(_l("Mobile number"))
    note = TextField(_l("Anything we should know"), [at_most(_NOTE_LETTERS)])


def plain_contact(typed: Mapping[str, str], country: str) -> dict[str, str] | None:
    """What `ContactForm` takes from that, without making a form; None if it has to object."""
    name, note = one_line(typed.get("name")), clean(typed.get("note"))
    if not name or len(name) > _NAME_LETTERS or len(note) > _NOTE_LETTERS:
        return None
    try:
        phone = parse_phone(one_line(typed.get("phone")), country)
    except PhoneError:
        return None
    return {"name": name, "phone": phone, "note": note}


class FindForm(Form):
    """A booking's number and the phone that made it."""

    reference = LineField(_l("Booking number"))
    phone = PhoneField(_l("Mobile number"))

    def validate_reference(self, field: Any) -> None:
        meant = base32.as_typed(field.data or "")
        if len(meant) != _REFERENCE_LETTERS or not set(meant) <= set(base32.ALPHABET):
            raise StopValidation(_("A booking number has 8 letters and digits: 7K4M-2Q9D."))
        field.data = meant


def contact_form(booking: Booking | None = None) -> ContactForm:
    """An empty form, or what this browser typed before, what the party said when it began to wait,
    or what an account knows."""
    known = session.get(_KEPT) or _of_waiting(booking) or _of_account()
    return ContactForm(formdata=None, data=known)


def keep_contact(form: ContactForm) -> None:
    """Nothing typed is lost when a hold is: the next form starts with it."""
    session[_KEPT] = {name: form[name].data for name in ("name", "phone", "note")}


def forget_contact(mine: Session = session) -> None:
    mine.pop(_KEPT, None)


def open_booking(reference: str, mine: Session = session) -> None:
    """Let the browser whose session that is see the booking without its private link."""
    before = [each for each in mine.get(_OPENED, []) if each != reference]
    mine[_OPENED] = [*before, reference][-_MOST_OPENED:]


def opened_bookings() -> list[str]:
    """References of bookings that this browser may see, the oldest first."""
    opened: list[str] = session.get(_OPENED, [])
    return opened


def _of_waiting(booking: Booking | None) -> dict[str, str | None]:
    return {"name": booking.name, "phone": booking.phone} if booking and booking.name else {}


def _of_account() -> dict[str, str | None]:
    if not current_user.is_authenticated:
        return {}
    return {"name": current_user.name, "phone": current_user.phone}
