"""R35: only a host that stands in the routing table, exactly as written there, is a venue."""

from __future__ import annotations

import pytest
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.wrappers import Response

from app.core.db import db
from app.tenants.models import Domain

VENUE = "Le Moulin Neuf"
STRANGE = [
    "",
    "localhost",
    "127.0.0.1",
    "[::1]",
    "::1",
    "a.localhost.",
    ".a.localhost",
    "a..localhost",
    "a_localhost",
    "xn--a-.localhost",
    "à.localhost",
    "a.localhost@evil.example",
    "evil.example@a.localhost",
    "a.localhost,b.localhost",
    "a.localhost, b.localhost",
    "a.localhost b.localhost",
    "a.localhost/",
    "http://a.localhost",
    "a.localhost\\evil.example",
    "a.localhost:80:80",
    "a.localhost:port",
    "a.localhost\r\nX-Injected: yes",
    "a.localhost\t",
    "a.localhost%00",
    "*.localhost",
    "A.LOCALHOST.evil.example",
]


def _ask(app, host: str, **headers):
    """Straight to the application: a client would refuse some of these hosts by itself."""
    environ = create_environ("/connexion")
    environ |= {"HTTP_HOST": host.encode("utf-8").decode("latin-1"), **headers}
    body, status, found = run_wsgi_app(app, environ, buffered=True)
    return Response(b"".join(body), status, found)


@pytest.mark.parametrize("host", STRANGE, ids=repr)
def test_strange_host_is_nobody(app, lasting_world, host):
    answer = _ask(app, host)
    assert answer.status_code in (400, 404)
    body = answer.get_data(as_text=True)
    for name in (VENUE, "Quai 12", "Rhizome", "Coulisse", "<html"):
        assert name not in body
    assert "X-Injected" not in answer.headers
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("host", ["a.localhost", "A.Localhost", "a.localhost:8000"])
def test_case_and_port_do_not_matter(app, lasting_world, host):
    assert VENUE in _ask(app, host).get_data(as_text=True)


@pytest.mark.parametrize(
    "header",
    ["HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_HOST", "HTTP_X_ORIGINAL_HOST"],
)
def test_other_headers_name_no_host(app, lasting_world, header):
    answer = _ask(app, "a.localhost", **{header: "b.localhost"})
    assert VENUE in answer.get_data(as_text=True)
    assert "Quai 12" not in answer.get_data(as_text=True)


def test_control_there_are_24_and_the_plain_host_is_known(app, lasting_world):
    assert len(STRANGE) >= 24
    assert _ask(app, "a.localhost").status_code == 200


def test_unproved_domain_leads_nowhere(app, world):
    db.session.add(Domain(host="x.example.org", network_id=world.network_id, tenant_id=world.a.id))
    db.session.commit()
    assert _ask(app, "x.example.org").status_code == 404
