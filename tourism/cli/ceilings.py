"""Limits above slots, and the rules of an experience for lines and for who does not come."""

from datetime import timedelta

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from tourism.audit.operations import SYSTEM
from tourism.bookings.no_shows import set_grace
from tourism.bookings.waiting import set_order
from tourism.core.clock import now
from tourism.core.errors import TourismError
from tourism.destination.queries import get_place
from tourism.experiences.ceilings import ceilings as all_ceilings
from tourism.experiences.ceilings import (
    change_ceiling,
    find_ceiling,
    fullest,
    remove_ceiling,
    set_ceiling,
)
from tourism.experiences.models import Ceiling, CeilingKind
from tourism.web.db import db_session, transaction

_KIND = click.Choice([kind.value for kind in CeilingKind])


@click.group()
def ceilings() -> None:
    """Limits above times: of a place with all below it, or of the township."""


@ceilings.command("list")
@with_appcontext
def show() -> None:
    """Every ceiling with its number, and how many are booked where it is fullest from now on."""
    for each in all_ceilings(db_session()):
        click.echo(_line(db_session(), each))


@ceilings.command("set")
@click.argument("kind", type=_KIND)
@click.argument("most", type=int)
@click.option("--place", "slug", help="The place it limits (its slug); default: the township.")
@click.option("--name", help="What visitors are told is full; default: the place's own name.")
@with_appcontext
def set_(kind: str, most: int, slug: str | None, name: str | None) -> None:
    """Let at most MOST people come on a day, or be present at once.

    A ceiling of that kind and place is changed. Nobody who is booked is thrown out: where more are
    booked nothing is sold until they are fewer.
    """
    with transaction() as session:
        try:
            ceiling = _set(session, CeilingKind(kind), most, slug, name)
        except TourismError as error:
            raise click.ClickException(f"that cannot be: {error.code}") from error
    click.echo(_line(db_session(), ceiling))


@ceilings.command("remove")
@click.argument("number", type=int)
@with_appcontext
def remove(number: int) -> None:
    """Do without the ceiling of that number (as `list` shows it)."""
    with transaction() as session:
        ceiling = session.get(Ceiling, number)
        if ceiling is None:
            raise click.ClickException(f"there is no ceiling {number}")
        remove_ceiling(session, ceiling=ceiling, now=now(), actor=SYSTEM)
    click.echo("Removed.")


@click.command()
@click.argument("experience")
@click.option("--grace", type=int, help="Minutes after which absent parties' places are given on.")
@click.option("--no-grace", is_flag=True, help="Keep the places of who has not come.")
@click.option("--strict/--by-size", default=None, help="Serve waiting lists in order, or by size.")
@with_appcontext
def rules(experience: str, grace: int | None, no_grace: bool, strict: bool | None) -> None:
    """Set what EXPERIENCE (its slug) does about parties that do not come, and about its lines."""
    after = None if grace is None else timedelta(minutes=grace)
    try:
        with transaction() as session:
            if after is not None or no_grace:
                set_grace(session, slug=experience, after=after, now=now(), actor=SYSTEM)
            if strict is not None:
                set_order(session, slug=experience, is_strict=strict, now=now(), actor=SYSTEM)
    except TourismError as error:
        raise click.ClickException(f"that cannot be: {error.code}") from error
    click.echo("Done.")


def _set(
    session: Session, kind: CeilingKind, most: int, slug: str | None, name: str | None
) -> Ceiling:
    place = None if slug is None else get_place(session, slug)
    place_id = None if place is None else place.id
    found = find_ceiling(session, kind, place_id)
    if found is not None:
        change_ceiling(session, ceiling=found, capacity=most, now=now(), actor=SYSTEM)
        return found
    if name is None and place is None:
        raise click.ClickException("say with --name what is full")
    names = {"zh-Hans": name} if name else dict(place.name) if place else {}
    return set_ceiling(
        session,
        kind=kind,
        name=names,
        capacity=most,
        now=now(),
        actor=SYSTEM,
        place_id=place_id,
    )


def _line(session: Session, each: Ceiling) -> str:
    top = fullest(session, each, now())
    over = f", {top - each.capacity} too many: sells nothing there" if top > each.capacity else ""
    name = each.name.get("zh-Hans") or next(iter(each.name.values()), "")
    return f"{each.id}: {name}, {each.kind}, {each.capacity} at most, {top} booked{over}"
