"""The scanning page: public, without data, with words for all that can happen."""

import json
import posixpath
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.admissions import make_gate
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience
from tourism.admissions.models import Outcome
from tourism.core.languages import LANGUAGES
from tourism.gate.build import build, kept_files
from tourism.web.assets import module


@pytest.fixture(autouse=True)
def _gate(session: Session) -> None:
    make_destination(session)
    make_gate(session, make_experience(session))
    session.commit()


def test_anybody_may_open_it_and_learns_nothing(client: FlaskClient) -> None:
    page = client.get("/gate/")
    assert page.status_code == 200
    assert "east" not in page.text
    assert "试验" not in page.text


def test_only_this_page_may_run_webassembly(client: FlaskClient) -> None:
    allowed = "script-src 'self' 'wasm-unsafe-eval'"
    assert allowed in client.get("/gate/").headers["Content-Security-Policy"]
    other = client.get("/gate/phones/new").headers["Content-Security-Policy"]
    assert "wasm" not in other


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_has_words_and_a_next_step(client: FlaskClient, language: str) -> None:
    """Green needs no step; everything else tells a seasonal helper what to do."""
    words = _words(client, language)
    for outcome in (*Outcome, "unknown_code", "not_code", "offline", "failed"):
        said = words["outcomes"][outcome]
        assert said["lines"], outcome
        assert bool(said["next"]) == (outcome != Outcome.OK), outcome
        assert "%(" not in str(said)


def test_words_differ_by_language_and_keep_their_braces(client: FlaskClient) -> None:
    said = [_words(client, tag) for tag in LANGUAGES]
    assert len({str(words["outcomes"]) for words in said}) == 3
    for name in said[0]["outcomes"]:
        braces = [sorted(re.findall(r"{(\w+)}", str(words["outcomes"][name]))) for words in said]
        assert set(braces[0]) == set(braces[1]) == set(braces[2]), name


def test_the_api_has_one_address_in_all_languages(client: FlaskClient) -> None:
    """So a phone's requests never touch the cookie in which a browser keeps its language."""
    for path in ("/gate/", "/en/gate/", "/zh-hant/gate/?x=1"):
        assert 'data-api="/gate/api/"' in client.get(path).text


def _fetched(client: FlaskClient, path: str) -> bytes:
    with client.get(path) as answer:
        assert answer.status_code == 200, path
        return answer.data


def _words(client: FlaskClient, language: str) -> dict:
    page = client.get(f"/{language.lower()}/gate/").text
    block = page.partition('id="gate-words">')[2].partition("</script>")[0]
    return json.loads(block)


def test_the_worker_rules_what_lies_below_it_and_is_asked_for_each_time(
    client: FlaskClient,
) -> None:
    answer = client.get("/gate/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert build() in answer.text
    assert 'data-worker="/gate/sw.js"' in client.get("/gate/").text
    assert 'data-worker="/en/gate/sw.js"' in client.get("/en/gate/").text


@pytest.mark.parametrize("start", ["", "/en", "/zh-hant"])
def test_all_that_the_worker_keeps_is_there(client: FlaskClient, start: str) -> None:
    """It keeps all or nothing: one missing file and no phone would start without a network."""
    script = client.get(f"{start}/gate/sw.js").text
    gate = json.loads(script.partition("const GATE = ")[2].partition(";\n")[0])
    assert gate["page"] == f"{start}/gate/"
    for path in (gate["page"], *gate["files"]):
        assert _fetched(client, path), path
    assert any(path.partition("?")[0].endswith(".wasm") for path in gate["files"])


def test_the_worker_keeps_each_module_that_another_loads(client: FlaskClient) -> None:
    files = {path.partition("?")[0] for path in kept_files()}
    for path in sorted(path for path in files if path.endswith(".js") and "/gate/" in path):
        for wanted in re.findall(r'from "(\.[^"]+)"', _fetched(client, path).decode()):
            found = posixpath.normpath(f"{posixpath.dirname(path)}/{wanted}")
            assert found in files, (path, wanted)


def test_the_worker_keeps_what_the_page_names(client: FlaskClient) -> None:
    page = client.get("/gate/").text
    named = re.findall(r'(?:src|href|data-wasm)="(/(?:static|site)[^"]+)"', page)
    icons = {path for path in named if path.partition("?")[0].endswith(".png")}
    assert len(named) > 4
    assert set(named) - icons <= set(kept_files())


def test_each_script_is_kept_under_an_address_that_names_its_state(client: FlaskClient) -> None:
    """So the worker's copy comes from the browser's own cache, and not over the air once more."""
    scripts = [path for path in kept_files() if "/gate@" in path]
    assert len(scripts) > 20
    entry = module("js/gate/app.js")
    assert entry in scripts
    assert f'src="{entry}"' in client.get("/gate/").text
    for path in (entry, re.sub("@[0-9a-f]{12}/", "@0123456789ab/", entry)):
        with client.get(path) as answer:
            assert answer.status_code == 200
            assert ("immutable" in answer.headers["Cache-Control"]) == (path == entry), path


def test_the_manifest_puts_it_on_the_home_screen(client: FlaskClient) -> None:
    manifest = json.loads(client.get("/en/gate/manifest.webmanifest").data)
    assert (manifest["lang"], manifest["name"], manifest["scope"]) == ("en", "Gate", "./")
    for icon in manifest["icons"]:
        assert _fetched(client, icon["src"]).startswith(b"\x89PNG")
