"""Links that open a place in somebody else's map.

Positions are WGS 84 and are sent as such, with each service's word for it. Only places whose
position was surveyed or published get any: a drawn position would send people into a field.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask_babel import gettext as _

from tourism.destination.models import Place


@dataclass(frozen=True, slots=True)
class Direction:
    name: str
    address: str


def directions_to(place: Place, name: str) -> list[Direction]:
    """Links to a place in four maps; none when its position is not fit for it."""
    if not place.is_navigable:
        return []
    latitude, longitude = place.latitude, place.longitude
    here = f"{latitude:.5f},{longitude:.5f}"
    amap = {"to": f"{longitude:.5f},{latitude:.5f},{name}", "mode": "car", "coordinate": "wgs84"}
    baidu = {
        "location": here,
        "title": name,
        "content": name,
        "coord_type": "wgs84",
        "output": "html",
        "src": "tourism",
    }
    apple = {"ll": here, "q": name}
    return [
        Direction(_("Amap"), f"https://uri.amap.com/navigation?{urlencode(amap)}"),
        Direction(_("Baidu Maps"), f"https://api.map.baidu.com/marker?{urlencode(baidu)}"),
        Direction(_("Apple Maps"), f"https://maps.apple.com/?{urlencode(apple)}"),
        Direction(_("Map app of the phone"), f"geo:{here}?q={here}({quote(name, safe='')})"),
    ]
