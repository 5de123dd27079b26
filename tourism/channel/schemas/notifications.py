"""What the notifications capability adds."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tourism.channel.schemas.wire import Answer, Asked

NotificationType = Literal["PRODUCT_UPDATE", "AVAILABILITY_UPDATE", "BOOKING_UPDATE"]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]{0,498}[!-~])?$")]
NotificationTypes = Annotated[list[NotificationType], Field(min_length=1, max_length=10)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Headers = Annotated[dict[HeaderName, HeaderValue], Field(max_length=10)]


class Subscribe(Asked):
    url: Url
    notification_types: NotificationTypes
    headers: Headers = {}


class ChangeSubscription(Asked):
    url: Url | None = None
    notification_types: NotificationTypes | None = None
    headers: Headers | None = None


class Subscription(Answer):
    """``secret`` signs what is sent to it."""

    id: str
    url: str
    notification_types: list[NotificationType]
    headers: dict[str, str]
    secret: str


class NotificationKeys(Answer):
    """With what you fetch that which has changed."""

    uuid: str = ""
    product_id: str = ""
    local_date_start: date | None = None
    local_date_end: date | None = None


class Notification(Answer):
    """What is sent to a subscription; the same ``id`` is the same notification once more."""

    id: str
    type: NotificationType
    timestamp: datetime
    data: NotificationKeys
