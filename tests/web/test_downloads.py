"""Cells that stay text, in CSV and in workbooks."""

import io

import pytest
from flask import Flask
from openpyxl import load_workbook

from tourism.web.downloads import csv_download, xlsx_download

RISKY = ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠a", "  =1", "\u3000=1"]


@pytest.mark.parametrize("risky", RISKY)
def test_formulas_become_text(app: Flask, risky: str) -> None:
    with app.app_context():
        assert (
            csv_download("x.csv", [[risky]]).get_data(as_text=True)[1:].strip('"').startswith("'")
        )


def test_everything_else_stays(app: Flask) -> None:
    rows = [["王", 'say "hi", then', -3, 1.5, None, "a=b", "2027-05-30"]]
    with app.app_context():
        text = csv_download("x.csv", rows).get_data(as_text=True)
    assert text == '\ufeff王,"say ""hi"", then",-3,1.5,,a=b,2027-05-30\r\n'


@pytest.mark.parametrize("risky", [*RISKY, '=HYPERLINK("https://evil.example","open")'])
def test_workbooks_reckon_with_no_text(app: Flask, risky: str) -> None:
    with app.app_context():
        file = xlsx_download("x.xlsx", [["Name"], [risky]]).get_data()
    cell = load_workbook(io.BytesIO(file)).active["A2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert str(cell.value).strip() == risky.strip()


def test_workbooks_keep_numbers_and_drop_what_no_file_may_hold(app: Flask) -> None:
    with app.app_context():
        file = xlsx_download("x.xlsx", [["A", "B", "C"], [3, 2.5, "a\x00\x0bb"]]).get_data()
    rows = list(load_workbook(io.BytesIO(file)).active.iter_rows(values_only=True))
    assert rows == [("A", "B", "C"), (3, 2.5, "ab")]
