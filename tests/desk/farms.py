"""Two orchards with one of everything that has an id."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user
from tests.factories.admissions import let_in_twice
from tests.factories.bookings import make_booking, party_of
from tests.factories.destination import in_all, make_destination
from tests.factories.experiences import make_experience, make_slot
from tourism.accounts.models import Role, User
from tourism.admissions.models import Admission, GateDevice, Outcome
from tourism.audit.operations import VISITOR
from tourism.bookings.closures import close_slots
from tourism.bookings.models import Booking, ClosureReason
from tourism.bookings.walk_ins import WalkIn, sell_walk_in
from tourism.core.clock import now
from tourism.experiences.invitations import invite_member
from tourism.experiences.models import Experience, Membership, Weighing

HOUR = timedelta(hours=1)
DAY = date(2027, 5, 30)
SECRET = "藏着"  # in every name that is nobody else's to see


@dataclass(frozen=True, slots=True)
class Farm:
    """An orchard with one of everything that has an id, by the name that routes call it."""

    owner: User
    steward: User
    ids: Mapping[str, tuple[object, ...]]
    unit: str


def make_farm(session: Session, slug: str, name: str) -> Farm:
    at = now()
    experience = make_experience(session, slug, name=in_all(name))
    experience.operator.name = in_all(name)
    slot = make_slot(session, experience, at - timedelta(minutes=10), capacity=30)
    closed = make_slot(session, experience, at + 5 * HOUR)
    people = [
        make_user(session, role, name=name, email=f"{slug}-{role}@example.org")
        for role in (Role.OWNER, Role.STEWARD)
    ]
    session.add_all(
        Membership(operator_id=experience.operator_id, user_id=each.id) for each in people
    )
    booked, asked = make_booking(session, slot, at), make_booking(session, closed, at)
    booked.name = asked.name = booked.note = name
    walk_in = _walk_in(session, slot.id, party_of(slot), slug)
    closure = close_slots(
        session, slot_ids=[closed.id], reason=ClosureReason.RAIN, now=at, actor=VISITOR
    )
    invited = invite_member(
        session,
        operator=experience.operator,
        role=Role.OWNER,
        name=name,
        by=people[0],
        now=at,
    )
    ids = {
        "slot_id": (slot.id, closed.id),
        "experience_id": (experience.id,),
        "operator_id": (experience.operator_id,),
        "user_id": tuple(each.id for each in people),
        "reference": (booked.reference, asked.reference, walk_in.reference),
        "closure_id": (closure.id,),
        "invitation_id": (invited.invitation.id,),
        "weighing_id": (_weighing(session, experience, slug),),
        "day": (DAY,),
    }
    return Farm(people[0], people[1], ids, f"unit_{experience.units[0].id}")


def _walk_in(session: Session, slot_id: int, party: dict[int, int], key: str) -> Booking:
    walk_in = WalkIn(party=party, language="zh-Hans", idempotency_key=key)
    return sell_walk_in(
        session, slot_id=slot_id, walk_in=walk_in, key_id=1, now=now(), actor=VISITOR
    )


def _weighing(session: Session, experience: Experience, key: str) -> int:
    today = now().date()
    weighing = Weighing(
        key=key, experience_id=experience.id, day=today, gross_g=3000, tare_g=200, weighed_at=now()
    )
    session.add(weighing)
    session.flush()
    return weighing.id


def make_farms(session: Session) -> tuple[Farm, Farm]:
    """The orchard that is tried, and one whose owner tries it. Gates are the first one's alone."""
    make_destination(session)
    tried, other = make_farm(session, "tried", SECRET), make_farm(session, "other", "自家")
    slot = session.get_one(Experience, tried.ids["experience_id"][0])
    _scans(session, slot)
    gates = {
        "device_id": tuple(session.scalars(sa.select(GateDevice.id))),
        "conflict_id": tuple(
            session.scalars(
                sa.select(Admission.id).where(Admission.outcome == Outcome.CONFLICT_USED)
            )
        ),
        "scan_id": tuple(session.scalars(sa.select(Admission.id))),
    }
    session.commit()
    return Farm(tried.owner, tried.steward, {**tried.ids, **gates}, tried.unit), other


def _scans(session: Session, experience: Experience) -> None:
    let_in_twice(session, make_slot(session, experience, now() - HOUR), now() - HOUR)
