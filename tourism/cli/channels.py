"""Outside sellers and their keys."""

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
from tourism.channels.operations import NewKey, Terms, create_channel, issue_key, revoke_key
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
