"""The pictures of a code: exact, small, with room around, and readable by a decoder we did not
write."""

import re
from io import BytesIO

import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.tickets.vectors import KEYS, TOKEN
from tourism.tickets import qr
from tourism.tickets.tokens import sign_token

TEXT = sign_token(KEYS, TOKEN)
VERSION_6 = 41


def test_a_ticket_is_version_6() -> None:
    assert len(qr.matrix(TEXT)) == VERSION_6


def test_the_text_takes_the_dense_mode_at_level_m() -> None:
    (read,) = zxingcpp.read_barcodes(pixels(qr.png(TEXT)))
    assert (read.text, read.ec_level) == (TEXT, "M")


@pytest.mark.parametrize("turned", [0, 7, 45, 90, 180])
def test_the_saved_picture_is_read_at_any_angle(turned: int) -> None:
    picture = Image.open(BytesIO(qr.png(TEXT, ("7K4M 2Q9D", "2027-05-30  09:00-10:00"))))
    turned_picture = picture.rotate(turned, expand=True, fillcolor=255)
    assert [read.text for read in zxingcpp.read_barcodes(np.array(turned_picture))] == [TEXT]


def test_the_saved_picture_has_eight_pixels_a_module_and_a_quiet_zone() -> None:
    image = pixels(qr.png(TEXT))
    side = image.shape[0]
    assert side == (VERSION_6 + 2 * 4) * qr.PIXELS
    assert qr.PIXELS >= 8
    dark = np.argwhere(image < 128)
    assert dark.min() == 4 * qr.PIXELS
    assert side - 1 - dark.max() == 4 * qr.PIXELS


def test_captions_stand_below_the_code() -> None:
    bare, captioned = pixels(qr.png(TEXT)), pixels(qr.png(TEXT, ("7K4M 2Q9D",)))
    below = captioned[bare.shape[0] :]
    assert (captioned[: bare.shape[0]] == bare).all()
    assert (below < 128).any()
    assert (below[-4:] == 255).all(), "the caption is cut"


def test_svg_draws_exactly_the_modules_with_a_quiet_zone() -> None:
    modules = np.array(qr.matrix(TEXT))
    drawn = painted(str(qr.svg(TEXT, "码")), VERSION_6 + 8)
    assert (drawn == np.pad(modules, 4).astype(int)).all()


def test_svg_is_one_small_path() -> None:
    svg = str(qr.svg(TEXT, "入园二维码"))
    assert svg.count("<path") == 2, "the white ground and the code"
    assert len(svg) < 7000
    assert "style" not in svg, "the content security policy forbids it"


def test_svg_escapes_its_label() -> None:
    assert 'aria-label="&lt;b&gt; &#34;"' in qr.svg(TEXT, '<b> "')


@given(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=6, max_size=6))
def test_rectangles_cover_each_dark_module_once(modules: list[list[bool]]) -> None:
    covered = np.zeros((6, 6), int)
    for x, y, width, height in qr.rectangles(modules):
        covered[y : y + height, x : x + width] += 1
    assert (covered == np.array(modules, int)).all()


def painted(svg: str, side: int) -> np.ndarray:
    """How often each module of the drawing is painted black, from its path alone."""
    path = re.findall(r'd="([^"]+)"', svg)[1]
    counts = np.zeros((side, side), int)
    for found in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z", path):
        x, y, width, height, back = map(int, found)
        assert width == back
        counts[y : y + height, x : x + width] += 1
    assert re.sub(r"M\d+ \d+h\d+v\d+h-\d+z", "", path) == ""
    return counts


def pixels(png: bytes) -> np.ndarray:
    return np.array(Image.open(BytesIO(png)))
