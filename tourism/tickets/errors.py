"""Refusals of the tickets area. The first three are also verdicts at the gate, by ``code``."""

from tourism.core.errors import ConflictError, InvalidError, NotFoundError


class NotTicketError(InvalidError):
    """The text is not one of our tickets at all: another code, or one that was cut or retyped."""

    code = "not_ticket"


class UnknownKeyError(InvalidError):
    """It looks like a ticket, but we have no key of that number."""

    code = "unknown_key"


class BadSignatureError(InvalidError):
    """It looks like a ticket, but was not signed by us as it stands."""

    code = "bad_signature"


class TicketNotFoundError(NotFoundError):
    code = "ticket_not_found"


class PartyTooLargeError(InvalidError):
    code = "party_too_large"


class TicketVoidError(ConflictError):
    """The ticket admits nobody any more, so its code is not handed out."""

    code = "ticket_void"


class TicketUsedError(ConflictError):
    """More people are in on it already than it would still admit."""

    code = "ticket_used"


class KeyFileError(Exception):
    """The file of signing keys is missing, there already, or not usable; the message says so."""
