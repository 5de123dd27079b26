"""What gates and their phones refuse. A scan is never refused here: it has an outcome."""

from tourism.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError


class GateNotFoundError(NotFoundError):
    code = "gate_not_found"


class DeviceNotFoundError(NotFoundError):
    code = "device_not_found"


class EnrolmentNotFoundError(NotFoundError):
    code = "enrolment_not_found"


class ConflictNotFoundError(NotFoundError):
    code = "conflict_not_found"


class CodeUnknownError(InvalidError):
    """Nobody was given that enrolment code."""

    code = "code_unknown"


class CodeUsedError(ConflictError):
    """Another phone was quicker: a code enrols one phone."""

    code = "code_used"


class CodeExpiredError(ConflictError):
    code = "code_expired"


class DeviceUnknownError(NotAllowedError):
    """The secret belongs to no phone."""

    code = "device_unknown"


class DeviceRevokedError(NotAllowedError):
    """The phone was lost or given back; it must forget what it knows."""

    code = "device_revoked"


class ScanNotFoundError(NotFoundError):
    code = "scan_not_found"


class UndoTooLateError(ConflictError):
    """The scan happened too long ago to be taken back."""

    code = "undo_too_late"
