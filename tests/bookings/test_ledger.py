"""Any sequence of operations leaves counters that agree with the bookings.

TOURISM_TEST_EXAMPLES makes it long (`make endurance`).
"""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from tests.factories.admissions import enrolled, make_gate
from tests.factories.bookings import HOLD, confirm, make_bookable_slot, make_hold
from tests.factories.experiences import make_ceiling, make_slot
from tourism.audit.models import AuditEntry
from tourism.audit.operations import VISITOR
from tourism.bookings.allotments import give_allotment, spend_allotment
from tourism.bookings.capacity import Choice, lower_below_taken, raise_or_lower
from tourism.bookings.changes import move_booking, shrink_booking
from tourism.bookings.closures import close_slots
from tourism.bookings.errors import PartyError
from tourism.bookings.models import (
    COUNTED,
    Allotment,
    Booking,
    BookingStatus,
    BookingUnit,
    Closure,
    ClosureReason,
    ClosureSlot,
    Offer,
    WaitingParty,
)
from tourism.bookings.no_shows import make_room, release_no_shows
from tourism.bookings.offers import accept_offer, choose_other, decline_offer, find_open_offer
from tourism.bookings.operations import cancel_booking, expire_holds, extend_hold, release_hold
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.bookings.reopening import reopen_slot
from tourism.bookings.settling import settle
from tourism.bookings.waiting import join_waiting, serve_waiting, slots_to_serve
from tourism.bookings.walk_ins import WalkIn, hold_back, sell_walk_in
from tourism.core.errors import ConflictError
from tourism.experiences.ceilings import change_ceiling
from tourism.experiences.models import Ceiling, CeilingCount, Slot, SlotState
from tourism.experiences.queries import get_slot
from tourism.tickets.models import Ticket, TicketStatus

EXAMPLES = int(os.environ.get("TOURISM_TEST_EXAMPLES", "12"))
pytestmark = pytest.mark.flaky(reruns=0)  # once in a hundred times is what these look for

START = datetime(2027, 5, 30, 1, 0, tzinfo=UTC)
TABLES = (
    CeilingCount,
    Allotment,
    Offer,
    ClosureSlot,
    Closure,
    WaitingParty,
    Ticket,
    BookingUnit,
    Booking,
    AuditEntry,
)
numbers = st.integers(0, 50)


class Ledger(RuleBasedStateMachine):
    """Two slots, few places, bookings in every state; time only moves forward."""

    session: Session

    slot_ids: list[int]

    device_id: int

    ceiling_id: int

    @initialize()
    def begin(self) -> None:
        """Emptying whole databases would take most of the time."""
        self.session.rollback()
        for table in TABLES:
            self.session.execute(sa.delete(table))
        self.session.execute(
            sa.update(Slot).values(
                taken=0, held_back=0, capacity=5, wanted_capacity=None, state=SlotState.OPEN
            )
        )
        self.session.commit()
        self.session.expire_all()
        self.now = START
        self.references: list[str] = []

    def attempt(self, act: Callable[[], Any]) -> Any:
        """One transaction; a refusal must leave nothing behind."""
        with suppress(ConflictError, PartyError):
            done = act()
            self.session.commit()
            return done
        self.session.rollback()
        return None

    def slot(self, number: int) -> Slot:
        self.session.expire_all()
        return get_slot(self.session, self.slot_ids[number % len(self.slot_ids)])

    def booking(self, number: int) -> Booking | None:
        self.session.expire_all()
        if not self.references:
            return None
        return get_booking(self.session, self.references[number % len(self.references)])

    @rule(which=numbers, adults=st.integers(1, 4), key=st.sampled_from([None, "a", "b"]))
    def hold(self, which: int, adults: int, key: str | None) -> None:
        slot = self.slot(which)
        made = self.attempt(
            lambda: make_hold(self.session, slot, self.now, adults, idempotency_key=key)
        )
        if made is not None and made.reference not in self.references:
            self.references.append(made.reference)

    @rule(which=numbers)
    def confirm(self, which: int) -> None:
        if booking := self.booking(which):
            self.attempt(lambda: confirm(self.session, booking, self.now))

    @rule(which=numbers)
    def extend(self, which: int) -> None:
        if booking := self.booking(which):
            acts = {"now": self.now, "hold": HOLD, "actor": VISITOR}
            self.attempt(lambda: extend_hold(self.session, booking=booking, **acts))  # type: ignore[arg-type]

    @rule(which=numbers)
    def cancel(self, which: int) -> None:
        if booking := self.booking(which):
            acts = {"now": self.now, "actor": VISITOR}
            self.attempt(lambda: cancel_booking(self.session, booking=booking, **acts))  # type: ignore[arg-type]

    @rule(which=numbers)
    def release(self, which: int) -> None:
        if booking := self.booking(which):
            acts = {"now": self.now, "actor": VISITOR}
            self.attempt(lambda: release_hold(self.session, booking=booking, **acts))  # type: ignore[arg-type]

    @rule()
    def sweep(self) -> None:
        self.attempt(lambda: expire_holds(self.session, now=self.now))

    @rule(minutes=st.integers(1, 20))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(which=numbers, state=st.sampled_from([SlotState.OPEN, SlotState.CLOSED]))
    def change_state(self, which: int, state: SlotState) -> None:
        self.slot(which).state = state
        self.session.commit()

    @rule(which=numbers, where=numbers)
    def move(self, which: int, where: int) -> None:
        if booking := self.booking(which):
            slot_id = self.slot_ids[where % len(self.slot_ids)]
            acts = {"slot_id": slot_id, "now": self.now, "actor": VISITOR}
            self.attempt(lambda: move_booking(self.session, booking=booking, **acts))  # type: ignore[arg-type]

    @rule(which=numbers, adults=st.integers(1, 3))
    def shrink(self, which: int, adults: int) -> None:
        if booking := self.booking(which):
            party = {booking.units[0].unit_id: min(adults, booking.party_size)}
            acts = {"party": party, "now": self.now, "actor": VISITOR}
            self.attempt(lambda: shrink_booking(self.session, booking=booking, **acts))  # type: ignore[arg-type]

    @rule(which=numbers)
    def close(self, which: int) -> None:
        ids = [self.slot(which).id]
        acts = {"reason": ClosureReason.RAIN, "now": self.now, "actor": VISITOR}
        within = timedelta(minutes=30)
        self.attempt(
            lambda: close_slots(self.session, slot_ids=ids, answer_within=within, **acts)  # type: ignore[arg-type]
        )

    @rule(which=numbers, where=numbers, answer=st.sampled_from(["accept", "choose", "decline"]))
    def answer(self, which: int, where: int, answer: str) -> None:
        booking = self.booking(which)
        if booking is None or find_open_offer(self.session, booking) is None:
            return
        acts = {"booking": booking, "now": self.now, "actor": VISITOR}
        slot_id = self.slot_ids[where % len(self.slot_ids)]
        match answer:
            case "accept":
                self.attempt(lambda: accept_offer(self.session, **acts))  # type: ignore[arg-type]
            case "choose":
                self.attempt(lambda: choose_other(self.session, slot_id=slot_id, **acts))  # type: ignore[arg-type]
            case "decline":
                self.attempt(lambda: decline_offer(self.session, **acts))  # type: ignore[arg-type]

    @rule()
    def settle(self) -> None:
        self.attempt(lambda: settle(self.session, now=self.now))

    @rule(which=numbers, adults=st.integers(1, 4), end=st.integers(100, 999))
    def wait_in_line(self, which: int, adults: int, end: int) -> None:
        slot = self.slot(which)
        if adults > slot.capacity:
            return
        who = {"name": "李明", "phone": f"+8613800000{end}", "language": "en"}
        acts = {"now": self.now, "actor": VISITOR, **who}
        party = {slot.experience.units[0].id: adults}
        self.attempt(lambda: join_waiting(self.session, slot_id=slot.id, party=party, **acts))  # type: ignore[arg-type]

    @rule()
    def serve(self) -> None:
        for slot_id in slots_to_serve(self.session, self.now):
            acts = {"slot_id": slot_id, "now": self.now}
            self.attempt(lambda acts=acts: serve_waiting(self.session, **acts))  # type: ignore[misc]
        held = sa.select(Booking.reference).join(
            WaitingParty, WaitingParty.booking_id == Booking.id
        )
        found = self.session.scalars(held).all()
        self.references += [each for each in found if each not in self.references]

    @rule(which=numbers, capacity=st.integers(1, 6), choice=st.sampled_from(Choice))
    def change_capacity(self, which: int, capacity: int, choice: Choice) -> None:
        slot = self.slot(which)
        acts = {"slot_id": slot.id, "capacity": capacity, "now": self.now, "actor": VISITOR}
        if capacity >= slot.taken:
            self.attempt(lambda: raise_or_lower(self.session, **acts))  # type: ignore[arg-type]
        else:
            self.attempt(lambda: lower_below_taken(self.session, choice=choice, **acts))  # type: ignore[arg-type]

    @rule(which=numbers, places=st.integers(0, 4))
    def hold_back(self, which: int, places: int) -> None:
        acts = {"slot_id": self.slot(which).id, "now": self.now, "actor": VISITOR}
        self.attempt(lambda: hold_back(self.session, places=places, **acts))  # type: ignore[arg-type]

    @rule(which=numbers, adults=st.integers(1, 3), end=st.integers(0, 9), phone=st.booleans())
    def sell_on_the_spot(self, which: int, adults: int, end: int, phone: bool) -> None:
        """By asking, or told later by a phone that had let them in."""
        slot = self.slot(which)
        party = {slot.experience.units[0].id: adults}
        coming = WalkIn(party=party, language="en", idempotency_key=f"walk-in {end}")
        acts = {"slot_id": slot.id, "walk_in": coming, "key_id": 1}
        acts |= {"now": slot.starts_at, "actor": VISITOR}
        if phone:
            acts["device_id"] = self.device_id
        sell = spend_allotment if phone else sell_walk_in
        self.attempt(lambda: sell(self.session, **acts))

    @rule(which=numbers, places=st.integers(0, 3))
    def allot(self, which: int, places: int) -> None:
        acts = {"slot_id": self.slot(which).id, "now": self.now, "actor": VISITOR}
        acts |= {"device_id": self.device_id, "places": places}
        self.attempt(lambda: give_allotment(self.session, **acts))  # type: ignore[arg-type]

    @rule(which=numbers)
    def do_not_come(self, which: int) -> None:
        """The clock of the slot: half of its window has passed."""
        late = self.slot(which).starts_at + timedelta(minutes=30)
        self.attempt(lambda: release_no_shows(self.session, now=late))

    @rule(which=numbers)
    def come_late(self, which: int) -> None:
        if (booking := self.booking(which)) and booking.tickets:
            late, ticket = booking.slot.starts_at + timedelta(minutes=40), booking.tickets[0].id
            self.attempt(lambda: make_room(self.session, ticket, now=late, actor=VISITOR))

    @rule(which=numbers)
    def reopen(self, which: int) -> None:
        acts = {"slot_id": self.slot(which).id, "now": self.now, "actor": VISITOR}
        self.attempt(lambda: reopen_slot(self.session, **acts))  # type: ignore[arg-type]

    @rule(capacity=st.integers(1, 9))
    def limit(self, capacity: int) -> None:
        """The car park above both slots, also below who is booked."""
        ceiling = self.session.get_one(Ceiling, self.ceiling_id)
        acts = {"capacity": capacity, "now": self.now, "actor": VISITOR}
        self.attempt(lambda: change_ceiling(self.session, ceiling=ceiling, **acts))  # type: ignore[arg-type]

    @invariant()
    def who_is_over_sells_nothing(self) -> None:
        """Above what the host wants, the capacity is what is taken."""
        over = sa.select(Slot).where(Slot.wanted_capacity < Slot.taken)
        assert all(slot.capacity == slot.taken for slot in self.session.scalars(over))

    @invariant()
    def counters_agree(self) -> None:
        assert recount(self.session) == []

    @invariant()
    def every_confirmed_booking_has_one_valid_ticket_and_no_other_has(self) -> None:
        valid = (Ticket.booking_id == Booking.id) & (Ticket.status == TicketStatus.VALID)
        rows = self.session.execute(
            sa.select(Booking.status, sa.func.count(Ticket.id))
            .outerjoin(Ticket, valid)
            .group_by(Booking.id)
        )
        assert all(count == (status is BookingStatus.CONFIRMED) for status, count in rows)

    @invariant()
    def no_slot_has_more_than_its_places(self) -> None:
        counted = sa.func.coalesce(sa.func.sum(Booking.party_size), 0)
        mine = (Booking.slot_id == Slot.id) & Booking.status.in_(COUNTED)
        query = sa.select(Slot.capacity, counted).outerjoin(Booking, mine).group_by(Slot.id)
        assert all(booked <= capacity for capacity, booked in self.session.execute(query))


@pytest.mark.timeout(120 + 10 * EXAMPLES)
def test_any_sequence_leaves_a_true_ledger(session: Session) -> None:
    first = make_bookable_slot(session, START, capacity=5)
    second = make_slot(session, first.experience, first.ends_at, capacity=3)
    session.commit()
    first.experience.no_show_after = timedelta(minutes=20)
    Ledger.device_id = enrolled(session, make_gate(session, first.experience), START).id
    Ledger.ceiling_id = make_ceiling(session, 7).id
    Ledger.session, Ledger.slot_ids = session, [first.id, second.id]
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            # A step takes ten times as long there; the rules are the same.
            max_examples=EXAMPLES if session.get_bind().dialect.name == "sqlite" else EXAMPLES // 4,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
