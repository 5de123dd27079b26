"""Public holidays of the destination's country, as far as its calendar is known."""

from collections.abc import Mapping
from datetime import date

import holidays

from tourism.core.languages import EN, ZH_HANS, ZH_HANT

_LANGUAGES = {ZH_HANS: "zh_CN", ZH_HANT: "zh_TW", EN: "en_US"}


def public_holidays(
    country: str, subdivision: str, first: date, last: date, language: str
) -> Mapping[date, str]:
    """Each holiday between two days, both included, with its name in that language or, where the
    calendar does not speak it, in the country's own. A country without a calendar has none."""
    parts = holidays.list_supported_countries().get(country)
    if parts is None:
        return {}
    found = holidays.country_holidays(
        country,
        subdiv=subdivision if subdivision in parts else None,
        years=range(first.year, last.year + 1),
        language=_LANGUAGES[language],
    )
    return {day: name for day, name in sorted(found.items()) if first <= day <= last}
