"""Somebody of the team in a browser: signs in, opens pages, sends forms, on a clock that stands."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core import clock
from tests.world import PASSWORD

Opener = Callable[[str], FlaskClient]


class Colleague:
    """A signed-in person of one venue."""

    def __init__(self, client: FlaskClient, name: str) -> None:
        self.client = client
        page = client.get("/connexion").get_data(as_text=True)
        client.post(
            "/connexion",
            data={
                "csrf_token": token_in(page),
                "email": f"{name}@example.org",
                "password": PASSWORD,
            },
        )

    def get(self, path: str, **more) -> TestResponse:
        """Open a page."""
        return self.client.get(path, **more)

    def read(self, path: str, **more) -> str:
        """The text of a page that is there."""
        answer = self.client.get(path, **more)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:600])
        return answer.text

    def post(self, path: str, **fields) -> TestResponse:
        """Send a form with its token, and nothing more than its fields."""
        page = self.client.get("/gestion/plus").get_data(as_text=True)
        return self.client.post(path, data={"csrf_token": token_in(page), **fields})


def token_in(page: str) -> str:
    """The token of the first form of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page[:400]
    return found[1]


def offered(page: str) -> list[str]:
    """The links of a page to the nearest times."""
    part = page[page.index("Les plus proches") :].partition("</ul>")[0]
    return [html.unescape(link) for link in re.findall(r'href="([^"]+)"', part)]


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: dt.datetime) -> None:
    """Let time stand at a moment."""
    monkeypatch.setattr(clock, "now", lambda: moment)
