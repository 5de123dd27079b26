"""What bookings refuse."""

from tourism.core.errors import ConflictError, InvalidError, NotFoundError


class BookingNotFoundError(NotFoundError):
    """There is none, or it is not this person's to know of."""

    code = "booking_not_found"


class PartyError(InvalidError):
    """A party that cannot be booked."""

    code = "party"


class PartyEmptyError(PartyError):
    code = "party_empty"


class PartyTooLargeError(PartyError):
    """``largest`` says how many may come on one booking."""

    code = "party_too_large"


class PartyNeedsCompanyError(PartyError):
    """Only people who may not come alone, such as infants."""

    code = "party_needs_company"


class UnknownUnitError(PartyError):
    """A kind of visitor that this experience does not know."""

    code = "unknown_unit"


class BookingExpiredError(ConflictError):
    """The hold is over and its places have gone to somebody else."""

    code = "booking_expired"


class BookingCancelledError(ConflictError):
    code = "booking_cancelled"


class HoldAtLimitError(ConflictError):
    """A hold that has been extended as far as it may be."""

    code = "hold_at_limit"


class CancelTooLateError(ConflictError):
    """The experience's time for free cancelling is over."""

    code = "cancel_too_late"


class BookingUsedError(ConflictError):
    """Somebody of the party is already in."""

    code = "booking_used"


class BookingFixedError(ConflictError):
    """It can no longer be changed: cancelled, expired, used, or too close to its time."""

    code = "booking_fixed"


class PartyFixedError(ConflictError):
    """Who comes, or when, cannot be changed any more: book anew instead."""

    code = "party_fixed"


class SaleRepeatedError(ConflictError):
    """The channel has used that ``uuid`` for another booking."""

    code = "sale_repeated"


class TooManyBookingsError(ConflictError):
    """One phone number has as many bookings for that day as it may; ``most`` says how many."""

    code = "too_many_bookings"


class BookingChangedError(ConflictError):
    """Something else has been done to it in the meantime; nothing was changed."""

    code = "booking_changed"


class OtherExperienceError(InvalidError):
    """A booking moves between the times of one experience only."""

    code = "other_experience"


class PartyNotSmallerError(PartyError):
    """A party can lose people here, not gain any."""

    code = "party_not_smaller"


class OfferNotFoundError(NotFoundError):
    code = "offer_not_found"


class OfferAnsweredError(ConflictError):
    """It has been answered, or its time is over; ``status`` says how it ended."""

    code = "offer_answered"


class NothingToCloseError(InvalidError):
    """No slot was named that could still be closed."""

    code = "nothing_to_close"


class WaitingNotFoundError(NotFoundError):
    code = "waiting_not_found"


class SlotHasRoomError(ConflictError):
    """Nobody needs to wait for it: the party can book."""

    code = "slot_has_room"


class WalkInEarlyError(ConflictError):
    """A slot is sold on the spot only from shortly before it begins; ``from_`` says when."""

    code = "walk_in_early"


class HeldBackInvalidError(InvalidError):
    """Nobody holds back fewer places than none."""

    code = "held_back_invalid"


class ClosureNotFoundError(NotFoundError):
    code = "closure_not_found"


class PlanChangedError(ConflictError):
    """Something has happened since its numbers were shown; nothing was closed."""

    code = "plan_changed"


class ClosureRepeatedError(ConflictError):
    """The same closure was sent a moment ago, by a double tap."""

    code = "closure_repeated"


class PhoneMissingError(NotFoundError):
    """The party left no phone number."""

    code = "phone_missing"
