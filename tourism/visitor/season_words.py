"""The front page's headline and the sentence under it: seasons as facts, no slogans."""

from datetime import date, timedelta
from typing import Any

from babel.lists import format_list
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tourism.festivals.seasons import FactOfDay, Season, Stage, window_of
from tourism.web.filters import text
from tourism.web.seasons import day_words, window_start_words

_SOON = timedelta(days=45)
_FRUIT: dict[Stage, Any] = {
    Stage.PEAK: _l("%(crop)s season is at its peak"),
    Stage.EARLY: _l("%(crop)s season has begun"),
    Stage.LATE: _l("%(crop)s season is drawing to its end"),
}
_BLOOM: dict[Stage, Any] = {
    Stage.PEAK: _l("%(crop)s is in full bloom"),
    Stage.EARLY: _l("%(crop)s is coming into bloom"),
    Stage.LATE: _l("%(crop)s is fading"),
}
_UNTIL: dict[Stage, Any] = {
    Stage.PEAK: _l("The peak lasts until about %(day)s."),
    Stage.EARLY: _l("At its best from about %(day)s."),
    Stage.LATE: _l("It ends around %(day)s."),
}


def headline(fact: FactOfDay | None, today: date) -> str:
    """大樱桃正在盛期 / Sweet cherry season is at its peak."""
    if fact is None:
        return str(_("What to see, and when to come"))
    first = fact.leading[0]
    if not first.is_on:
        return _coming(first, today)
    words = _FRUIT if first.is_fruit else _BLOOM
    return str(words[fact.stage]) % {"crop": _names(fact.leading)}


def outlook(fact: FactOfDay | None, today: date) -> str:
    """What the headline leaves open: until when, and what follows."""
    if fact is None:
        return ""
    then = _follows(fact.then, today) if fact.then else ""
    return str(_("%(now)s %(then)s", now=_until(fact.leading[0]), then=then)).strip()


def _coming(season: Season, today: date) -> str:
    name = text(season.crop.name)
    if season.starts_on - today > _SOON:
        return str(_("Next: %(crop)s, %(when)s", crop=_in_sentence(name), when=_when(season)))
    day = day_words(season.starts_on)
    if season.is_fruit:
        return str(_("%(crop)s season starts around %(day)s", crop=name, day=day))
    return str(_("%(crop)s blooms from around %(day)s", crop=name, day=day))


def _until(season: Season) -> str:
    if not season.is_on:
        return ""
    days = {
        Stage.PEAK: season.peak_ends_on,
        Stage.EARLY: season.peak_starts_on,
        Stage.LATE: season.ends_on,
    }
    return str(_UNTIL[season.stage]) % {"day": day_words(days[season.stage])}


def _follows(season: Season, today: date) -> str:
    name = text(season.crop.name)
    if season.is_on:
        return str(_("%(crop)s has begun as well.", crop=name))
    if season.starts_on - today > _SOON:
        when = _when(season)
        return str(_("%(crop)s usually ripens from %(when)s.", crop=name, when=when))
    return str(
        _("%(crop)s follows from about %(day)s.", crop=name, day=day_words(season.starts_on))
    )


def _when(season: Season) -> str:
    return window_start_words(window_of(season.crop))


def _names(seasons: tuple[Season, ...]) -> str:
    first, *others = (text(season.crop.name) for season in seasons)
    return format_list([first, *map(_in_sentence, others)], locale=get_locale())


def _in_sentence(name: str) -> str:
    return name[:1].lower() + name[1:]
