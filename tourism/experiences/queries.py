"""Reading experiences and their slots."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from tourism.experiences.errors import ExperienceNotFoundError, SlotNotFoundError
from tourism.experiences.models import Experience, Slot

_WHOLE_EXPERIENCE = (
    joinedload(Experience.operator),
    joinedload(Experience.place),
    joinedload(Experience.festival),
    selectinload(Experience.units),
)


def get_experience(session: Session, slug: str) -> Experience:
    """A published experience with operator, place, festival and units."""
    query = sa.select(Experience).where(Experience.slug == slug, Experience.is_published)
    found = session.scalar(query.options(*_WHOLE_EXPERIENCE))
    if found is None:
        raise ExperienceNotFoundError(slug=slug)
    return found


def get_slot(session: Session, slot_id: int) -> Slot:
    """A slot of a published experience, with all of `get_experience`."""
    whole = joinedload(Slot.experience).options(*_WHOLE_EXPERIENCE)
    query = sa.select(Slot).join(Slot.experience).where(Slot.id == slot_id, Experience.is_published)
    found = session.scalar(query.options(whole))
    if found is None:
        raise SlotNotFoundError(slot_id=slot_id)
    return found
