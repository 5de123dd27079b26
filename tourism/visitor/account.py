from flask import Blueprint

bp = Blueprint("account", __name__)


@bp.get("/account/sign-in")
def sign_in() -> str:
    return "being built"
