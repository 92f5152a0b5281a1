"""A browser that reads forms, and the letters that its venue wrote."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.jobs import letter
from app.accounts.models import LoginLink
from app.core.db import db
from app.core.mail import Mail
from tests.world import PASSWORD, World


class Browser:
    """What a person does: open a page, fill its form, follow a letter."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **more) -> TestResponse:
        return self.client.get(path, **more)

    def token(self, page: str = "/connexion") -> str:
        """The token of the first form of a page."""
        html = self.client.get(page, follow_redirects=True).get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', html)
        assert found, html[:400]
        return found[1]

    def post(self, path: str, page: str | None = None, **fields) -> TestResponse:
        fields["csrf_token"] = self.token(page or "/mot-de-passe")
        return self.client.post(path, data=fields)

    def sign_in(self, name: str, password: str = PASSWORD) -> TestResponse:
        return self.post("/connexion", email=f"{name}@example.org", password=password)

    def is_in(self) -> bool:
        return self.client.get("/moi/reglages/sessions").status_code == 200

    def cookie(self) -> str:
        """The signed cookie that holds the session's secret."""
        found = self.client.get_cookie("visit", domain=self.client.host)
        assert found is not None
        return found.value

    def carry(self, cookie: str) -> None:
        """Present a cookie that was taken elsewhere or earlier."""
        self.client.set_cookie("visit", cookie, domain=self.client.host)


@pytest.fixture
def browser(client: Callable[[str], FlaskClient]) -> Callable[..., Browser]:
    """`browser()` is on venue A; each call is another browser."""

    def open_on(host: str = "a.localhost") -> Browser:
        return Browser(client(host))

    return open_on


@pytest.fixture
def letters(world: World) -> Callable[..., str]:
    """Run the letter jobs that wait, and give the path of the last link."""

    def last(scope=None) -> str:
        with scope or world.a.entered():
            for link_id in db.session.scalars(select(LoginLink.id).order_by(LoginLink.id)).all():
                letter(link_id=link_id)
            db.session.commit()
            mail = db.session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
            found = re.search(r"https?://[^/\s]+(/\S+)", mail.text)
            assert found, mail.text
            return found[1]

    return last


@pytest.fixture
def post_count(world: World) -> Callable[[], int]:
    """How many mails were written."""
    return lambda: len(db.session.scalars(select(Mail.id)).all())
