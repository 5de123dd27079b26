from flask import Blueprint

bp = Blueprint("festivals", __name__)


@bp.get("/festivals")
def index() -> str:
    return "being built"
