from flask import Blueprint

bp = Blueprint("statistics", __name__)


@bp.get("/")
def index() -> str:
    return "being built"
