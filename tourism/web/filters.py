"""How values become text in templates: translated data, money, instants in the town's time."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_interval, format_skeleton
from babel.numbers import format_decimal, get_currency_symbol
from flask import Flask, g
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from tourism.core.languages import in_language
from tourism.core.money import Money
from tourism.core.phones import readable_phone
from tourism.web.languages import current_language


def init_app(app: Flask) -> None:
    for each in (
        text,
        money,
        local_time,
        local_date,
        local_day,
        full_day,
        iso_day,
        near_day,
        date_range,
        month_name,
        weekday,
        duration,
        reference,
        phone,
    ):
        app.add_template_filter(each)


def text(value: Mapping[str, str]) -> str:
    """A text of the data, in the page's language."""
    return in_language(value, current_language())


def money(value: Money) -> str:
    """¥30 or ¥30.50: the sign as the destination's own country writes it, in every language."""
    country = Locale.parse(f"und_{g.destination.country}")
    digits = "#,##0.00" if value.amount % 100 else "#,##0"
    amount = format_decimal(value.amount / 100, digits, locale=get_locale())
    return get_currency_symbol(value.currency, country) + amount


def local_time(value: datetime) -> str:
    """13:30, in the destination's time zone."""
    return f"{local(value):%H:%M}"


def local_date(value: datetime | date) -> str:
    """5月30日星期六 / Sat, May 30."""
    return format_skeleton("MMMEd", _day(value), locale=get_locale())


def local_day(value: datetime | date) -> str:
    """5月30日 / May 30."""
    return format_skeleton("MMMd", _day(value), locale=get_locale())


def full_day(value: datetime | date) -> str:
    """2027年5月30日 / May 30, 2027: for what may be years ago."""
    return format_skeleton("yMMMd", _day(value), locale=get_locale())


def iso_day(value: datetime | date) -> str:
    """2027-05-30: for addresses and machines."""
    return _day(value).isoformat()


def near_day(value: datetime | date, today: date) -> str:
    """今天、明天、5月30日星期六 / today, tomorrow, Sat, May 30."""
    match (_day(value) - today).days:
        case 0:
            return str(_("today"))
        case 1:
            return str(_("tomorrow"))
    return local_date(value)


def date_range(first: date, last: date) -> str:
    """5月20日至6月15日 / May 20 – Jun 15."""
    return format_interval(first, last, skeleton="MMMd", locale=get_locale())


def month_name(month: int) -> str:
    """5月 / May."""
    return format_skeleton("MMM", date(2000, month, 1), locale=get_locale())


def duration(value: timedelta) -> str:
    """2小时、1.5小时 / 2 hours, 1.5 hours; in minutes where half hours do not come out even."""
    minutes = round(value.total_seconds() / 60)
    if minutes > 60 and minutes % 60 == 30:
        return str(_("%(hours)s hours", hours=minutes / 60))
    if minutes % 60:
        return str(ngettext("%(num)s minute", "%(num)s minutes", minutes))
    return str(ngettext("%(num)s hour", "%(num)s hours", minutes // 60))


def weekday(value: datetime | date) -> str:
    """周六 / Sat."""
    return format_skeleton("E", _day(value), locale=get_locale())


def reference(value: str) -> str:
    """7K4M-2Q9D: a booking's reference as people read it out."""
    return f"{value[:4]}-{value[4:]}"


def phone(value: str) -> str:
    """138 0000 0123; with + and its code if it is from another country than the destination."""
    return readable_phone(value, g.destination.country)


def local(value: datetime) -> datetime:
    """The instant in the destination's time zone."""
    return value.astimezone(zone())


def zone() -> ZoneInfo:
    """The destination's time zone (`web/site.py` puts the destination on `g`)."""
    name: str = g.destination.time_zone
    return ZoneInfo(name)


def _day(value: datetime | date) -> date:
    return local(value).date() if isinstance(value, datetime) else value
