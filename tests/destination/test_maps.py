"""The frame: constants only, our own files only, the same bytes in every process."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from folium.plugins import Fullscreen

from tourism.destination import maps
from tourism.destination.maps import SiteMap, UnknownLinkError, frame, frame_of, stable_ids
from tourism.web.assets import STATIC


def _fresh() -> maps.Frame:
    frame.cache_clear()
    return frame()


def test_the_script_is_the_same_twice_and_in_threads() -> None:
    first = _fresh()
    with ThreadPoolExecutor(4) as pool:
        others = list(pool.map(lambda _: _fresh(), range(8)))
    assert {other.script for other in others} == {first.script}


def test_the_script_is_the_same_in_two_processes() -> None:
    """Several server processes must name the script alike, or it cannot be kept by its address."""
    program = "from tourism.destination.maps import frame; print(frame().tag)"
    tags = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    }
    assert tags == {frame().tag}


def test_outside_the_frame_folium_keeps_its_own_ids() -> None:
    assert SiteMap([0.0, 0.0], tiles=None).get_name() != SiteMap([0.0, 0.0], tiles=None).get_name()


def test_the_frame_names_no_other_host() -> None:
    made = frame()
    assert "//" not in made.html + made.script
    assert made.scripts == ("vendor/leaflet/leaflet.js",)
    assert made.styles == ("vendor/leaflet/leaflet.css",)


def test_the_frame_is_markup_without_script_or_style() -> None:
    assert re.fullmatch(r'<div class="map__frame" id="map_\d+"></div>', frame().html)


def test_a_plugin_that_wants_an_unknown_file_is_refused() -> None:
    with stable_ids():
        made = SiteMap([0.0, 0.0], tiles=None)
        Fullscreen().add_to(made)
    with pytest.raises(UnknownLinkError, match=r"Fullscreen wants Control\.Fullscreen\.js"):
        frame_of(made)


def test_the_links_of_the_class_are_left_alone() -> None:
    """Folium's own lists belong to every map of the process."""
    before = list(SiteMap.default_js)
    _fresh()
    assert list(SiteMap.default_js) == before != []


def test_all_files_of_the_frame_are_there() -> None:
    for path in filter(None, maps.LOCAL.values()):
        assert (STATIC / path).is_file(), f"{path} is missing: run `tourism vendor`"


def test_vendored_style_sheets_load_nothing_from_elsewhere() -> None:
    for sheet in (STATIC / "vendor").rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?(https?:)?//", sheet.read_text("utf-8")), sheet
