"""What accounts refuse."""

from tourism.core.errors import ConflictError, InvalidError


class EmailTakenError(ConflictError):
    code = "email_taken"


class WrongPasswordError(InvalidError):
    code = "wrong_password"


class WeakPasswordError(InvalidError):
    code = "weak_password"
