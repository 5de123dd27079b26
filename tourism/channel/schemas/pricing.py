"""What the pricing capability adds."""

from tourism.channel.schemas.wire import Answer, Currency, MinorUnits


class Tax(Answer):
    name: str
    retail: MinorUnits
    original: MinorUnits
    net: MinorUnits | None


class Pricing(Answer):
    original: MinorUnits
    retail: MinorUnits
    net: MinorUnits | None
    currency: Currency
    currency_precision: int
    included_taxes: list[Tax]


class UnitPricing(Pricing):
    unit_id: str
