"""Limits above slots, and the rules of an experience."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from tourism.audit.operations import SYSTEM
from tourism.bookings.rules import find_rules, set_rules
from tourism.core.clock import now
from tourism.core.errors import TourismError
from tourism.destination.queries import get_place
from tourism.experiences.ceiling_queries import all_ceilings, find_ceiling, fullest, get_ceiling
from tourism.experiences.ceilings import change_ceiling, remove_ceiling, set_ceiling
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
        try:
            ceiling = get_ceiling(session, number)
        except TourismError as error:
            raise click.ClickException(f"there is no ceiling {number}") from error
        remove_ceiling(session, ceiling=ceiling, now=now(), actor=SYSTEM)
    click.echo("Removed.")


@click.command()
@click.argument("experience")
@click.option("--grace", type=int, help="Minutes after which absent parties' places are given on.")
@click.option("--no-grace", is_flag=True, help="Keep the places of who has not come.")
@click.option("--strict/--by-size", default=None, help="Serve waiting lists in order, or by size.")
@click.option("--largest-party", type=int, help="How many people at most on one booking.")
@click.option("--per-phone", type=int, help="How many bookings a phone number may have on a day.")
@with_appcontext
def rules(
    experience: str,
    grace: int | None,
    no_grace: bool,
    strict: bool | None,
    largest_party: int | None,
    per_phone: int | None,
) -> None:
    """Set the rules of EXPERIENCE (its slug): limits, who does not come, the order of lines."""
    wanted: dict[str, Any] = {
        "grace": None if grace is None else timedelta(minutes=grace),
        "is_strict": strict,
        "largest_party": largest_party,
        "bookings_per_phone": per_phone,
    }
    changes = {rule: value for rule, value in wanted.items() if value is not None}
    if no_grace:
        changes["grace"] = None
    try:
        with transaction() as session:
            changed = replace(find_rules(session, experience), **changes)
            set_rules(session, slug=experience, rules=changed, now=now(), actor=SYSTEM)
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
