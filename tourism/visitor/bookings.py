from flask import Blueprint

bp = Blueprint("bookings", __name__)


@bp.get("/bookings")
def find() -> str:
    return "being built"
