"""What the pages of a booking show: the party's form, and the booking in each of its states."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from tourism.bookings.models import Booking, BookingStatus
from tourism.core.clock import now
from tourism.experiences.availability import Availability, availability, last_day
from tourism.experiences.models import Slot
from tourism.experiences.queries import midnight, open_slots
from tourism.visitor.contacts import ContactForm
from tourism.web.db import db_session
from tourism.web.filters import local, zone
from tourism.web.parties import PartyForm, addressed
from tourism.web.room import show_room

_OTHER_SLOTS = 6
_BOOKED = (Availability.OPEN, Availability.FEW, Availability.FULL)


@dataclass(frozen=True, slots=True)
class PartyPage:
    """Who comes to a slot; where else there is room, when there is not enough here."""

    slot: Slot
    availability: Availability
    form: PartyForm
    request_key: str  # the same in every sending of this page
    others: Sequence[Slot]
    hold: timedelta
    was_refused: bool

    @property
    def day(self) -> str:
        """The slot's day, as the experience's page is asked for it."""
        return local(self.slot.starts_at).date().isoformat()

    @property
    def has_room(self) -> bool:
        return self.availability.is_bookable and self.slot.places_left >= self.form.size

    @property
    def party(self) -> dict[str, int]:
        """The party as the query of another slot's address."""
        return addressed((row.unit.id, row.number) for row in self.form.rows if row.number)


@dataclass(frozen=True, slots=True)
class BookingPage:
    """A booking, in whatever state it is."""

    booking: Booking
    form: ContactForm
    now: datetime

    @property
    def slot(self) -> Slot:
        return self.booking.slot

    @property
    def party(self) -> dict[str, int]:
        """The party as the query of another slot's address."""
        return addressed((each.unit_id, each.quantity) for each in self.booking.units)

    @property
    def minutes_left(self) -> int:
        """Of a hold: begun minutes, so that it never says 0 while there is time."""
        until = self.booking.hold_expires_at
        return max(0, ceil((until - self.now) / timedelta(minutes=1))) if until else 0

    @property
    def can_confirm(self) -> bool:
        """Whether a hold that is over would still get its places, also below what lies above:
        while it is overdue they are still counted as its own."""
        if availability(self.slot, self.now) not in _BOOKED:
            return False
        show_room([self.slot])
        is_counted = self.booking.status is BookingStatus.HELD
        return is_counted or self.slot.places_left >= self.booking.party_size

    @property
    def is_in(self) -> bool:
        """Whether any of the party is or was at the place."""
        return any(ticket.admitted for ticket in self.booking.tickets)

    @property
    def can_cancel(self) -> bool:
        return not self.is_in and self.now <= self.booking.free_cancel_until

    @property
    def can_change(self) -> bool:
        """Whether the party may move or come with fewer; a channel's booking is the channel's."""
        confirmed = self.booking.status is BookingStatus.CONFIRMED
        return confirmed and self.can_cancel and self.booking.channel_id is None

    @property
    def others(self) -> list[Slot]:
        """Where else this party finds room."""
        return other_slots(self.slot, self.booking.party_size, self.now)


def party_page(
    slot: Slot, form: PartyForm, request_key: str, hold: timedelta, was_refused: bool
) -> PartyPage:
    current = now()
    show_room([slot])
    state = availability(slot, current)
    return PartyPage(
        slot=slot,
        availability=state,
        form=form,
        request_key=request_key,
        others=other_slots(slot, form.size, current),
        hold=hold,
        was_refused=was_refused,
    )


def other_slots(slot: Slot, size: int, current: datetime, most: int = _OTHER_SLOTS) -> list[Slot]:
    """The slots nearest in time with room for so many, in order; none of what was withdrawn."""
    if not slot.experience.is_published:
        return []
    end = last_day(slot.experience, local(current).date()) + timedelta(days=1)
    found = open_slots(db_session(), slot.experience_id, current, midnight(end, zone()))
    show_room(found)
    fit = [each for each in found if each.id != slot.id and _fits(each, size, current)]
    nearest = sorted(fit, key=lambda each: abs(each.starts_at - slot.starts_at))[:most]
    return sorted(nearest, key=lambda each: each.starts_at)


def _fits(slot: Slot, size: int, current: datetime) -> bool:
    return slot.places_left >= max(size, 1) and availability(slot, current).is_bookable
