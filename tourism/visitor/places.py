from flask import Blueprint

bp = Blueprint("places", __name__)


@bp.get("/map")
def index() -> str:
    return "being built"
