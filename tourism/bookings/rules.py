"""The rules of an experience: how large a party, how many bookings a phone, who does not come, and
in which order those are served who wait.

They are the tourism office's to set, for they say what is fair between strangers.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.operations import Actor, record
from tourism.experiences.errors import ExperienceNotFoundError, RuleInvalidError
from tourism.experiences.models import Experience
from tourism.tickets.operations import LARGEST_PARTY

LONGEST_GRACE = timedelta(hours=12)
MOST_BOOKINGS = 99
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """``grace`` is when the places of who has not come are given on; None: never."""

    largest_party: int
    bookings_per_phone: int
    grace: timedelta | None
    is_strict: bool


def rules_of(experience: Experience) -> Rules:
    return Rules(
        largest_party=experience.largest_party,
        bookings_per_phone=experience.bookings_per_phone,
        grace=experience.no_show_after,
        is_strict=experience.strict_line,
    )


def find_rules(session: Session, slug: str) -> Rules:
    """Raises ExperienceNotFoundError."""
    return rules_of(_get(session, slug))


def set_rules(
    session: Session, *, slug: str, rules: Rules, now: datetime, actor: Actor
) -> Experience:
    """From now on; what is booked stays as it is. The same rules again change nothing.

    Raises ExperienceNotFoundError or RuleInvalidError.
    """
    _check(rules)
    experience = _get(session, slug)
    before = rules_of(experience)
    if before != rules:
        experience.largest_party = rules.largest_party
        experience.bookings_per_phone = rules.bookings_per_phone
        experience.no_show_after = rules.grace
        experience.strict_line = rules.is_strict
        was, facts = _facts(before), _facts(rules)
        changed = [fact for fact in facts if facts[fact] != was[fact]]
        record(
            session,
            actor=actor,
            action="experience.rules",
            subject=("experience", slug),
            at=now,
            before={fact: was[fact] for fact in changed},
            after={fact: facts[fact] for fact in changed},
        )
    session.flush()
    return experience


def _check(rules: Rules) -> None:
    grace = None if rules.grace is None else rules.grace // _MINUTE
    limits = (
        ("largest_party", rules.largest_party, LARGEST_PARTY),
        ("bookings_per_phone", rules.bookings_per_phone, MOST_BOOKINGS),
        ("grace", grace, LONGEST_GRACE // _MINUTE),
    )
    for rule, value, most in limits:
        if value is not None and not 1 <= value <= most:
            raise RuleInvalidError(rule=rule, least=1, most=most)


def _facts(rules: Rules) -> dict[str, object]:
    """As the audit keeps them."""
    grace = None if rules.grace is None else rules.grace // _MINUTE
    return asdict(rules) | {"grace": grace}


def _get(session: Session, slug: str) -> Experience:
    found = session.scalar(sa.select(Experience).where(Experience.slug == slug))
    if found is None:
        raise ExperienceNotFoundError(slug=slug)
    return found
