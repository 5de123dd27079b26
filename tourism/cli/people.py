"""Accounts from the command line: the first officer, and whoever has locked everybody out."""

from typing import NoReturn

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from tourism.accounts.errors import (
    EmailInvalidError,
    EmailTakenError,
    NameMissingError,
    UserNotFoundError,
    WeakPasswordError,
)
from tourism.accounts.models import Role, User
from tourism.accounts.operations import invite, set_enabled, set_password
from tourism.accounts.queries import find_people, get_user_by_email
from tourism.audit.operations import SYSTEM
from tourism.core.clock import now
from tourism.core.errors import TourismError
from tourism.web.db import db_session, transaction

_WORDS: dict[type[TourismError], str] = {
    EmailInvalidError: "That is no email address.",
    EmailTakenError: "There is an account with this email already.",
    NameMissingError: "The name is missing.",
    UserNotFoundError: "There is no account with this email.",
}
_WEAK = {
    "short": "It is too short: use at least 10 letters or digits.",
    "long": "It is too long: use at most 200 letters.",
    "common": "Too many people use this password.",
    "personal": "It is the person's own name or email.",
}


@click.group()
def people() -> None:
    """People who may sign in."""


@people.command()
@click.argument("email")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="What the person does.",
)
@click.option("--name", required=True, help="What the person is called.")
@with_appcontext
def add(email: str, role: str, name: str) -> None:
    """Make an account and print its password, once.

    The person changes the password at the first sign-in. Owners and stewards see nothing until
    the office has said for which orchards they work.
    """
    try:
        with transaction() as session:
            made = invite(session, email=email, name=name, role=Role(role), now=now(), actor=SYSTEM)
    except TourismError as error:
        _refuse(error)
    click.echo(f"{made.user.email} may sign in as {made.user.role}.")
    click.echo(f"Password (shown only now, to be changed at the first sign-in): {made.password}")


@people.command("list")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), help="Only those who do this."
)
@with_appcontext
def list_people(role: str | None) -> None:
    """Show every account: email, role, state, name."""
    for user in _all(db_session(), Role(role) if role else None):
        state = "open" if user.is_enabled else "shut"
        click.echo(f"{user.email}\t{user.role}\t{state}\t{user.name}")


@people.command("set-password")
@click.argument("email")
@click.password_option(help="The new password; asked for when it is not given.")
@with_appcontext
def set_new_password(email: str, password: str) -> None:
    """Set somebody's password and sign them out everywhere."""
    try:
        with transaction() as session:
            user = get_user_by_email(session, email)
            set_password(session, user=user, new=password, now=now(), actor=SYSTEM)
    except TourismError as error:
        _refuse(error)
    click.echo(f"{user.email} has a new password.")


@people.command()
@click.argument("email")
@with_appcontext
def disable(email: str) -> None:
    """Shut an account; whoever uses it is signed out at once."""
    _switch(email, is_enabled=False)


@people.command()
@click.argument("email")
@with_appcontext
def enable(email: str) -> None:
    """Open a shut account again."""
    _switch(email, is_enabled=True)


def _switch(email: str, *, is_enabled: bool) -> None:
    try:
        with transaction() as session:
            user = get_user_by_email(session, email)
            set_enabled(session, user=user, is_enabled=is_enabled, now=now(), actor=SYSTEM)
    except TourismError as error:
        _refuse(error)
    click.echo(f"{user.email} {'may' if is_enabled else 'may not'} sign in.")


def _all(session: Session, role: Role | None) -> list[User]:
    found: list[User] = []
    while more := find_people(session, role=role, after_id=found[-1].id if found else 0):
        found += more
    return found


def _refuse(error: TourismError) -> NoReturn:
    if isinstance(error, WeakPasswordError):
        raise click.ClickException(_WEAK[str(error.facts["weakness"])]) from error
    raise click.ClickException(_WORDS.get(type(error), error.code)) from error
