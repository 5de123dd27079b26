"""For operations: is the process alive, and can it serve."""

from alembic.runtime.migration import MigrationContext
from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from tourism.migrations import newest_revision
from tourism.web.db import engine

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    return {"status": "alive"}


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """200 when the database answers and has the newest schema, otherwise 503."""
    try:
        with engine().connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError:
        return {"status": "no database"}, 503
    if current != newest_revision():
        return {"status": "migrations pending"}, 503
    return {"status": "ready"}
