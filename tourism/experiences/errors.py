"""What experiences and their slots refuse."""

from tourism.core.errors import ConflictError, InvalidError, NotFoundError


class ExperienceNotFoundError(NotFoundError):
    code = "experience_not_found"


class OperatorNotFoundError(NotFoundError):
    code = "operator_not_found"


class OperatorInUseError(ConflictError):
    """It has experiences that are not archived."""

    code = "operator_in_use"


class UnitNotFoundError(NotFoundError):
    code = "unit_not_found"


class ExperienceInUseError(ConflictError):
    """People have booked for a time to come, or times have been made already."""

    code = "experience_in_use"


class ExperienceIncompleteError(ConflictError):
    """It cannot be published as it is: archived, or without any kind of visitor to book for."""

    code = "experience_incomplete"


class ScheduleNotFoundError(NotFoundError):
    """The experience has no weekly pattern yet."""

    code = "schedule_not_found"


class WeighingNotFoundError(NotFoundError):
    code = "weighing_not_found"


class SlotNotFoundError(NotFoundError):
    code = "slot_not_found"


class SlotFullError(ConflictError):
    """Fewer places are left than were asked for; ``left`` says how many."""

    code = "slot_full"


class CeilingFullError(SlotFullError):
    """The slot has room, but what it lies under has not: a car park, a zone, the township.

    ``name`` says what is full, ``left`` how many may still come there, ``at`` when.
    """

    code = "ceiling_full"


class CeilingNotFoundError(NotFoundError):
    code = "ceiling_not_found"


class CeilingTakenError(ConflictError):
    """There is a ceiling of that kind on that place: ``ceiling_id``. Change that one."""

    code = "ceiling_taken"


class SlotClosedError(ConflictError):
    """Its places are not booked now; ``state`` says whether it is closed or needs no booking."""

    code = "slot_closed"


class SlotOverError(ConflictError):
    """Its booking time is over."""

    code = "slot_over"


class SlotTooEarlyError(ConflictError):
    """It lies further ahead than the experience is booked."""

    code = "slot_too_early"


class SlotStateError(ConflictError):
    """It cannot be closed or reopened from the state in which it is."""

    code = "slot_state"


class CapacityBelowTakenError(ConflictError):
    """More have booked than the capacity asked for; ``taken`` says how many."""

    code = "capacity_below_taken"


class CapacityInvalidError(InvalidError):
    """No slot is made for nobody, or for more than ``largest``."""

    code = "capacity_invalid"


class InvitationNotFoundError(NotFoundError):
    code = "invitation_not_found"


class InvitationOverError(ConflictError):
    """It has been taken up, taken back, or its time is over."""

    code = "invitation_over"


class AccountTakenError(ConflictError):
    """The account works as something else, which nobody but the office may change."""

    code = "account_taken"


class MemberNotFoundError(NotFoundError):
    code = "member_not_found"


class LastOwnerError(ConflictError):
    """Without this person nobody could act for the operator."""

    code = "last_owner"


class RuleInvalidError(InvalidError):
    """A rule of an experience that cannot be: ``rule`` says which, ``least`` and ``most`` between
    what it may be."""

    code = "rule_invalid"
