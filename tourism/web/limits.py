"""Rate limits: counted in Redis where there are several processes, otherwise in memory."""

from flask import Flask, Response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from tourism.settings import Settings

limiter = Limiter(get_remote_address, headers_enabled=True)


def init_app(app: Flask, settings: Settings) -> None:
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "memory://"
    limiter.init_app(app)


def refused(response: Response) -> bool:
    """For limits that count wrong tries only: behind one address of a mobile network stand
    hundreds of people, and most of them type the right thing."""
    return response.status_code == 422
