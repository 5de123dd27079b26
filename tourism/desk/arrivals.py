from flask import Blueprint

bp = Blueprint("arrivals", __name__)


@bp.get("/")
def index() -> str:
    return "being built"
