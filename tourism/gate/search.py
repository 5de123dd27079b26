"""The API for a booking whose code is nowhere: by the last digits of a phone number."""

import hashlib

from flask import request
from flask.typing import ResponseReturnValue

from tourism.admissions.enrolments import authenticate
from tourism.admissions.search import find_by_tail
from tourism.core.clock import now
from tourism.gate import wire
from tourism.gate.scans import bp, device_secret
from tourism.web.db import transaction
from tourism.web.limits import limiter


def _phone() -> str:
    """Who is held to the limit: the phone, for all phones of a gate may share an address."""
    shown = request.headers.get("Authorization", "")
    return "gate phone " + hashlib.sha256(shown.encode()).hexdigest()


@bp.post("/search")
@limiter.limit("20 per minute; 200 per day", key_func=_phone)
def search() -> ResponseReturnValue:
    """Today's bookings at this gate whose phone number ends in these digits."""
    secret, tail, moment = device_secret(), wire.read_search(), now()
    with transaction() as session:
        device = authenticate(session, secret=secret)
        found = find_by_tail(session, device=device, tail=tail, now=moment)
    return {"found": [wire.found_json(each) for each in found]}
