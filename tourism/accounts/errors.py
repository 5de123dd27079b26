"""What accounts refuse."""

from tourism.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError


class UserNotFoundError(NotFoundError):
    code = "user_not_found"


class EmailTakenError(ConflictError):
    code = "email_taken"


class EmailInvalidError(InvalidError):
    code = "email_invalid"


class NameMissingError(InvalidError):
    code = "name_missing"


class WrongPasswordError(InvalidError):
    code = "wrong_password"


class WeakPasswordError(InvalidError):
    """``weakness`` says why: short, personal or common."""

    code = "weak_password"


class OwnAccountError(NotAllowedError):
    """Nobody disables or demotes the account they act with: the office could lock itself out."""

    code = "own_account"
