"""Sample slots: the same windows every day, for the days that lie within reach."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.experiences.models import Experience, Slot


def open_slots(
    session: Session, content: Mapping[str, Any], zone: ZoneInfo, today: date, last: date
) -> int:
    """Open the days after the last one that has slots, so that what an owner changed stays."""
    entries = {entry["id"]: entry for entry in content["experiences"]}
    slots = [
        Slot(
            experience_id=experience.id,
            starts_at=start,
            ends_at=start + _length(content, entries[experience.slug]),
            capacity=entries[experience.slug]["capacity"],
            scheduled=True,
            sample=True,
        )
        for experience, latest in _experiences(session)
        if experience.slug in entries
        for start in _starts(
            _windows(content, entries[experience.slug]), _first(latest, zone, today), last, zone
        )
    ]
    session.add_all(slots)
    return len(slots)


def _windows(content: Mapping[str, Any], entry: Mapping[str, Any]) -> Sequence[str]:
    """When its slots begin: an all-day experience has one a day."""
    return [entry["opens"]] if "opens" in entry else content["windows"]


def _length(content: Mapping[str, Any], entry: Mapping[str, Any]) -> timedelta:
    if "opens" not in entry:
        return timedelta(minutes=content["window_minutes"])
    opens, closes = (time.fromisoformat(entry[key]) for key in ("opens", "closes"))
    return timedelta(hours=closes.hour - opens.hour, minutes=closes.minute - opens.minute)


def _experiences(session: Session) -> Sequence[tuple[Experience, datetime | None]]:
    """Sample experiences with the start of their last slot."""
    latest = (
        sa.select(sa.func.max(Slot.starts_at))
        .where(Slot.experience_id == Experience.id)
        .scalar_subquery()
    )
    query = sa.select(Experience, latest).where(Experience.sample).order_by(Experience.id)
    return [(experience, start) for experience, start in session.execute(query)]


def _first(latest: datetime | None, zone: ZoneInfo, today: date) -> date:
    if latest is None:
        return today
    return max(today, latest.astimezone(zone).date() + timedelta(days=1))


def _starts(windows: Sequence[str], first: date, last: date, zone: ZoneInfo) -> Iterator[datetime]:
    for offset in range((last - first).days + 1):
        for window in windows:
            local = datetime.combine(
                first + timedelta(days=offset), time.fromisoformat(window), zone
            )
            yield local.astimezone(UTC)
