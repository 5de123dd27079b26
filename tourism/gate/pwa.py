from flask import Blueprint

bp = Blueprint("pwa", __name__)


@bp.get("/")
def show() -> str:
    return "being built"
