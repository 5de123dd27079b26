"""What all of OCTO's types have in common: how they are read and written, short texts and refusals.

A field with a default is there only under a capability; what may be null but must be there has
none. Names are OCTO's, written the Python way: `local_date_start` is `localDateStart` on the wire.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

Id = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Line = Annotated[str, StringConstraints(max_length=100)]
Note = Annotated[str, StringConstraints(max_length=300)]
Uuid = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
    ),
]
Email = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=r"^[A-Za-z0-9_+'-]+(\.[A-Za-z0-9_+'-]+)*@([A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$",
    ),
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Clock = Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d$")]
Count = Annotated[int, Field(ge=0, le=9999)]
MinorUnits = Annotated[int, Field(description="In minor units of the currency")]
ErrorCode = Literal[
    "INVALID_PRODUCT_ID",
    "INVALID_OPTION_ID",
    "INVALID_UNIT_ID",
    "INVALID_AVAILABILITY_ID",
    "INVALID_BOOKING_UUID",
    "BAD_REQUEST",
    "UNPROCESSABLE_ENTITY",
    "UNAUTHORIZED",
    "FORBIDDEN",
    "TOO_MANY_REQUESTS",
    "INTERNAL_SERVER_ERROR",
]


class Answer(BaseModel):
    """What we say: nothing but what is described."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
    )


class Asked(BaseModel):
    """What they say: unknown members are passed over, types are not guessed."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, strict=True
    )


class Error(Answer):
    error: ErrorCode
    error_message: str
    product_id: str | None = None
    option_id: str | None = None
    unit_id: str | None = None
    availability_id: str | None = None
    uuid: str | None = None


class Capability(Answer):
    id: str
    revision: int
    required: bool
    dependencies: list[str]
    docs: str | None


def dumped(answer: Answer) -> dict[str, Any]:
    """As it goes over the wire: OCTO's names, and only what was set."""
    return answer.model_dump(mode="json", by_alias=True, exclude_unset=True)
