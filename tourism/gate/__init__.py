"""The gate: a public shell without data, and an API for enrolled phones."""

from flask import Blueprint

from tourism.gate import (
    enrolments,
    pwa,
    scans,
    search,  # noqa: F401 - for its route
    walk_ins,  # noqa: F401 - for its route
)

bp = Blueprint("gate", __name__, url_prefix="/gate")
api_bp = scans.bp
for module in (enrolments, pwa, scans):
    bp.register_blueprint(module.bp)
