"""A film of tickets that says which of its pictures is shown, and a page that notes what it sees.

A strip of black and white squares at the left edge, where the scanner does not look, carries the
picture's number. So each time is counted from the moment at which the camera first had a picture,
and not from the first time that somebody happened to look.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page

from tests.journeys.camera import PLAYED_FPS
from tests.journeys.conditions import jpeg

BITS, SQUARE = 12, 24
FRAME_MS = 1000 / PLAYED_FPS
LEAD_S, END_S = 2.5, 0.6  # the camera runs before its first picture is looked at
# Notes when a picture was first shown, when a frame was taken to be read, when it had been read,
# and when its verdict stood in the list, which is after it is on the disk. Lightly, it looks at no
# frame that the scanner does not look at: on a slow phone, looking is most of the work.
WATCH = """({ bits, square, frameMs, isLight }) => {
  const taken = CanvasRenderingContext2D.prototype.drawImage;
  const { ZXingWASM: decoder } = globalThis;
  const seen = globalThis.seen = { shown: {}, reads: {}, verdicts: {}, frames: 0, skipped: 0 };
  const strip = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  strip.canvas.width = square;
  strip.canvas.height = bits * square;
  const video = document.querySelector("[data-video]");
  const number = () => {
    taken.call(strip, video, 0, 0, square, bits * square, 0, 0, square, bits * square);
    const { data } = strip.getImageData(square / 2, 0, 1, bits * square);
    const worth = (bit) => (data[(bit * square + square / 2) * 4] > 127 ? 2 ** bit : 0);
    return Array.from({ length: bits }, (_, bit) => worth(bit)).reduce((a, b) => a + b);
  };
  let before = null;
  const note = (now, { captureTime, presentedFrames }) => {
    const at = captureTime ?? now;
    const first = before ? Math.min(at, before.at + frameMs) : at;
    if (before) seen.skipped += presentedFrames - before.presentedFrames - 1;
    seen.shown[number()] ??= first;
    before = { at, presentedFrames };
    video.requestVideoFrameCallback(note);
  };
  if (!isLight) video.requestVideoFrameCallback(note);
  let frame = 0;
  CanvasRenderingContext2D.prototype.drawImage = function (...all) {
    frame = performance.now();
    const drawn = taken.apply(this, all);
    if (isLight) seen.shown[number()] ??= frame;
    return drawn;
  };
  globalThis.ZXingWASM = {
    prepareZXingModule: (options) => decoder.prepareZXingModule(options),
    readBarcodes: async (picture, options) => {
      const start = frame;
      const found = await decoder.readBarcodes(picture, options);
      seen.frames += 1;
      if (found[0]?.isValid) seen.reads[found[0].text] ??= { frame: start, at: performance.now() };
      return found;
    },
  };
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const each of addedNodes) {
      const { ticket } = each.dataset ?? {};
      if (ticket) seen.verdicts[ticket] ??= performance.now();
    }
  }).observe(document.getElementById("log"), { childList: true, subtree: true });
}"""


def watch(page: Page, *, is_light: bool = False) -> None:
    """Let the page note what it sees from now on."""
    film = {"bits": BITS, "square": SQUARE, "frameMs": FRAME_MS}
    page.evaluate(WATCH, film | {"isLight": is_light})


@dataclass(frozen=True, slots=True)
class Times:
    """Of one ticket, in milliseconds; None where it did not come to that."""

    read: float | None  # from its first showing to its text
    decided: float | None  # from its first showing to its verdict
    settled: float | None  # from the frame that was read to its verdict


def write(path: Path, pictures: Sequence[np.ndarray], shown_s: float) -> Path:
    """Each picture for so long, numbered from 1; before and after them
    the bare wall."""
    wall = np.full_like(pictures[0], 120)
    with path.open("wb") as file:
        file.write(jpeg(_numbered(wall, 0)) * _frames(LEAD_S))
        for number, picture in enumerate(pictures, 1):
            file.write(jpeg(_numbered(picture, number)) * _frames(shown_s))
        file.write(jpeg(_numbered(wall, len(pictures) + 1)) * _frames(END_S))
    return path


def times(seen: dict[str, Any], tickets: Iterable[tuple[str, str]]) -> list[Times]:
    """What the page noted of those tickets, each (its code's text, its id), in the film's order."""
    return [_times(seen, str(number), *ticket) for number, ticket in enumerate(tickets, 1)]


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, 95th per cent and the longest; NaN of nothing."""
    if not values:
        return (float("nan"),) * 3
    ordered = sorted(values)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.95)], ordered[-1]


def _times(seen: dict[str, Any], number: str, text: str, name: str) -> Times:
    shown, read = seen["shown"].get(number), seen["reads"].get(text)
    verdict = seen["verdicts"].get(name) if read else None
    return Times(
        read=read["at"] - shown if read and shown else None,
        decided=verdict - shown if verdict and shown else None,
        settled=verdict - read["frame"] if read and verdict else None,
    )


def _frames(seconds: float) -> int:
    return round(seconds * PLAYED_FPS)


def _numbered(picture: np.ndarray, number: int) -> np.ndarray:
    marked = picture.copy()
    for bit in range(BITS):
        marked[bit * SQUARE : (bit + 1) * SQUARE, :SQUARE] = 235 if number >> bit & 1 else 20
    return marked
