"""Tables to take away, as files that a spreadsheet opens as it should."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

# A cell that begins so is a formula to Excel, WPS or LibreOffice; whoever books may type one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_download(name: str, rows: Iterable[Sequence[object]]) -> Response:
    """The rows as a file. It begins with U+FEFF, without which Excel takes Chinese for Latin."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return _file(name, "\ufeff" + text.getvalue(), "text/csv")


def xlsx_download(name: str, rows: Iterable[Sequence[object]]) -> Response:
    """The rows as a workbook of one sheet, the first of them as its head."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows):
        sheet.append([_typed(sheet, value, is_head=number == 0) for value in row])
    content = io.BytesIO()
    book.save(content)
    return _file(name, content.getvalue(), _WORKBOOK)


def _file(name: str, content: str | bytes, kind: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _cell(value: object) -> str:
    """Text that stays text: what a formula would begin with gets an apostrophe before it."""
    cell = "" if value is None else str(value)
    return f"'{cell}" if _is_risky(value) else cell


def _typed(sheet: Any, value: object, *, is_head: bool) -> Any:
    """A number as a number, everything else as text: a workbook knows the kind of a cell, so that
    no text is reckoned with. The mark for quoted text keeps it so when somebody edits it."""
    number = value if isinstance(value, (int, float)) else None
    text = None if value is None else ILLEGAL_CHARACTERS_RE.sub("", str(value))
    cell = WriteOnlyCell(sheet, text if number is None else number)
    if number is None and text:
        cell.data_type = "s"
        cell.quotePrefix = _is_risky(value)
    if is_head:
        cell.font = Font(bold=True)
    return cell


def _is_risky(value: object) -> bool:
    return isinstance(value, str) and value.lstrip(" \u3000").startswith(_FORMULA)
