"""The API for people who come to the gate without booking."""

from flask.typing import ResponseReturnValue

from tourism.core.clock import now
from tourism.gate import wire
from tourism.gate.sales import sell
from tourism.gate.scans import bp, device_secret


@bp.post("/walk-ins")
def create() -> ResponseReturnValue:
    """Sell a party places and let it in; told again, the same answer."""
    secret, sale, moment = device_secret(), wire.read_walk_in(), now()
    return wire.answer_json(sell(secret, sale, moment), moment)
