"""A visitor's browser: opens pages, reads the hidden fields of a form, follows links."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.world import PASSWORD


class Page:
    """An answer, as a person reads it."""

    def __init__(self, answer: TestResponse) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.html = answer.get_data().decode("utf-8", "replace")
        self.words = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", self.html)))

    def hidden(self, name: str) -> str:
        """The value of a hidden field."""
        for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", self.html):
            if f'name="{name}"' in tag:
                found = re.search(r'value="([^"]*)"', tag)
                return unescape(found[1]) if found else ""
        raise AssertionError(f"no hidden {name} in {self.words[:300]}")

    def has(self, text: str) -> bool:
        """Whether a sentence stands on the page."""
        return text in self.words

    @property
    def location(self) -> str:
        """Where it sends on to."""
        return self.answer.headers["Location"]


class Visitor:
    """Somebody with a browser on one host."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **headers: str) -> Page:
        return Page(self.client.get(path, headers=headers))

    def post(self, path: str, page: Page, **fields: str) -> Page:
        """Send a form of a page that was read."""
        data = {"csrf_token": page.hidden("csrf_token"), **fields}
        return Page(self.client.post(path, data=data))

    def hold(self, query: str = "quoi=salle&debut=2031-01-06") -> Page:
        """Open the grid, take what is chosen, stand on the page that pays."""
        page = self.get(f"/reserver?{query}")
        sent = self.post("/commande", page, devis=page.hidden("devis"))
        assert sent.status == 303, sent.words[:400]
        return self.get(sent.location)

    def sign_in(self, name: str) -> None:
        page = self.get("/connexion")
        sent = self.post("/connexion", page, email=f"{name}@example.org", password=PASSWORD)
        assert sent.status == 302, sent.words[:400]


@pytest.fixture
def visitor(client: Callable[[str], FlaskClient]) -> Callable[..., Visitor]:
    """`visitor()` is on venue A; each call is another browser."""

    def open_on(host: str = "a.localhost") -> Visitor:
        return Visitor(client(host))

    return open_on
