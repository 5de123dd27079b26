"""CSV cells that stay text."""

import pytest
from flask import Flask

from tourism.web.downloads import csv_download


@pytest.mark.parametrize(
    "risky", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1", "  =1", "\u3000=1"]
)
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
