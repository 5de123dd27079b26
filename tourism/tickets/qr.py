"""Text to a QR code, as SVG for pages and as PNG to save; the only import of qrcode.

The library's own images are slow and large: it tries all eight masks, and draws a path a module.
Any mask is valid, so one is fixed, and touching modules are drawn as one rectangle. Figures are in
`docs/ticket-format.md`.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from io import BytesIO

from markupsafe import Markup
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4  # modules of white around the code, as the standard asks
MASK = 3
PIXELS = 12  # a module in the PNG
_CAPTION_PIXELS, _LINE_PIXELS = 44, 66

Matrix = Sequence[Sequence[bool]]
_SVG = Markup(
    '<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" '
    'aria-label="{label}" shape-rendering="crispEdges">'
    '<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>'
)


def matrix(text: str) -> Matrix:
    """The modules of the code without its quiet zone, dark ones true.

    Level M reads better than Q at the same size on paper: larger modules help more than more
    correction. Upper-case base32 takes the dense alphanumeric mode by itself.
    """
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=MASK)
    code.add_data(text, optimize=0)
    code.make()
    return [[bool(module) for module in row] for row in code.modules]


@lru_cache(maxsize=256)
def svg(text: str, label: str) -> Markup:
    """The code as one black path on white, named for those who cannot see it."""
    modules = matrix(text)
    side = len(modules) + 2 * QUIET
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h{width}v{height}h-{width}z"
        for x, y, width, height in rectangles(modules)
    )
    return _SVG.format(side=side, label=label, path=Markup(path))  # noqa: S704 - only numbers


@lru_cache(maxsize=64)
def png(text: str, captions: tuple[str, ...] = ()) -> bytes:
    """The code as a picture to keep, with lines of digits below it.

    Pillow's own font has no Chinese, so captions are in Latin letters and digits.
    """
    code = _picture(matrix(text))
    sheet = Image.new("L", (code.width, code.height + len(captions) * _LINE_PIXELS), 255)
    sheet.paste(code, (0, 0))
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_CAPTION_PIXELS)
    for number, caption in enumerate(captions):
        middle = (sheet.width // 2, code.height + number * _LINE_PIXELS)
        draw.text(middle, caption, font=font, fill=0, anchor="mt")
    file = BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def rectangles(modules: Matrix) -> Iterator[tuple[int, int, int, int]]:
    """Rectangles (x, y, width, height) that cover the dark modules, each once.

    A run of a row reaches down as far as the same run repeats.
    """
    rows = [set(_runs(row)) for row in modules]
    for y, row in enumerate(rows):
        for run in sorted(row):
            height = 1
            while y + height < len(rows) and run in rows[y + height]:
                rows[y + height].remove(run)
                height += 1
            yield run[0], y, run[1], height


def _runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    start = 0
    for x, dark in enumerate([*row, False]):
        if not dark:
            if x > start:
                yield start, x - start
            start = x + 1


def _picture(modules: Matrix) -> Image.Image:
    small = Image.new("L", (len(modules), len(modules)))
    small.putdata([0 if dark else 255 for row in modules for dark in row])
    side = len(modules) * PIXELS
    sheet = Image.new("L", (side + 2 * QUIET * PIXELS, side + 2 * QUIET * PIXELS), 255)
    sheet.paste(small.resize((side, side), Image.Resampling.NEAREST), (QUIET * PIXELS,) * 2)
    return sheet
