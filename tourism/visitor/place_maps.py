"""What the drawing script of a map is told: places, base lines, words, tiles; as plain JSON."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from tourism.core.languages import in_language
from tourism.destination.atlas import Atlas, search_text
from tourism.destination.maps import frame
from tourism.destination.models import Place
from tourism.settings import Datum, Settings
from tourism.visitor.place_words import kind_name, status_badge, status_word
from tourism.web.assets import asset
from tourism.web.languages import current_language
from tourism.web.security import allow

_TILE_HOST = re.compile(r"^(https?://[^/]+)/")


def map_data(atlas: Atlas, places: Iterable[Place], focus: Place | None = None) -> dict[str, Any]:
    """Everything a map draws, in the language of the page. `focus` is what it is fitted to."""
    made = frame()
    return {
        "places": [_place(place) for place in places],
        "basemap": [_base_line(feature) for feature in atlas.basemap.get("features", ())],
        "focus": _focus(atlas, focus) if focus else None,
        "tiles": _tiles(current_app.config["TOURISM"]),
        "words": _words(),
        "scripts": [
            *(asset(path) for path in made.scripts),
            url_for("visitor.places.frame_script", tag=made.tag),
        ],
        "styles": [asset(path) for path in made.styles],
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "slug": place.slug,
        "kind": place.kind,
        "head": place.parent_id is None,
        "name": in_language(place.name, current_language()),
        "kindName": kind_name(place.kind),
        "status": place.status,
        "statusWord": status_word(place.status),
        "badge": status_badge(place.status),
        "url": url_for("visitor.places.show", slug=place.slug),
        "at": [place.latitude, place.longitude],
        "geometry": place.geometry,
        "search": search_text(place),
        "crops": place.crops,
        "months": place.season_months,
    }


def _base_line(feature: Mapping[str, Any]) -> dict[str, Any]:
    properties = feature["properties"]
    return {
        "kind": properties["kind"],
        "name": in_language(properties.get("name", {}), current_language()),
        "geometry": feature["geometry"],
    }


def _focus(atlas: Atlas, place: Place) -> dict[str, Any]:
    """The place that is marked, and those that must be in view with it."""
    around = [place, *atlas.parents(place)[:1]]
    return {"slug": place.slug, "around": [each.slug for each in around]}


def _tiles(settings: Settings) -> dict[str, Any] | None:
    """The tile layer of the settings; lets this one answer load its pictures."""
    if not settings.tiles_url:
        return None
    host = _TILE_HOST.match(settings.tiles_url)
    if host:
        # https://{s}.example.org → https://*.example.org, as the policy writes it
        allow("img-src", re.sub(r"\{[^}]*\}", "*", host[1]))
    return {"url": settings.tiles_url, "gcj02": settings.tiles_datum is Datum.GCJ02}


def _words() -> dict[str, str]:
    return {
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "close": _("Close"),
        "open": _("See this place"),
        "none": _("No place matches. Take a filter away."),
        "one": ngettext("%(num)s place", "%(num)s places", 1),
        "many": ngettext("%(num)s place", "%(num)s places", 1000).replace("1000", "{count}"),
    }
