"""What a gate's camera meets: blur, tilt, little light, glare, a far or pale code, a bad camera.

Drawn with a seed, so that a film is the same each time.
"""

import functools
import io
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tourism.tickets import qr


@dataclass(frozen=True)
class Look:
    """How the camera sees the ticket.  Lengths are pixels of the frame."""

    qr_px: float = 300.0  # width of the symbol itself, without quiet zone
    rotate: float = 0.0  # degrees in the picture plane
    tilt: float = 0.0  # 0 = parallel to the lens; 0.3 = far edge 30 % shorter
    blur: float = 0.6  # gaussian sigma (focus)
    motion: float = 0.0  # length of a straight motion smear
    black: int = 20  # grey level of a dark module
    white: int = 235  # grey level of a light module
    gain: float = 1.0  # exposure of the whole frame
    noise: float = 4.0  # sensor noise sigma
    glare: float = 0.0  # strength 0..1 of a bright spot near the code
    jpeg: int = 0  # 1..95: pass the frame through JPEG of that quality
    jitter: float = 1.0  # hand shake: scale of random offset and angle


CONDITIONS: dict[str, Look] = {
    "clean": Look(),
    "blur": Look(blur=2.4),
    "rot20": Look(rotate=20.0),
    "lowcontrast": Look(black=105, white=150),
    "jpegnoise": Look(jpeg=18, noise=14.0),
    "small": Look(qr_px=120.0),
    "dim": Look(gain=0.22, noise=9.0, blur=1.2),
    "tilt": Look(tilt=0.32, rotate=8.0),
    "motion": Look(motion=7.0, blur=0.9),
    "glare": Look(glare=0.85),
    "inverted": Look(black=235, white=20),  # dark-mode wallet, light code on dark
    "hard": Look(
        qr_px=190.0, rotate=20.0, tilt=0.15, blur=1.4, black=75, white=180, noise=9.0, jpeg=30
    ),
}


@functools.lru_cache(maxsize=8)
def _background(width: int, height: int, seed: int) -> np.ndarray:
    """Grey clutter: soft blobs, some edges; about what is behind a hand."""
    rng = np.random.default_rng(seed)
    img = Image.fromarray(rng.integers(50, 190, (9, 16), dtype=np.uint8))
    img = img.resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(img)
    pick = random.Random(seed)
    for _ in range(24):
        x, y = pick.randrange(width), pick.randrange(height)
        w, h = pick.randrange(8, width // 5), pick.randrange(4, height // 6)
        draw.rectangle((x, y, x + w, y + h), fill=pick.randrange(20, 230))
    picture = np.asarray(img.filter(ImageFilter.GaussianBlur(1.5)), dtype=np.float32)
    picture.flags.writeable = False
    return picture


def _perspective(src: Sequence[tuple[float, float]], dst: Sequence[tuple[float, float]]):
    """Coefficients for Image.transform(PERSPECTIVE) that send dst to src."""
    rows, rhs = [], []
    for (sx, sy), (dx, dy) in zip(src, dst, strict=True):
        rows.append([dx, dy, 1, 0, 0, 0, -sx * dx, -sx * dy])
        rows.append([0, 0, 0, dx, dy, 1, -sy * dx, -sy * dy])
        rhs += [sx, sy]
    return np.linalg.solve(np.array(rows, float), np.array(rhs, float)).tolist()


def draw_frame(
    text: str | None,
    look: Look,
    *,
    size: tuple[int, int] = (1280, 720),
    seed: int = 0,
) -> np.ndarray:
    """One grey frame (height x width, uint8); without a text no ticket is in view."""
    rng = np.random.default_rng([seed, 7])
    frame = _background(*size, 0)
    if text is not None:
        frame = _held_up(frame, text, look, rng)
    return _through_lens(frame, look, rng)


def _held_up(frame: np.ndarray, text: str, look: Look, rng: np.random.Generator) -> np.ndarray:
    """The ticket's card before the wall, with the glare that lies on it."""
    height, width = frame.shape
    matrix = np.array(qr.matrix(text), dtype=bool)
    modules = matrix.shape[0] + 2 * qr.QUIET
    card = np.full((modules, modules), look.white, np.uint8)
    card[qr.QUIET : -qr.QUIET, qr.QUIET : -qr.QUIET] = np.where(matrix, look.black, look.white)
    over = 4  # supersampling
    side = look.qr_px * modules / matrix.shape[0] * over
    scale = max(1, math.ceil(side / modules))
    big = Image.fromarray(card).resize((modules * scale,) * 2, Image.Resampling.NEAREST)

    angle = math.radians(look.rotate + look.jitter * rng.normal(0, 1.2))
    dx, dy = look.jitter * rng.normal(0, 6, 2)
    half = side / 2
    squeeze = 1 - look.tilt
    corners = [(-half, -half * squeeze), (half, -half), (half, half), (-half, half * squeeze)]
    turned = [
        (x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle))
        for x, y in corners
    ]
    reach = max(max(abs(x), abs(y)) for x, y in turned)
    patch = 2 * math.ceil(reach / over + 2) * over
    frac_x, frac_y = (dx % 1) * over, (dy % 1) * over
    dst = [(x + patch / 2 + frac_x, y + patch / 2 + frac_y) for x, y in turned]
    end = modules * scale
    coeffs = _perspective([(0, 0), (end, 0), (end, end), (0, end)], dst)
    small = (patch // over, patch // over)
    ink = big.transform(
        (patch, patch),
        Image.Transform.PERSPECTIVE,
        coeffs,
        Image.Resampling.NEAREST,
        fillcolor=look.white,
    ).resize(small, Image.Resampling.BOX)
    mask = Image.new("L", (patch, patch), 0)
    ImageDraw.Draw(mask).polygon(dst, fill=255)
    mask = mask.resize(small, Image.Resampling.BOX)

    left = int(width / 2 + math.floor(dx) - small[0] / 2)
    top = int(height / 2 + math.floor(dy) - small[1] / 2)
    canvas = Image.fromarray(frame.clip(0, 255).astype(np.uint8))
    canvas.paste(ink, (left, top), mask)
    frame = np.asarray(canvas, dtype=np.float32)

    if look.glare:
        gx = width / 2 + dx + look.qr_px * 0.22
        gy = height / 2 + dy - look.qr_px * 0.12
        yy, xx = np.mgrid[0:height, 0:width]
        spot = np.exp(-((xx - gx) ** 2 + (yy - gy) ** 2) / (2 * (look.qr_px * 0.11) ** 2))
        frame = frame + 255 * look.glare * spot
    return frame


def _through_lens(frame: np.ndarray, look: Look, rng: np.random.Generator) -> np.ndarray:
    if look.motion >= 2:
        n = round(look.motion)
        way = rng.uniform(0, math.pi)
        acc = np.zeros_like(frame)
        for k in range(n):
            t = k - (n - 1) / 2
            acc += np.roll(frame, (round(t * math.sin(way)), round(t * math.cos(way))), (0, 1))
        frame = acc / n
    if look.blur:
        img = Image.fromarray(frame.clip(0, 255).astype(np.uint8))
        frame = np.asarray(img.filter(ImageFilter.GaussianBlur(look.blur)), dtype=np.float32)
    frame = frame * look.gain
    if look.noise:
        frame = frame + rng.normal(0, look.noise, frame.shape)
    out = frame.clip(0, 255).astype(np.uint8)
    if look.jpeg:
        out = np.asarray(Image.open(io.BytesIO(jpeg(out, look.jpeg))).convert("L"))
    return out


def jpeg(grey: np.ndarray, quality: int = 92) -> bytes:
    out = io.BytesIO()
    Image.fromarray(grey).convert("RGB").save(out, "JPEG", quality=quality, subsampling=2)
    return out.getvalue()
