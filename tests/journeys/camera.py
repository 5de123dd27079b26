"""A camera for the gate's tests: a film of codes held up one after another.

Chromium plays the file as its webcam, so a test runs the real way from getUserMedia through the
decoder to the verdict. The film loops: a test waits for a named ticket, never for a moment.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from tourism.tickets import qr

SIZE = (640, 480)
FPS, PLAYED_FPS = 10, 30  # Chromium plays .mjpeg at 30, so each picture is written three times
INK, PAPER, WALL = 25, 230, 120


@dataclass(frozen=True, slots=True)
class Shot:
    """Some moments in which one code is held up, or none."""

    text: str | None
    seconds: float = 0.9
    pixels: int = 300  # width of the code without its quiet zone
    turned: float = 0  # degrees
    blur: float = 0.6  # a hand is never quite in focus
    screen: bytes | None = None  # in place of a text: a PNG of what another phone shows


NOTHING = Shot(None, 0.4)


def film(path: Path, shots: Iterable[Shot]) -> Path:
    """Write the shots as a film that Chromium takes for a camera (its name ends in .mjpeg)."""
    with path.open("wb") as file:
        for number, shot in enumerate(_frames(shots)):
            file.write(_jpeg(picture(shot, number)) * (PLAYED_FPS // FPS))
    return path


def flags(path: Path) -> list[str]:
    """How Chromium is told to see that film and to ask nobody for leave."""
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
        "--mute-audio",
    ]


def picture(shot: Shot, number: int) -> Image.Image:
    """One frame: the code on its white card before a wall, with a little shake and noise."""
    random = np.random.default_rng(number)
    frame = Image.new("L", SIZE, WALL)
    card = _held_up(shot)
    if card is not None:
        angle = shot.turned + random.normal(0, 1)
        card = card.rotate(angle, Image.Resampling.BICUBIC, expand=True)
        x, y = ((whole - part) // 2 for whole, part in zip(SIZE, card.size, strict=True))
        dx, dy = random.integers(-6, 7, 2)
        frame.paste(card.getchannel("L"), (x + int(dx), y + int(dy)), card.getchannel("A"))
    frame = frame.filter(ImageFilter.GaussianBlur(shot.blur))
    noisy = np.asarray(frame, dtype=np.float32) + random.normal(0, 4, SIZE[::-1])
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def _frames(shots: Iterable[Shot]) -> Iterator[Shot]:
    for shot in shots:
        yield from [shot] * round(shot.seconds * FPS)


def _held_up(shot: Shot) -> Image.Image | None:
    if shot.screen is not None:
        screen = Image.open(BytesIO(shot.screen)).convert("LA")
        return screen.resize((shot.pixels, round(shot.pixels * screen.height / screen.width)))
    return None if shot.text is None else _card(shot.text, shot.pixels)


def _card(text: str, pixels: int) -> Image.Image:
    modules = np.pad(np.array(qr.matrix(text), dtype=bool), qr.QUIET)
    card = Image.fromarray(np.where(modules, INK, PAPER).astype(np.uint8)).convert("LA")
    side = round(pixels * modules.shape[0] / (modules.shape[0] - 2 * qr.QUIET))
    sharp = card.resize((side * 4, side * 4), Image.Resampling.NEAREST)
    return sharp.resize((side, side), Image.Resampling.BOX)


def _jpeg(frame: Image.Image) -> bytes:
    file = BytesIO()
    frame.convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()
