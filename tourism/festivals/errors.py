"""What festivals refuse."""

from tourism.core.errors import NotFoundError


class FestivalNotFoundError(NotFoundError):
    code = "festival_not_found"
