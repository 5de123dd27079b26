"""What experiences and their slots refuse."""

from tourism.core.errors import ConflictError, NotFoundError


class ExperienceNotFoundError(NotFoundError):
    code = "experience_not_found"


class SlotNotFoundError(NotFoundError):
    code = "slot_not_found"


class SlotFullError(ConflictError):
    code = "slot_full"


class SlotClosedError(ConflictError):
    code = "slot_closed"
