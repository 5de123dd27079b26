"""Who comes, from OCTO's words to ours: unit items, contacts and their notes."""

from collections.abc import Sequence
from uuid import uuid4

from flask import g
from flask_babel import gettext as _

from tourism.bookings.sales import Guest, Note
from tourism.channel.errors import bad_request, no_unit
from tourism.channel.schemas.bookings import Confirm, ContactAsked, Reserve, UnitItemAsked, Update
from tourism.core.phones import PhoneError, parse_phone
from tourism.experiences.models import Experience

_LONGEST_NAME = 80


def note_of(asked: Reserve | Confirm | Update, experience: Experience) -> Note:
    """What the channel says about its booking. Raises OctoError."""
    contact = asked.contact or ContactAsked()
    notes = None if isinstance(asked, Confirm) else asked.notes
    return Note(
        reseller_reference=asked.reseller_reference,
        contact=None if asked.contact is None else contact.model_dump(),
        name=_name(contact),
        phone=_phone(contact),
        text=contact.notes if notes is None else notes,
        guests=None if asked.unit_items is None else _guests(asked.unit_items, experience),
    )


def _guests(items: Sequence[UnitItemAsked], experience: Experience) -> list[Guest]:
    ids = {unit.code: unit.id for unit in experience.units}
    for item in items:
        if item.unit_id not in ids:
            raise no_unit(item.unit_id)
    guests = [
        Guest(
            uuid=(item.uuid or str(uuid4())).lower(),
            unit_id=ids[item.unit_id],
            reseller_reference=item.reseller_reference,
            contact={} if item.contact is None else item.contact.model_dump(),
        )
        for item in items
    ]
    if len({guest.uuid for guest in guests}) < len(guests):
        raise bad_request(_("Two unit items have one uuid."))
    return guests


def _name(contact: ContactAsked) -> str | None:
    parts = (contact.first_name, contact.last_name)
    joined = " ".join(part for part in parts if part)
    return (contact.full_name or joined).strip()[:_LONGEST_NAME] or None


def _phone(contact: ContactAsked) -> str | None:
    """The number if it is one: an agency's booking is not refused for its phone number."""
    try:
        return parse_phone(contact.phone_number or "", g.destination.country)
    except PhoneError:
        return None
