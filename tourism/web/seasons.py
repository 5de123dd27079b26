"""Seasons in words: ten-day periods (旬), as people here speak of the year."""

from datetime import date

from babel.dates import format_date
from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _

from tourism.festivals.models import Crop, CropKind
from tourism.festivals.seasons import DayOfYear, Span, Window, peak_of, window_of


def init_app(app: Flask) -> None:
    for each in (season_words, peak_words, season_spans, peak_spans, season_tone, year_position):
        app.add_template_filter(each)


def season_words(crop: Crop) -> str:
    """5月下旬至6月中旬 / late May to mid-June."""
    return window_words(window_of(crop))


def peak_words(crop: Crop) -> str:
    """When a crop is at its best: 5月下旬至6月上旬 / late May to early June."""
    return window_words(peak_of(crop))


def season_spans(crop: Crop) -> list[Span]:
    """The usual weeks, as they are drawn."""
    return window_of(crop).spans()


def peak_spans(crop: Crop) -> list[Span]:
    """The best weeks, as they are drawn."""
    return peak_of(crop).spans()


def season_tone(crop: Crop) -> str:
    """The modifier that colours a crop in the calendar: bloom, spring, summer or autumn fruit."""
    if crop.kind is CropKind.BLOOM:
        return "bloom"
    month = window_of(crop).starts.month
    return "fruit" if month < 6 else "berry" if month == 6 else "late"


def year_position(day: date) -> float:
    """Where a day stands among the 36 units of the drawn year."""
    return round(DayOfYear(day.month, day.day).begins_at, 2)


def window_words(window: Window) -> str:
    """A window in ten-day periods; one that fills a month, or the year, says so."""
    first, last = _period_from(window.starts), _period_to(window.ends)
    if (first, last) == ((1, 0), (12, 2)):
        return str(_("all year"))
    if first[0] == last[0] and first <= last:
        return _in_one_month(*first, last[1])
    return str(_("%(start)s to %(end)s", start=_words(*first), end=_words(*last)))


def window_start_words(window: Window) -> str:
    """When a window begins: 5月下旬 / late May."""
    return _words(*_period_from(window.starts))


def day_words(day: date) -> str:
    """5月30日 / May 30, with the month in full, for sentences."""
    return format_date(day, _("MMMM d"), locale=get_locale())


def _period_from(day: DayOfYear) -> tuple[int, int]:
    """Month and period of a first day. The last day of a period opens the next one."""
    return day.month, min(day.day // 10, 2)


def _period_to(day: DayOfYear) -> tuple[int, int]:
    """Month and period of a last day."""
    return day.month, min((day.day - 1) // 10, 2)


def _in_one_month(month: int, first: int, last: int) -> str:
    name = _month(month)
    match first, last:
        case 0, 1:
            return str(_("early to mid-%(month)s", month=name))
        case 1, 2:
            return str(_("mid to late %(month)s", month=name))
        case 0, 2:
            return name
        case _:
            return _words(month, last)


def _words(month: int, period: int) -> str:
    name = _month(month)
    match period:
        case 0:
            words = _("early %(month)s", month=name)
        case 1:
            words = _("mid-%(month)s", month=name)
        case _:
            words = _("late %(month)s", month=name)
    return str(words)


def _month(month: int) -> str:
    return format_date(date(2000, month, 1), _("MMMM"), locale=get_locale())
