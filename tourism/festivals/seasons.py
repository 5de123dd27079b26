"""The arithmetic of seasons: windows of any year, and what stands where on a given day.

A window is written as "MM-DD" to "MM-DD" and may run over New Year. A year is drawn as 36 units:
three ten-day periods (旬) a month.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tourism.festivals.models import Crop, CropKind, Festival

UNITS = 36
_LEAP_YEAR = 2000  # so that 29 February has its place


@dataclass(frozen=True, order=True, slots=True)
class DayOfYear:
    """A day of any year. 29 February falls on the 28th where a year has none."""

    month: int
    day: int

    @classmethod
    def parse(cls, text: str) -> "DayOfYear":
        """From "MM-DD". Raises ValueError for a day that no year has."""
        day = date.fromisoformat(f"{_LEAP_YEAR}-{text}")
        return cls(day.month, day.day)

    def in_year(self, year: int) -> date:
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))

    @property
    def _share_of_month(self) -> float:
        return 3 / monthrange(_LEAP_YEAR, self.month)[1]

    @property
    def begins_at(self) -> float:
        """Where the day begins among the 36 units."""
        return (self.month - 1) * 3 + (self.day - 1) * self._share_of_month

    @property
    def ends_at(self) -> float:
        """Where the day ends among the 36 units."""
        return (self.month - 1) * 3 + self.day * self._share_of_month


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the drawn year."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Window:
    """From a day to a day of any year, both included."""

    starts: DayOfYear
    ends: DayOfYear

    @classmethod
    def parse(cls, starts: str, ends: str) -> "Window":
        return cls(DayOfYear.parse(starts), DayOfYear.parse(ends))

    @property
    def is_over_new_year(self) -> bool:
        return self.ends < self.starts

    def dates(self, today: date) -> tuple[date, date]:
        """First and last day of the occurrence that contains today, otherwise of the next."""
        for year in (today.year - 1, today.year, today.year + 1):
            starts = self.starts.in_year(year)
            ends = self.ends.in_year(year + self.is_over_new_year)
            if ends >= today:
                break
        return starts, ends

    def spans(self) -> list[Span]:
        """Its stretches of the drawn year: two when it runs over New Year."""
        begin, end = self.starts.begins_at, self.ends.ends_at
        if self.is_over_new_year:
            return [_span(0, end), _span(begin, UNITS)]
        return [_span(begin, end)]


def _span(begin: float, end: float) -> Span:
    return Span(round(begin, 2), round(end - begin, 2))


class Stage(StrEnum):
    COMING = "coming"
    EARLY = "early"
    PEAK = "peak"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Season:
    """A crop's present season, or its next one, as seen on a day."""

    crop: Crop
    stage: Stage
    starts_on: date
    ends_on: date
    peak_starts_on: date
    peak_ends_on: date

    @property
    def is_on(self) -> bool:
        return self.stage is not Stage.COMING

    @property
    def is_fruit(self) -> bool:
        return self.crop.kind is CropKind.FRUIT


def window_of(crop: Crop) -> Window:
    """The usual window of a crop."""
    return Window.parse(crop.starts, crop.ends)


def peak_of(crop: Crop) -> Window:
    """The usual peak of a crop."""
    return Window.parse(crop.peak_starts, crop.peak_ends)


def season_of(crop: Crop, today: date) -> Season:
    """Where a crop stands on that day."""
    starts, ends = window_of(crop).dates(today)
    peak_starts, peak_ends = peak_of(crop).dates(starts)
    stage = _stage(today, starts, peak_starts, peak_ends)
    return Season(crop, stage, starts, ends, peak_starts, peak_ends)


def _stage(today: date, starts: date, peak_starts: date, peak_ends: date) -> Stage:
    if today < starts:
        return Stage.COMING
    if today < peak_starts:
        return Stage.EARLY
    return Stage.PEAK if today <= peak_ends else Stage.LATE


@dataclass(frozen=True, slots=True)
class FactOfDay:
    """What to say first today: the seasons that lead, and the fruit that comes after them."""

    stage: Stage
    leading: tuple[Season, ...]
    then: Season | None


def fact_of_day(crops: Iterable[Crop], today: date) -> FactOfDay | None:
    """The fact of the day: what is at its peak, else what begins or ends, else what comes next.

    Fruit goes before bloom, because people come to pick. None without any crop.
    """
    seasons = sorted((season_of(crop, today) for crop in crops), key=_by_start)
    if not seasons:
        return None
    leading = _leading(seasons)
    then = next((season for season in seasons if _follows(season, leading)), None)
    return FactOfDay(leading[0].stage, leading, then)


def _leading(seasons: list[Season]) -> tuple[Season, ...]:
    for stage in (Stage.PEAK, Stage.EARLY, Stage.LATE):
        for fruit in (True, False):
            found = [each for each in seasons if each.stage is stage and each.is_fruit is fruit]
            if found:
                return tuple(found[:2])
    return (seasons[0],)


def _follows(season: Season, leading: tuple[Season, ...]) -> bool:
    """Whether a season is worth naming next: a fruit before its peak that outlasts the leading."""
    return (
        season.is_fruit
        and season.stage in (Stage.COMING, Stage.EARLY)
        and season.ends_on > leading[-1].ends_on
    )


def _by_start(season: Season) -> tuple[date, int]:
    return season.starts_on, season.crop.rank


class EditionStage(StrEnum):
    ON = "on"
    COMING = "coming"
    OVER = "over"
    UNDATED = "undated"


def edition_stage(festival: Festival, today: date) -> EditionStage:
    """Where a festival stands on that day; without dates it is not promised for any."""
    if festival.starts_on is None or festival.ends_on is None:
        return EditionStage.UNDATED
    if today < festival.starts_on:
        return EditionStage.COMING
    return EditionStage.ON if today <= festival.ends_on else EditionStage.OVER
