"""What the destination refuses."""

from tourism.core.errors import ConflictError, NotFoundError


class NoDestinationError(NotFoundError):
    code = "no_destination"


class PlaceNotFoundError(NotFoundError):
    code = "place_not_found"


class OtherDestinationError(ConflictError):
    """The site speaks for one township; a file of another one would retire all its places."""

    code = "other_destination"
