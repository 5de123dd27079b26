"""What `pip install .` gives is whole, wherever it is installed."""

import configparser
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("tourism", "templates", "static", "data", "requirements")
FILES = ("setup.cfg", "pyproject.toml", "LICENSE", "README.md")
UNPACKAGED = shutil.ignore_patterns("__pycache__", "vendor", ".vendor-*", "*.egg-info")
# Our tree → where the package has it.
INSIDE = {"tourism": "tourism", **{name: f"tourism/{name}" for name in PARTS[1:4]}}

TRIAL = """
import sys
from flask import render_template_string
import tourism
from tourism import migrations
from tourism.app import create_app
from tourism.cli import vendor
from tourism.web import assets, db
assert tourism.__file__.startswith(sys.argv[1]), tourism.__file__
assert vendor.LOCK.is_file() and not vendor.is_current()
assert assets.style_sheet()
app = create_app()
for name in app.jinja_env.list_templates():
    app.jinja_env.get_template(name)
with app.app_context():
    migrations.upgrade(db.engine())
print(app.test_client().get("/readyz").json["status"])
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as a fresh clone has it."""
    folder = tmp_path_factory.mktemp("clone")
    for name in PARTS:
        shutil.copytree(ROOT / name, folder / name, ignore=UNPACKAGED)
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(made), str(tree))
    (file,) = made.glob("tourism-*.whl")
    return file


def _pip(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *words], check=True)


def test_every_package_is_listed() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = config["options"]["packages"].split()
    found = [
        str(init.parent.relative_to(ROOT)).replace("/", ".")
        for init in (ROOT / "tourism").rglob("__init__.py")
    ]
    data = [f"tourism.{name}" for name in ("templates", "static", "data")]
    assert sorted(listed) == sorted(found + data)


def test_the_wheel_holds_every_file(tree: Path, wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"{packaged}/{file.relative_to(tree / name)}"
        for name, packaged in INSIDE.items()
        for file in (tree / name).rglob("*")
        if file.is_file()
    }
    assert len(wanted) > 200
    assert wanted - inside == set()
    ours = {name for name in inside if ".dist-info/" not in name}
    assert ours - wanted == set()
    assert any(name.endswith("/licenses/LICENSE") for name in inside)


def test_the_installed_package_works_away_from_the_tree(wheel: Path, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    _pip("install", "--no-deps", "--no-index", "--target", str(target), str(wheel))
    environ = {"PYTHONPATH": str(target), "TOURISM_INSTANCE": str(elsewhere / "instance")}
    tried = subprocess.run(
        [sys.executable, "-c", TRIAL, str(target)],
        cwd=elsewhere,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (tried.returncode, tried.stdout.strip()) == (0, "ready"), tried.stderr
    assert (target / "bin" / "tourism").is_file()


def test_locked_versions_name_no_host() -> None:
    for file in sorted((ROOT / "requirements").glob("*.txt")):
        lines = [line for line in file.read_text().splitlines() if line and line[0] not in "# "]
        assert all("==" in line for line in lines)
        assert "://" not in file.read_text()


def test_the_lock_has_every_requirement() -> None:
    for name in ("app", "dev"):
        folder = ROOT / "requirements"
        wanted = [_project(line) for line in (folder / f"{name}.in").read_text().splitlines()]
        locked = {_project(line) for line in (folder / f"{name}.txt").read_text().splitlines()}
        assert [each for each in wanted if each and each not in locked] == []


def _project(line: str) -> str:
    """The name in a line of requirements, spelled as an index does; "" for other lines."""
    if not line or line[0] in "#- ":
        return ""
    for sign in "[;=>< ":
        line = line.partition(sign)[0]
    return line.lower().replace("_", "-").replace(".", "-")
