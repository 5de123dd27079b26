"""What a channel may sell, and of whom."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from tourism.channel.catalogue import OPTION, product, supplier
from tourism.channel.errors import no_option
from tourism.channel.seller import CAPABILITIES, answer, operator_ids
from tourism.core.clock import now
from tourism.experiences.models import Experience
from tourism.experiences.sellable import get_sellable, sellable_experiences, starts_ahead
from tourism.web.db import db_session

bp = Blueprint("products", __name__)


@bp.get("/supplier", strict_slashes=False)
def show_supplier() -> ResponseReturnValue:
    return answer(supplier())


@bp.get("/capabilities", strict_slashes=False)
def capabilities() -> ResponseReturnValue:
    return answer(CAPABILITIES)


@bp.get("/products", strict_slashes=False)
def index() -> ResponseReturnValue:
    found = sellable_experiences(db_session(), operator_ids())
    starts = starts_ahead(db_session(), [each.id for each in found], now())
    return answer([product(each, starts.get(each.id, ())) for each in found])


@bp.get("/products/<product_id>", strict_slashes=False)
def show(product_id: str) -> ResponseReturnValue:
    found = get_sellable(db_session(), operator_ids(), product_id)
    starts = starts_ahead(db_session(), [found.id], now())
    return answer(product(found, starts.get(found.id, ())))


def experience_asked_for(product_id: str, option_id: str) -> Experience:
    """Raises ExperienceNotFoundError or OctoError."""
    found = get_sellable(db_session(), operator_ids(), product_id)
    if option_id != OPTION:
        raise no_option(option_id)
    return found
