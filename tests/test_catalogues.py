"""The catalogues say every message of the sources, in all three languages, and nothing else."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
TRANSLATIONS = ROOT / "tourism" / "translations"
LOCALES = ("zh_Hans", "zh_Hant", "en")
_PLACEHOLDER = re.compile(r"%\(\w+\)\w")
_MARKUP = re.compile(r"</?\w+[^>]*>")
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?]|[,;:!?][\u4e00-\u9fff]|[\u4e00-\u9fff]\.(?!\w)")


@pytest.fixture(scope="session")
def used(tmp_path_factory: pytest.TempPathFactory) -> set[object]:
    """The messages that stand in code and templates."""
    pot = tmp_path_factory.mktemp("messages") / "messages.pot"
    extract = ["-q", "extract", "-F", "babel.cfg", "-k", "lazy_gettext", "-k", "_l", "-o", str(pot)]
    program = "from babel.messages.frontend import main; main()"
    subprocess.run([sys.executable, "-c", program, *extract, "."], cwd=ROOT, check=True)
    with pot.open("rb") as file:
        return {message.id for message in read_po(file) if message.id}


@cache
def catalogue(locale: str) -> Catalog:
    with (TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


def messages(locale: str) -> list[Message]:
    return [message for message in catalogue(locale) if message.id]


def texts(message: Message) -> tuple[str, ...]:
    string = message.string
    return tuple(string) if isinstance(string, (list, tuple)) else (string or "",)


def test_the_sources_were_read(used: set[object]) -> None:
    assert len(used) > 100
    assert "There is nothing at this address" in used


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_is_there_and_no_other(locale: str, used: set[object]) -> None:
    present = {message.id for message in messages(locale)}
    assert sorted(map(str, used - present)) == []
    assert sorted(map(str, present - used)) == []
    assert list(catalogue(locale).obsolete) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_is_translated(locale: str) -> None:
    lacking = [m.id for m in messages(locale) if m.fuzzy or not all(t.strip() for t in texts(m))]
    assert lacking == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_plural_form_is_there(locale: str) -> None:
    forms = catalogue(locale).num_plurals
    assert [m.id for m in messages(locale) if m.pluralizable and len(texts(m)) != forms] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_placeholders_are_those_of_the_message(locale: str) -> None:
    """Only a singular may leave its number out ("one place left")."""
    wrong = {}
    for message in messages(locale):
        wanted = set(_PLACEHOLDER.findall(_most_general(message)))
        *singular, last = [set(_PLACEHOLDER.findall(text)) for text in texts(message)]
        if last != wanted or any(not found <= wanted for found in singular):
            wrong[message.id] = message.string
    assert wrong == {}


@pytest.mark.parametrize("locale", LOCALES)
def test_markup_is_that_of_the_message(locale: str) -> None:
    """A translation moves a message's tags, but neither drops nor adds one."""
    wrong = {
        message.id: message.string
        for message in messages(locale)
        for text in texts(message)
        if sorted(_MARKUP.findall(text)) != sorted(_MARKUP.findall(_most_general(message)))
    }
    assert wrong == {}


def _most_general(message: Message) -> str:
    plural: str = message.id[-1] if message.pluralizable else message.id
    return plural


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant"])
def test_chinese_is_punctuated_in_full_width(locale: str) -> None:
    wrong = [text for m in messages(locale) for text in texts(m) if _HALF_WIDTH.search(text)]
    assert wrong == []


def test_messages_are_sorted_and_without_source_lines() -> None:
    """So that two branches seldom touch the same line."""
    for locale in LOCALES:
        ids = [m.id[0] if m.pluralizable else m.id for m in messages(locale)]
        assert ids == sorted(ids)
        assert not any(m.locations for m in messages(locale))
