"""What channels and their keys refuse."""

from tourism.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError


class ChannelNotFoundError(NotFoundError):
    code = "channel_not_found"


class ChannelNameTakenError(ConflictError):
    code = "channel_name_taken"


class ChannelInvalidError(InvalidError):
    """``field`` says which of its terms is out of range."""

    code = "channel_invalid"


class KeyUnknownError(NotAllowedError):
    """No such key, or one that was revoked: the difference is not told."""

    code = "key_unknown"


class DailyLimitError(ConflictError):
    """The channel has sold as many places of that day as it may; ``limit`` says how many."""

    code = "daily_limit"


class ShareError(ConflictError):
    """The channel has sold its share of the slot; ``left`` says how many places it still has."""

    code = "share"


class SubscriptionNotFoundError(NotFoundError):
    """No such subscription, or another channel's: the difference is not told."""

    code = "subscription_not_found"


class TooManySubscriptionsError(ConflictError):
    """``most`` says how many a channel may have."""

    code = "too_many_subscriptions"


class SubscriptionTakenError(ConflictError):
    """Another subscription of the channel has this address already."""

    code = "subscription_taken"


class TargetError(InvalidError):
    """An address at which nobody is told anything; ``reason`` says why, as a stable word."""

    code = "target_refused"
