"""The channel API for outside sellers (OCTO)."""

from flask import Blueprint

bp = Blueprint("channel", __name__, url_prefix="/octo")
