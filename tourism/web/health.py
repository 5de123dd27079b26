"""For operations: is the process alive, and can it serve."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from tourism import migrations
from tourism.settings import SettingsError
from tourism.web.codes import ticket_keys
from tourism.web.db import engine

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    return {"status": "alive"}


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """200 when the database answers and has the newest schema and the ticket keys are there."""
    try:
        current = migrations.is_current(engine())
    except SQLAlchemyError:
        return {"status": "no database"}, 503
    if not current:
        return {"status": "migrations pending"}, 503
    try:
        ticket_keys()
    except SettingsError:
        return {"status": "no ticket keys"}, 503
    return {"status": "ready"}
