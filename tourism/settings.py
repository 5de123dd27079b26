"""Every TOURISM_* variable, read once, in one place.

A wrong or missing value stops the start with the variable's name. `docs/settings.md` explains
each for operators; a test keeps the two in step.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any


class SettingsError(Exception):
    """A setting that is wrong or missing; the message names the variable."""


_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class Mode(StrEnum):
    DEMO = "demo"  # secrets are made on the spot, sample data is welcome
    PRODUCTION = "production"  # nothing secret has a default, no sample data


class Datum(StrEnum):
    WGS84 = "wgs84"
    GCJ02 = "gcj02"


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError("expected yes or no")
    return _FLAGS[text.lower()]


def _minutes(text: str) -> timedelta:
    return timedelta(minutes=_count(text))


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError("expected a number of at least 1")
    return value


def _natural(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError("expected a number of at least 0")
    return value


def _port(text: str) -> int:
    value = _count(text)
    if value > 65535:
        raise ValueError("expected a port, at most 65535")
    return value


def _database_url(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("expected sqlite:///… or postgresql+psycopg://…")
    return text


def _token(text: str) -> str:
    if len(text) < 16:
        raise ValueError("expected at least 16 letters")
    return text


def _setting(parse: Callable[[str], Any], default: Any) -> Any:
    return field(default=default, metadata={"parse": parse})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of a process. The variable of a field is TOURISM_ and its name."""

    mode: Mode = _setting(Mode, Mode.DEMO)
    instance: Path = _setting(lambda text: Path(text).absolute(), Path("instance").absolute())
    database_url: str = _setting(_database_url, "")
    secret_key: str = _setting(str, "")
    ticket_keys: Path | None = _setting(lambda text: Path(text).absolute(), None)
    public_url: str = _setting(lambda text: text.rstrip("/"), "")
    https: bool = _setting(_flag, False)
    trusted_proxies: int = _setting(_natural, 0)
    redis_url: str = _setting(str, "")
    hold: timedelta = _setting(_minutes, timedelta(minutes=15))
    holds_per_address: int = _setting(_count, 60)
    private_targets: bool = _setting(_flag, False)
    metrics_token: str = _setting(_token, "")
    tiles_url: str = _setting(str, "")
    tiles_datum: Datum = _setting(Datum, Datum.WGS84)
    tiles_attribution: str = _setting(str, "")
    host: str = _setting(str, "127.0.0.1")
    port: int = _setting(_port, 8000)
    threads: int | None = _setting(_count, None)
    workers: int = _setting(_count, 1)

    @property
    def engine_url(self) -> str:
        return self.database_url or f"sqlite:///{self.instance / 'tourism.db'}"

    @property
    def ticket_keys_file(self) -> Path:
        return self.ticket_keys or self.instance / "ticket-keys.json"

    @property
    def is_demo(self) -> bool:
        return self.mode is Mode.DEMO


def variable(name: str) -> str:
    """The environment variable of a field."""
    return f"TOURISM_{name.upper()}"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from an environment. Raises SettingsError with the variable at fault."""
    values = {
        each.name: _parse(each.name, each.metadata["parse"], environ[variable(each.name)])
        for each in fields(Settings)
        if environ.get(variable(each.name))
    }
    settings = Settings(**values)
    if settings.secret_key:
        return settings
    if not settings.is_demo:
        raise SettingsError("TOURISM_SECRET_KEY must be set in production mode")
    return Settings(**values | {"secret_key": _kept_secret(settings.instance / "secret-key")})


def _parse(name: str, parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        shown = (
            "" if name in ("database_url", "metrics_token") else f"={text!r}"
        )  # a password may be in it
        raise SettingsError(f"{variable(name)}{shown} is not usable: {error}") from error


def _kept_secret(file: Path) -> str:
    """The secret of a demo: made at the first start, kept beside its database."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text().strip()
