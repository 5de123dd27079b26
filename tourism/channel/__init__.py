"""The channel API for outside sellers (OCTO): JSON only, a key with each request, no cookies."""

import logging

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from tourism.channel import availability, bookings, products, reference, subscriptions
from tourism.channel.errors import OctoError, bad_request, of_domain
from tourism.channel.seller import add_headers, answer, authenticate, rate_key
from tourism.core.errors import TourismError
from tourism.web.limits import limiter

log = logging.getLogger(__name__)
bp = Blueprint("channel", __name__)
octo = Blueprint("octo", __name__, url_prefix="/octo")
limiter.limit_all(octo, "600 per minute", key_func=rate_key)
octo.before_request(authenticate)
octo.after_request(add_headers)
_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


@octo.route("/", defaults={"path": ""}, methods=_METHODS)
@octo.route("/<path:path>", methods=_METHODS)
def nowhere(path: str) -> ResponseReturnValue:
    raise bad_request(_("There is nothing at this address."))


@octo.errorhandler(OctoError)
def _show(error: OctoError) -> ResponseReturnValue:
    return answer(error.body), error.status


@octo.errorhandler(TourismError)
def _show_refusal(error: TourismError) -> ResponseReturnValue:
    return _show(of_domain(error))


@octo.errorhandler(HTTPException)
def _show_http(error: HTTPException) -> ResponseReturnValue:
    if error.code == 429:
        words = _("Too many requests; wait a moment.")
        return _show(OctoError("TOO_MANY_REQUESTS", words, status=429))
    return _show(bad_request(_("The request is not understood.")))


@octo.errorhandler(Exception)
def _show_failure(error: Exception) -> ResponseReturnValue:
    log.exception("a channel's request failed", exc_info=error)
    words = _("Something broke on our side; please try again.")
    return _show(OctoError("INTERNAL_SERVER_ERROR", words, status=500))


for module in (availability, bookings, products, subscriptions):
    octo.register_blueprint(module.bp)
bp.register_blueprint(octo)
bp.register_blueprint(reference.bp)
API = (
    octo,
    availability.bp,
    bookings.bp,
    products.bp,
    subscriptions.bp,
)  # whoever shows a key needs no form token
