"""Tables to take away, as CSV that a spreadsheet opens as it should."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

# A cell that begins so is a formula to Excel, WPS or LibreOffice; whoever books may type one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_download(name: str, rows: Iterable[Sequence[object]]) -> Response:
    """The rows as a file. It begins with U+FEFF, without which Excel takes Chinese for Latin."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    response = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _cell(value: object) -> str:
    """Text that stays text: what a formula would begin with gets an apostrophe before it."""
    cell = "" if value is None else str(value)
    risky = isinstance(value, str) and cell.lstrip(" \u3000").startswith(_FORMULA)
    return f"'{cell}" if risky else cell
