"""The API of enrolled phones: no cookies, a secret with each request, an answer for each scan."""

import logging
import re
from datetime import datetime
from functools import partial

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from tourism.admissions.conflicts import open_conflicts
from tourism.admissions.enrolments import (
    authenticate,
    enrol_device,
    note_seen,
    note_synced,
    secret_hash,
    seen_lately,
)
from tourism.admissions.errors import DeviceRevokedError, DeviceUnknownError
from tourism.admissions.judgement import Device, Facts, Scan
from tourism.admissions.manifest import changes_since
from tourism.admissions.models import Direction
from tourism.admissions.offline import record_scans
from tourism.admissions.operations import Answer, admit
from tourism.admissions.plain import admit_as_signed
from tourism.admissions.presence import presence_at
from tourism.admissions.queries import find_device, find_slot_facts
from tourism.audit.operations import Actor
from tourism.bookings.no_shows import make_room
from tourism.bookings.on_the_spot import offers_on_the_spot
from tourism.core.clock import now
from tourism.core.errors import TourismError
from tourism.destination.queries import get_destination
from tourism.gate import wire
from tourism.gate.build import build
from tourism.gate.sales import settle
from tourism.web.codes import ticket_keys
from tourism.web.db import directly, is_postgresql, transaction
from tourism.web.errors import status_of
from tourism.web.kept import kept
from tourism.web.limits import limiter

bp = Blueprint("scans", __name__, url_prefix="/api")
log = logging.getLogger(__name__)
_BEARER = re.compile(r"Device ([A-Za-z0-9_-]{43})")


@bp.post("/enrol")
@limiter.limit("10 per minute; 60 per hour")
def enrol() -> ResponseReturnValue:
    """A one-time code against a secret, and what the phone needs to know of its gate."""
    asked, moment = wire.read_enrol(), now()
    with transaction() as session:
        device = enrol_device(
            session, code=asked.code, name=asked.name, build=asked.build, now=moment
        )
        zone = get_destination(session).time_zone
    return {
        "device": {"id": device.id, "name": device.name},
        "secret": device.secret,
        "gate": {"slug": device.gate_slug, "name": device.gate_name},
        "keys": _keys(),
        "time_zone": zone,
        "now": wire.instant(moment),
    }, 201


@bp.post("/scans")
def ask() -> ResponseReturnValue:
    """Judge one scan now. A forged code is answered without asking the database anything."""
    secret, asked, moment = device_secret(), wire.read_ask(), now()
    try:
        scan = wire.identified(asked, ticket_keys().public)
    except wire.BAD_CODES as error:
        return wire.answer_json(wire.bad_code(asked.scan, error, moment), moment)
    answer = _admit_plainly(secret, asked, scan, moment)
    if answer is None:
        with transaction() as session:
            device = authenticate(session, secret=secret)
            note_seen(session, device=device, build=asked.build, clock=asked.clock, now=moment)
            room = partial(make_room, session, now=moment, actor=Actor("device", str(device.id)))
            answer = admit(session, device=device, scan=scan, now=moment, make_room=room)
    return wire.answer_json(answer, moment)


def _admit_plainly(secret: str, asked: wire.Ask, scan: Scan, moment: datetime) -> Answer | None:
    """One statement where the ticket stands as its code says. None: look first."""
    if scan.signed is None or scan.direction is Direction.OUT or not is_postgresql():
        return None
    device = _kept_device(secret_hash(secret))
    slot = _kept_slot(scan.signed.slot_id)
    if device is None or slot is None or not seen_lately(device, asked.build, moment):
        return None
    with directly() as direct:
        return admit_as_signed(direct, device=device, scan=scan, slot=slot, now=moment)


def _kept_device(hashed: str) -> Device | None:
    """As it was up to a second ago; whether it is revoked is asked with the scan."""
    return kept(("device", hashed), partial(find_device, secret_hash=hashed))


def _kept_slot(slot_id: int) -> Facts | None:
    return kept(("slot at the gate", slot_id), partial(find_slot_facts, slot_id=slot_id))


@bp.post("/sync")
def sync() -> ResponseReturnValue:
    """Keep what the phone did alone, and tell it what it has to know: an answer for each scan."""
    secret, told, moment = device_secret(), wire.read_sync(), now()
    sold, refused = settle(secret, told.sales, moment)
    scans = [*wire.told_scans(told, ticket_keys().public), *sold]
    with transaction() as session:
        device = authenticate(session, secret=secret)
        note_synced(
            session,
            device=device,
            build=told.build,
            clock=told.clock,
            waiting=told.waiting,
            battery=told.battery,
            now=moment,
        )
        kept = record_scans(session, device=device, scans=scans, undos=told.undos, now=moment)
        changes = changes_since(session, device=device, cursor=told.cursor, now=moment)
        offers = offers_on_the_spot(
            session, device_id=device.id, operator_id=device.operator_id, now=moment
        )
        present = presence_at(
            session, operator_id=device.operator_id, place_id=device.place_id, now=moment
        )
        alerts = [wire.alert_json(each) for each in open_conflicts(session, gate_id=device.gate_id)]
    rejected = {name: wire.rejected_json(reason) for name, reason in told.rejected.items()}
    return {
        "now": wire.instant(moment),
        "results": refused | rejected | {name: wire.kept_json(each) for name, each in kept.items()},
        **wire.changes_json(changes),
        "keys": _keys(),
        "walk_in": wire.offers_json(offers),
        "present": wire.presence_json(present),
        "alerts": alerts,
        "build": build(),
    }


def device_secret() -> str:
    """What the phone shows. Raises DeviceUnknownError."""
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        raise DeviceUnknownError
    return found[1]


def _keys() -> dict[str, str]:
    """The public halves by number, in hex."""
    return {str(number): key.hex() for number, key in ticket_keys().public.items()}


@bp.errorhandler(wire.WireError)
def _show_misunderstanding(error: wire.WireError) -> ResponseReturnValue:
    return {"error": "not_understood", "field": error.code}, 400


@bp.errorhandler(DeviceUnknownError)
@bp.errorhandler(DeviceRevokedError)
def _show_stranger(error: TourismError) -> ResponseReturnValue:
    return {"error": error.code}, 401, {"WWW-Authenticate": "Device"}


@bp.errorhandler(TourismError)
def _show_refusal(error: TourismError) -> ResponseReturnValue:
    return {"error": error.code}, status_of(error)


@bp.errorhandler(HTTPException)
def _show_http(error: HTTPException) -> ResponseReturnValue:
    codes = {413: "too_large", 429: "too_often"}
    return {"error": codes.get(error.code or 0, "not_understood")}, error.code or 500


@bp.errorhandler(Exception)
def _show_failure(error: Exception) -> ResponseReturnValue:
    log.exception("a request of a gate phone failed", exc_info=error)
    return {"error": "failed"}, 500
