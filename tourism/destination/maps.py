"""The map's frame, made by Folium: the only module that imports it.

Folium renders what it rendered a second time as a Jinja template, so any text that reaches it can
run code on the server. It therefore gets constants only: it makes the frame (a map, its options,
its scale bar). The page's own script draws the places into that frame from a JSON block, with
`textContent`. Element ids are counted instead of drawn by lot, so the script is the same bytes in
every process and can be served as a file that never changes.
"""

import contextlib
import contextvars
import hashlib
import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import folium
from branca.element import Element, MacroElement
from folium.template import Template

# Folium's name of a link → our own file under static/; None: known, and not wanted.
LOCAL: dict[str, str | None] = {
    "leaflet": "vendor/leaflet/leaflet.js",
    "leaflet_css": "vendor/leaflet/leaflet.css",
    "jquery": None,
    "bootstrap": None,
    "awesome_markers": None,
    "bootstrap_css": None,
    "glyphicons_css": None,
    "awesome_markers_font_css": None,
    "awesome_markers_css": None,
    "awesome_rotate_css": None,
}
MAX_ZOOM = 17
_ids: contextvars.ContextVar[Iterator[int] | None] = contextvars.ContextVar("ids", default=None)


class UnknownLinkError(LookupError):
    """A part of the map wants a file of another host."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a page needs to show a map: markup, the script that makes it, and files before it."""

    html: str
    script: str
    scripts: tuple[str, ...]
    styles: tuple[str, ...]

    @property
    def tag(self) -> str:
        """A name for exactly these bytes of script."""
        return hashlib.sha256(self.script.encode()).hexdigest()[:12]


class SiteMap(folium.Map):
    """A map without Folium's page: no CDN, no page-wide style, page zoom left to the reader.

    Once made, it announces itself on its element as the event `map:framed`. Its controls come
    from the page's script, which knows the language.
    """

    _template = Template("""
{% macro html(this, kwargs) %}
<div class="map__frame" id="{{ this.get_name() }}"></div>
{% endmacro %}
{% macro script(this, kwargs) %}
const element = document.getElementById({{ this.get_name()|tojson }});
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const {{ this.get_name() }} = L.map(element, {
  center: {{ this.location|tojson }},
  crs: L.CRS.{{ this.crs }},
  zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, inertia: !still,
  ...{{ this.options|tojavascript }}
});
{% if this.control_scale %}
L.control.scale({imperial: false, position: "bottomleft"}).addTo({{ this.get_name() }});
{% endif %}
{% endmacro %}
""")


class Announcement(MacroElement):
    """Hands the finished map to the page's script."""

    _template = Template("""
{% macro script(this, kwargs) %}
element.dispatchEvent(new CustomEvent("map:framed", {detail: {{ this._parent.get_name() }}}));
{% endmacro %}
""")


@cache
def frame() -> Frame:
    """The frame of every map of the site: the same for all places and languages."""
    with stable_ids():
        return frame_of(_site_map())


def _site_map() -> SiteMap:
    made = SiteMap(
        [0.0, 0.0],
        tiles=None,
        zoom_start=12,
        control_scale=True,
        zoom_control=False,
        attributionControl=False,
        zoomSnap=0.25,
        zoomDelta=0.5,
        minZoom=10,
        maxZoom=MAX_ZOOM,
    )
    made.add_child(Announcement())  # type: ignore[no-untyped-call]
    return made


def frame_of(made: SiteMap) -> Frame:
    """A map and all its plugins as a frame. Raises UnknownLinkError for a file we do not serve."""
    links = list(_links(made))
    figure: Any = made.get_root()
    figure.render()
    script = f'"use strict";\n(() => {{\n{figure.script.render().strip()}\n}})();\n'
    return Frame(
        html=figure.html.render().strip(),
        script=script,
        scripts=tuple(link for link in links if link.endswith(".js")),
        styles=tuple(link for link in links if link.endswith(".css")),
    )


def _links(made: SiteMap) -> Iterator[str]:
    """Our files for all that the map and its plugins link to, each once."""
    seen = set()
    for element in _walk(made):
        for attribute in ("default_js", "default_css"):
            for name, address in getattr(element, attribute, ()):
                if name not in LOCAL:
                    raise UnknownLinkError(f"{type(element).__name__} wants {name} = {address}")
                ours = LOCAL[name]
                if ours and ours not in seen:
                    seen.add(ours)
                    yield ours
            # On the instance: the lists of the class are shared by every map of the process.
            setattr(element, attribute, [])


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element._children.values():
        yield from _walk(child)


@contextlib.contextmanager
def stable_ids() -> Iterator[None]:
    """Count element ids from 0 instead of drawing them by lot, in this thread only."""
    token = _ids.set(itertools.count())
    try:
        yield
    finally:
        _ids.reset(token)


def _next_id(_cls: type[Element]) -> str:
    counter = _ids.get()
    return secrets.token_hex(16) if counter is None else str(next(counter))


Element._generate_id = classmethod(_next_id)  # type: ignore[assignment,method-assign]
