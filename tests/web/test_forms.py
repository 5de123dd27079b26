"""Forms speak the page's language, also where WTForms chooses the words."""

from importlib.resources import files
from typing import Any

import pytest
from flask import Flask
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired

from tourism.web.forms import BUILT_IN, Form, LineField, TextField, clean


class Example(Form):
    name = StringField("Name", [InputRequired()])
    number = IntegerField("Number")
    line = LineField("Line")
    lines = TextField("Lines")


def example(app: Flask, language: str, **values: Any) -> Example:
    headers = {"Accept-Language": language}
    with app.test_request_context("/", method="POST", data=values, headers=headers):
        form = Example()
        form.validate()
        return form


@pytest.mark.parametrize(
    ("language", "required", "number"),
    [
        ("zh-CN", "这一项要填。", "请填整数。"),
        ("zh-TW", "這一項要填。", "請填整數。"),
        ("en", "This field is required.", "Not a valid integer value."),
    ],
)
def test_built_in_messages_come_out_in_the_language_of_the_page(
    app: Flask, language: str, required: str, number: str
) -> None:
    form = example(app, language, name="", number="two")
    assert form.faults == {"name": required, "number": number}


def test_named_built_in_messages_are_wtforms_own() -> None:
    """A message that WTForms renames would fall back to English unnoticed."""
    known = (files("wtforms") / "locale" / "wtforms.pot").read_text("utf-8")
    for message in BUILT_IN:
        assert f'msgid "{message._args[0]}"' in known


def test_lines_are_cleaned(app: Flask) -> None:
    form = example(app, "en", name="x", number="1", line=" a\0b \n c ", lines=" a\r\nb\x07 ")
    assert (form.line.data, form.lines.data) == ("ab c", "a\nb")
    assert clean(None) == ""
