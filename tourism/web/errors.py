"""Families of domain errors to HTTP status, and error pages that show the way on."""

import logging

from flask import Flask, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from tourism.core.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    TourismError,
)
from tourism.experiences.errors import CeilingFullError
from tourism.web.refusals import ceiling_words

STATUS: dict[type[TourismError], int] = {
    NotFoundError: 404,
    NotAllowedError: 403,
    ConflictError: 409,
    InvalidError: 422,
}
log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    app.register_error_handler(TourismError, _show_refusal)
    app.register_error_handler(CSRFError, _show_stale_form)
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(Exception, _show_failure)


def status_of(error: TourismError) -> int:
    """The HTTP status of the error's family."""
    return next(status for family, status in STATUS.items() if isinstance(error, family))


def error_page(status: int) -> ResponseReturnValue:
    """The page for a status: what is so, and what to do instead."""
    return render_template("error.html", status=status, words=_words(status)), status


def _show_refusal(error: TourismError) -> ResponseReturnValue:
    if isinstance(error, CeilingFullError):
        words = (
            _("That is no longer possible"),
            f"{ceiling_words(error)} {_('Nothing was changed.')}",
        )
        return render_template("error.html", status=409, words=words), 409
    return error_page(status_of(error))


def _show_http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    response = make_response(error_page(error.code))
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())
    return response


def _show_stale_form(_error: CSRFError) -> ResponseReturnValue:
    words = (
        _("This page has been open too long"),
        _("Go back, reload the page and send it once more. Nothing was changed."),
    )
    return render_template("error.html", status=400, words=words), 400


def _show_failure(error: Exception) -> ResponseReturnValue:
    log.exception("a request failed", exc_info=error)
    return error_page(500)


def _words(status: int) -> tuple[str, str]:
    match status:
        case 403:
            return _("This page is not for you"), _("Sign in with another account, or go home.")
        case 404:
            return _("There is nothing at this address"), _("It may have moved. Try the map.")
        case 409:
            return _("That is no longer possible"), _(
                "Somebody was quicker, or it is done already."
            )
        case 429:
            return _("That was too often"), _("Wait a minute, then try again.")
        case 500:
            return _("Something broke on our side"), _(
                "Nothing was changed. Please try again soon."
            )
        case _:
            return _("We did not understand that"), _("Go back and check what you sent.")
