"""Rules that hold for every template."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from tourism.app import create_app
from tourism.settings import Settings

FOLDER = Path(__file__).parent.parent / "templates"
ALL = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())
# A page is what a view renders: not a part, a macro library or a base.
PAGES = [
    name
    for name in ALL
    if not Path(name).name.startswith("_")
    and not name.startswith("macros/")
    and Path(name).name != "base.html"
]
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=", re.I),
    "an inline style sheet": re.compile(r"<style\b", re.I),
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "a javascript: address": re.compile(r"javascript:", re.I),
    "text marked safe": re.compile(r"\|\s*safe\b|\bMarkup\(|autoescape\s+false", re.I),
    "another host's part": re.compile(
        r"<(script|link|img|iframe)\b[^>]*\b(src|href)=.https?:", re.I
    ),
}
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.I | re.S)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The app's own, with its filters; no database is asked."""
    folder = tmp_path_factory.mktemp("templates")
    return create_app(Settings(instance=folder, secret_key="for tests only")).jinja_env


def test_there_are_pages_to_look_at() -> None:
    assert len(PAGES) > 10


@pytest.mark.parametrize("name", ALL)
def test_compiles(environment: Environment, name: str) -> None:
    environment.get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_own_title(environment: Environment, name: str) -> None:
    template = environment.get_template(name)
    source = (FOLDER / name).read_text("utf-8")
    assert "title" in template.blocks or "<title>" in source


@pytest.mark.parametrize("name", ALL)
def test_keeps_to_the_content_policy(name: str) -> None:
    source = (FOLDER / name).read_text("utf-8")
    found = {what: hit[0] for what, rule in FORBIDDEN.items() if (hit := rule.search(source))}
    assert found == {}


@pytest.mark.parametrize("name", ALL)
def test_scripts_are_files_and_data_is_json(name: str) -> None:
    """What a script needs of a page stands in a JSON block, written by `tojson` alone."""
    for attributes, body in _SCRIPT.findall((FOLDER / name).read_text("utf-8")):
        if 'type="application/json"' in attributes or 'type="application/ld+json"' in attributes:
            assert re.fullmatch(r"\{\{[^{}]*\|\s*tojson\s*\}\}", body.strip())
        else:
            assert "src=" in attributes
            assert body.strip() == ""
