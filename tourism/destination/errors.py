"""What the destination refuses."""

from tourism.core.errors import NotFoundError


class NoDestinationError(NotFoundError):
    code = "no_destination"


class PlaceNotFoundError(NotFoundError):
    code = "place_not_found"
