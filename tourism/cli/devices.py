"""The phones at the gates."""

import click
from flask.cli import with_appcontext

from tourism.admissions.enrolments import CODE_LIVES, create_enrolment, revoke_device
from tourism.admissions.errors import DeviceNotFoundError, GateNotFoundError
from tourism.admissions.queries import all_devices, get_device, get_gate
from tourism.audit.operations import SYSTEM
from tourism.core.clock import now
from tourism.core.languages import EN, in_language
from tourism.web.db import db_session, transaction


@click.group()
def devices() -> None:
    """The phones that scan tickets at the gates."""


@devices.command()
@click.argument("gate")
@click.option("--name", default="", help="What the phone is called in lists.")
@with_appcontext
def enrol(gate: str, name: str) -> None:
    """Print a one-time code that makes a phone a scanner of GATE (its slug)."""
    try:
        with transaction() as session:
            made = create_enrolment(
                session,
                gate=get_gate(session, gate),
                device_name=name,
                created_by=None,
                actor=SYSTEM,
                now=now(),
            )
    except GateNotFoundError as error:
        raise click.ClickException(f"there is no gate {gate!r}") from error
    minutes = CODE_LIVES.seconds // 60
    click.echo(made.code)
    click.echo(f"Type it at /gate/ on the phone within {minutes} minutes; it works once.", err=True)


@devices.command("list")
@with_appcontext
def list_devices() -> None:
    """Show each phone: number, gate, state, last scan, name."""
    for device in all_devices(db_session()):
        state = "revoked" if device.revoked_at else "enrolled"
        seen = f"{device.last_seen_at:%Y-%m-%d %H:%M}Z" if device.last_seen_at else "never"
        gate = in_language(device.gate.name, EN)
        click.echo(
            f"{device.id:4}  {device.gate.slug:20}  {state:8}  {seen:17}  {device.name}  ({gate})"
        )


@devices.command()
@click.argument("device", type=int)
@with_appcontext
def revoke(device: int) -> None:
    """End the access of the phone with that number, from its next scan on."""
    try:
        with transaction() as session:
            found = get_device(session, device)
            revoke_device(session, device=found, actor=SYSTEM, now=now())
    except DeviceNotFoundError as error:
        raise click.ClickException(f"there is no phone number {device}") from error
    click.echo(f"Phone {device} can no longer scan.")
