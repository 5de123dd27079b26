"""Outside sellers and their keys."""

from collections.abc import Mapping

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from tourism.audit.operations import SYSTEM
from tourism.channels.errors import (
    ChannelInvalidError,
    ChannelNameTakenError,
    ChannelNotFoundError,
)
from tourism.channels.models import Channel
from tourism.channels.operations import (
    NewKey,
    Terms,
    change_terms,
    create_channel,
    issue_key,
    revoke_key,
)
from tourism.channels.queries import all_channels, get_channel_by_name
from tourism.core.clock import now
from tourism.experiences.models import Operator
from tourism.experiences.ownership import all_operators
from tourism.web.db import db_session, transaction


@click.group()
def channels() -> None:
    """Outside sellers (travel agencies) and the keys with which they book."""


@channels.command()
@click.argument("name")
@click.option(
    "--operator", "slugs", multiple=True, help="Sell for this operator (its slug); default: all."
)
@click.option("--daily-limit", type=int, help="Places of one day, at most.")
@click.option("--share", type=int, help="Percent of a slot, at most.")
@click.option("--commission", type=int, help="Percent of the price that the channel keeps.")
@click.option("--test", "is_test", is_flag=True, help="Make a key that sells nothing.")
@with_appcontext
def create(
    name: str,
    slugs: tuple[str, ...],
    daily_limit: int | None,
    share: int | None,
    commission: int | None,
    is_test: bool,
) -> None:
    """Let NAME sell, and print its first key, once."""
    terms = Terms(daily_limit=daily_limit, share_percent=share, commission_percent=commission)
    try:
        with transaction() as session:
            channel = create_channel(
                session,
                name=name,
                operators=_operators(session, slugs) if slugs else None,
                terms=terms,
                now=now(),
                actor=SYSTEM,
            )
            made = issue_key(session, channel=channel, is_test=is_test, now=now(), actor=SYSTEM)
    except ChannelNameTakenError as error:
        raise click.ClickException(f"there is a channel {name!r} already") from error
    except ChannelInvalidError as error:
        raise click.ClickException(f"{error.facts['field']} is out of range") from error
    _print(made)


@channels.command()
@click.argument("name")
@click.option("--operator", "slugs", multiple=True, help="Sell for these operators only.")
@click.option("--all-operators", is_flag=True, help="Sell for all, also for those to come.")
@click.option("--daily-limit", help="Places of one day, at most; none: no limit.")
@click.option("--share", help="Percent of a slot, at most; none: no limit.")
@click.option("--commission", help="Percent that the channel keeps; none: not agreed here.")
@with_appcontext
def change(name: str, slugs: tuple[str, ...], all_operators: bool, **terms: str | None) -> None:
    """Let NAME sell on other terms from now on. What is not named stays as it is."""
    if slugs and all_operators:
        raise click.UsageError("either --operator or --all-operators")
    try:
        with transaction() as session:
            channel = get_channel_by_name(session, name)
            sold = None if channel.sells_everything else list(channel.operators)
            change_terms(
                session,
                channel=channel,
                operators=None if all_operators else _operators(session, slugs) or sold,
                terms=_changed(channel, terms),
                now=now(),
                actor=SYSTEM,
            )
            click.echo(f"{channel.name}  ({_terms(channel)})")
    except ChannelNotFoundError as error:
        raise click.ClickException(f"there is no channel {name!r}") from error
    except ChannelInvalidError as error:
        raise click.ClickException(f"{error.facts['field']} is out of range") from error


@channels.command("key")
@click.argument("name")
@click.option("--test", "is_test", is_flag=True, help="Make a key that sells nothing.")
@with_appcontext
def make_key(name: str, is_test: bool) -> None:
    """Print one more key of NAME, once; the others stay good."""
    try:
        with transaction() as session:
            channel = get_channel_by_name(session, name)
            made = issue_key(session, channel=channel, is_test=is_test, now=now(), actor=SYSTEM)
    except ChannelNotFoundError as error:
        raise click.ClickException(f"there is no channel {name!r}") from error
    _print(made)


@channels.command("list")
@with_appcontext
def list_channels() -> None:
    """Show each channel with its terms and keys."""
    for channel in all_channels(db_session()):
        click.echo(f"{channel.name}  ({_terms(channel)})")
        for key in channel.keys:
            state = "revoked" if key.revoked_at else "good"
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}Z" if key.last_used_at else "never used"
            kind = "test" if key.is_test else "live"
            click.echo(f"{key.id:6}  {kind}_…{key.ending}  {state:7}  {used}")


@channels.command()
@click.argument("key", type=int)
@with_appcontext
def revoke(key: int) -> None:
    """End the key with that number, from its next request on."""
    try:
        with transaction() as session:
            revoke_key(session, key_id=key, now=now(), actor=SYSTEM)
    except ChannelNotFoundError as error:
        raise click.ClickException(f"there is no key number {key}") from error
    click.echo(f"Key {key} opens nothing any more.")


def _operators(session: Session, slugs: tuple[str, ...]) -> list[Operator]:
    known = {operator.slug: operator for operator in all_operators(session)}
    for slug in slugs:
        if slug not in known:
            raise click.ClickException(f"there is no operator {slug!r}")
    return [known[slug] for slug in dict.fromkeys(slugs)]


def _changed(channel: Channel, given: Mapping[str, str | None]) -> Terms:
    """The channel's terms with what was given: a number, or the word none."""
    fields = {
        "daily_limit": "daily_limit",
        "share": "share_percent",
        "commission": "commission_percent",
    }
    values = {field: getattr(channel, field) for field in fields.values()}
    for option, text in given.items():
        if text is not None:
            values[fields[option]] = None if text == "none" else _whole_number(option, text)
    return Terms(**values)


def _whole_number(option: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise click.UsageError(f"--{option.replace('_', '-')}: a number, or the word none")
    return int(text)


def _terms(channel: Channel) -> str:
    names = ", ".join(operator.slug for operator in channel.operators)
    parts = ["sells everything" if channel.sells_everything else f"sells for {names}"]
    if channel.daily_limit is not None:
        parts.append(f"at most {channel.daily_limit} places a day")
    if channel.share_percent is not None:
        parts.append(f"at most {channel.share_percent} % of a slot")
    if channel.commission_percent is not None:
        parts.append(f"commission {channel.commission_percent} %")
    return "; ".join(parts)


def _print(made: NewKey) -> None:
    click.echo(made.secret)
    click.echo("Give this key to the channel now: it is not kept and not shown again.", err=True)
