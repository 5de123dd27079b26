"""Full addresses of pages, for those who keep them elsewhere: search engines, calendars, maps."""

from typing import Any

from flask import current_app, request, url_for

from tourism.settings import Settings
from tourism.web.languages import addresses, addresses_of, current_language


def absolute(path: str) -> str:
    """A path of this site with the host at which the public finds it."""
    settings: Settings = current_app.config["TOURISM"]
    return (settings.public_url or request.host_url.rstrip("/")) + path


def canonical() -> str:
    """The full address of this page in the language it speaks, without what was asked of it."""
    return absolute(addresses()[current_language()].partition("?")[0])


def page_addresses(endpoint: str, **values: Any) -> dict[str, str]:
    """The full address of a page in each language, and unprefixed as "x-default"."""
    path = url_for(endpoint, **values).removeprefix(request.script_root)
    return {tag: absolute(each) for tag, each in addresses_of(path).items()}


def page_address(endpoint: str, **values: Any) -> str:
    """The full address of a page in the language of this one."""
    return page_addresses(endpoint, **values)[current_language()]
