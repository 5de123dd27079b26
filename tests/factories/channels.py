"""Outside sellers with a key, and requests as they make them."""

from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tourism.audit.operations import SYSTEM
from tourism.channels.models import Channel
from tourism.channels.operations import NewKey, Terms, create_channel, issue_key

MADE_AT = datetime(2027, 5, 1, tzinfo=UTC)


def make_channel(session: Session, name: str = "去哪玩", **values: Any) -> Channel:
    """A channel that sells everything, unless told otherwise."""
    operators = values.pop("operators", None)
    return create_channel(
        session, name=name, operators=operators, terms=Terms(**values), now=MADE_AT, actor=SYSTEM
    )


def make_key(session: Session, channel: Channel, *, is_test: bool = False) -> NewKey:
    return issue_key(session, channel=channel, is_test=is_test, now=MADE_AT, actor=SYSTEM)


class Agency:
    """A client of the channel API that knows its key and nothing of our code."""

    def __init__(self, client: FlaskClient, secret: str, capabilities: str = "") -> None:
        self.client = client
        self.headers = {
            "Authorization": f"Bearer {secret}",
            "Octo-Capabilities": capabilities,
            "Accept-Language": "en",
        }

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.client.open(
            f"/octo{path}", method=method, json=body, headers=self.headers | headers
        )

    def get(self, path: str) -> Any:
        return self._good(self.ask("GET", path))

    def post(self, path: str, **body: Any) -> Any:
        return self._good(self.ask("POST", path, body))

    def patch(self, path: str, **body: Any) -> Any:
        return self._good(self.ask("PATCH", path, body))

    def refused(self, method: str, path: str, **body: Any) -> Any:
        """The body of a refusal."""
        response = self.ask(method, path, body if method != "GET" else None)
        assert response.status_code == 400, response.get_data(as_text=True)
        return response.json

    @staticmethod
    def _good(response: TestResponse) -> Any:
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json
