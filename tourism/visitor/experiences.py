from flask import Blueprint

bp = Blueprint("experiences", __name__)


@bp.get("/experiences")
def index() -> str:
    return "being built"
