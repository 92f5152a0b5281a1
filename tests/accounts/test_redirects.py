"""R38: after a sign-in one lands on this site, whatever the address said."""

from __future__ import annotations

import pytest

from app.web.redirects import own_path
from tests.world import PASSWORD

HOSTILE = [
    "//evil.example",
    "///evil.example",
    "////evil.example/x",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "https://evil.example",
    "http://evil.example/a.localhost",
    "HTTPS://EVIL.EXAMPLE",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:evil.example",
    "ftp://a.localhost/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>1</script>",
    "vbscript:x",
    "mailto:x@evil.example",
    "http://a.localhost@evil.example",
    "http://a.localhost:80@evil.example",
    "http://a.localhost.evil.example",
    "http://evil.example#a.localhost",
    "http://evil.example?a.localhost",
    "http://b.localhost/",
    "http://a.localhost:8001/",
    "\t//evil.example",
    " //evil.example",
    "\n//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\x00//evil.example",
    "/ok\r\nLocation: http://evil.example",
    "evil.example",
    "./evil",
    "?next=//evil.example",
    "#//evil.example",
    "http://[evil",
    "http://a.localhost//evil.example",
    "\u2028//evil.example",
    "/" + "x" * 3000,
]
OURS = {
    "/": "/",
    "/moi": "/moi",
    "/reserver?jour=2030-01-01&h=14": "/reserver?jour=2030-01-01&h=14",
    "http://a.localhost/moi?x=1": "/moi?x=1",
    "/x?next=https://evil.example": "/x?next=https://evil.example",
}
REFUSED = "/refused"


@pytest.mark.parametrize("raw", HOSTILE, ids=lambda raw: ascii(raw)[:40])
def test_leads_nowhere_else(app, raw):
    with app.test_request_context(base_url="http://a.localhost"):
        assert own_path(raw, REFUSED) == REFUSED


@pytest.mark.parametrize(("raw", "path"), OURS.items())
def test_own_pages_are_kept(app, raw, path):
    with app.test_request_context(base_url="http://a.localhost"):
        assert own_path(raw, REFUSED) == path


def test_there_are_40():
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("raw", HOSTILE[::6], ids=lambda raw: ascii(raw)[:40])
def test_sign_in_stays_here(world, browser, raw):
    carla = browser()
    answer = carla.post("/connexion", email="carla@example.org", password=PASSWORD, next=raw)
    assert answer.status_code == 302
    assert answer.location == "/connexion/accueil"


def test_control_without_the_check_it_would_leave(world, browser, monkeypatch):
    monkeypatch.setattr("app.accounts.views.own_path", lambda raw, otherwise="/": raw or otherwise)
    answer = browser().post(
        "/connexion", email="carla@example.org", password=PASSWORD, next="//evil.example"
    )
    assert answer.location == "//evil.example"
