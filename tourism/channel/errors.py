"""What a channel is told when it does not get what it asks for: OCTO's codes, in words.

Every refusal is HTTP 400, as OCTO has it; 429 and 500 are the exceptions, for clients repeat
those by themselves.
"""

from collections.abc import Callable

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from tourism.channel.schemas.wire import Error, ErrorCode
from tourism.core.errors import NotAllowedError, NotFoundError, TourismError


class OctoError(Exception):
    """A refusal in OCTO's words; ``facts`` are the extra fields of its code."""

    def __init__(
        self, code: ErrorCode, words: str, *, status: int = 400, **facts: str | None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.body = Error.model_validate(
            {"error": code, "errorMessage": words, **{to_camel(key): v for key, v in facts.items()}}
        )


def bad_request(words: str) -> OctoError:
    return OctoError("BAD_REQUEST", words)


def refused(words: str) -> OctoError:
    return OctoError("UNPROCESSABLE_ENTITY", words)


def no_product(key: object) -> OctoError:
    words = _("There is no such product, or you do not sell it.")
    return OctoError("INVALID_PRODUCT_ID", words, product_id=_text(key))


def no_option(key: object) -> OctoError:
    words = _("This product has no such option.")
    return OctoError("INVALID_OPTION_ID", words, option_id=_text(key))


def no_unit(key: object) -> OctoError:
    words = _("This product has no such unit.")
    return OctoError("INVALID_UNIT_ID", words, unit_id=_text(key))


def no_availability(key: object) -> OctoError:
    words = _("There is no such availability.")
    return OctoError("INVALID_AVAILABILITY_ID", words, availability_id=_text(key))


def no_booking(key: object) -> OctoError:
    words = _("There is no such booking, or its time is over.")
    return OctoError("INVALID_BOOKING_UUID", words, uuid=_text(key))


def _taken(uuid: object) -> OctoError:
    words = _("This uuid stands for another booking of yours already.")
    return OctoError("INVALID_BOOKING_UUID", words, uuid=_text(uuid))


_OF_FIELD: dict[str, Callable[[object], OctoError]] = {
    "productId": no_product,
    "optionId": no_option,
    "availabilityId": no_availability,
    "availabilityIds": no_availability,
    "unitId": no_unit,
    "uuid": no_booking,
}


_TARGETS = {
    "url": _l("The url is not one that can be asked."),
    "scheme": _l("The url must begin with https://."),
    "port": _l("The url's port must be 443 or 8443."),
    "private": _l("The url's host is not a public one."),
}
_OF_DOMAIN: dict[str, Callable[[TourismError], OctoError]] = {
    "key_unknown": lambda _error: OctoError("FORBIDDEN", _("This key opens nothing.")),
    "experience_not_found": lambda error: no_product(error.facts.get("slug")),
    "slot_not_found": lambda _error: no_availability(None),
    "booking_not_found": lambda error: no_booking(error.facts.get("uuid")),
    "booking_expired": lambda _error: no_booking((request.view_args or {}).get("uuid")),
    "subscription_not_found": lambda _error: bad_request(_("There is no such subscription.")),
    "target_refused": lambda error: bad_request(str(_TARGETS[str(error.facts["reason"])])),
    "sale_repeated": lambda error: _taken(error.facts.get("uuid")),
}
_WORDS = {
    "slot_full": _l("Not so many places are left."),
    "ceiling_full": _l("The slot has room, but the place around it is full at that time."),
    "share": _l("You have sold all the places that you may sell then."),
    "daily_limit": _l("You have sold all the places that you may sell then."),
    "slot_closed": _l("It is not booked at that time."),
    "slot_over": _l("It is too late to book that."),
    "slot_too_early": _l("It is too early to book that."),
    "party_empty": _l("Nobody comes."),
    "party_too_large": _l("So many cannot come on one booking."),
    "party_needs_company": _l("Somebody must come who may come alone."),
    "booking_cancelled": _l("The booking is cancelled."),
    "cancel_too_late": _l("It is too late to cancel."),
    "booking_used": _l("Somebody of the party is in already."),
    "booking_fixed": _l("The booking can no longer be changed."),
    "party_fixed": _l("Who comes and when cannot be changed: cancel it and book anew."),
    "party_not_smaller": _l("A party can only become smaller; book the others anew."),
    "subscription_taken": _l("There is a subscription for this address already."),
    "too_many_subscriptions": _l("So many subscriptions are enough; end one first."),
    "hold_at_limit": _l("The hold cannot be extended any further."),
}


def not_understood(error: ValidationError) -> OctoError:
    """The refusal for a body that is not as it should be: by the first field that is wrong."""
    first = error.errors()[0]
    field = str(next((part for part in reversed(first["loc"]) if isinstance(part, str)), ""))
    given = None if first["type"] == "missing" else first["input"]
    if field in _OF_FIELD:
        return _OF_FIELD[field](given)
    if field == "unitItems" and first["type"] == "missing":
        return refused(_("Nobody comes: unitItems is missing."))
    if first["loc"][:1] == ("units",) and field == "id":
        return no_unit(given)
    return bad_request(_("%(field)s is missing or not as it should be.", field=field or "body"))


def of_domain(error: TourismError) -> OctoError:
    """The refusal for what the domain refuses."""
    if error.code in _OF_DOMAIN:
        return _OF_DOMAIN[error.code](error)
    if isinstance(error, NotFoundError):
        return bad_request(_("There is nothing at this address."))
    if isinstance(error, NotAllowedError):
        return OctoError("FORBIDDEN", _("That is not for you to do."))
    return refused(str(_WORDS.get(error.code, _("That is not possible now."))))


def _text(value: object) -> str | None:
    return value[:100] if isinstance(value, str) else None
