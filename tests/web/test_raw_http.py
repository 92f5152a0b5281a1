"""What really leaves the machine, byte for byte: nobody is named but the venue."""

from __future__ import annotations

import http.client
import io
import re
import socket
from collections.abc import Iterator

import pytest

from tests.races import arena

NAMES = re.compile(rb"gunicorn|werkzeug|flask|python|coulisse|postgres", re.IGNORECASE)
ASKED = {
    "a page": (b"GET / HTTP/1.1", b"", 200),
    "the head of a page": (b"HEAD / HTTP/1.1", b"", 200),
    "nothing": (b"GET /nowhere HTTP/1.1", b"", 404),
    "nothing of the API": (b"GET /api/v1/nowhere HTTP/1.1", b"", 404),
    "another way": (b"GET /gestion HTTP/1.1", b"", 302),
    "another method": (b"DELETE / HTTP/1.1", b"", 405),
    "a method of its own": (b"BREW / HTTP/1.1", b"", 405),
    "a forged form": (b"POST /connexion HTTP/1.1", b"", 403),
    "too much": (b"POST /api/v1/quotes HTTP/1.1", b"Content-Length: 99999999999\r\n", 401),
    "no request": (b"what is this", b"", 400),
    "no header": (b"GET / HTTP/1.1", b"bad header\r\n", 400),
    "an age that is past": (b"GET / HTTP/9.9", b"", 400),
    "a long way": (b"GET /" + b"x" * 9000 + b" HTTP/1.1", b"", 414),
    "a long letter": (b"GET / HTTP/1.1", b"X-Long: " + b"x" * 99_000 + b"\r\n", 431),
    "another tongue": (b"PRI * HTTP/2.0", b"", 400),
}


@pytest.fixture(scope="module")
def server(lasting_world, settings) -> Iterator[arena.Server]:
    """The server as it is started everywhere, on the test database."""
    environ = {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_SCHEME": "http",
        "STORAGE_DIR": settings.storage,
    }
    with arena.serving(environ, lasting_world.a.host, "", workers=1) as running:
        yield running


def exchange(server: arena.Server, first: bytes, more: bytes, host: str) -> bytes:
    """Send these bytes and read all that comes back."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        head = first + b"\r\nHost: " + host.encode() + b"\r\nConnection: close\r\n"
        line.sendall(head + more + b"\r\n")
        return line.makefile("rb").read()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("what", ASKED)
def test_no_answer_names_who_gave_it(server: arena.Server, what: str) -> None:
    first, more, expected = ASKED[what]
    answer = exchange(server, first, more, server.host)
    head = http.client.parse_headers(io.BytesIO(answer.partition(b"\r\n")[2]))
    assert status(answer) == expected, answer[:400]
    assert head["Server"] is None
    assert head["X-Powered-By"] is None
    assert not (found := NAMES.search(answer)), answer[max(0, found.start() - 80) :][:160]


def test_an_unknown_host_learns_nothing(server: arena.Server) -> None:
    answer = exchange(server, b"GET / HTTP/1.1", b"", "unknown.example")
    assert status(answer) == 404
    assert not NAMES.search(answer)
    assert b"Server:" not in answer


def test_files_name_nobody_either(server: arena.Server) -> None:
    page = exchange(server, b"GET / HTTP/1.1", b"", server.host)
    files = set(re.findall(rb'(?:href|src)="(/(?:t|static)/[^"]+)"', page))
    assert files
    for path in files:
        head = exchange(server, b"GET " + path + b" HTTP/1.1", b"", server.host)
        assert status(head) == 200, path
        assert not NAMES.search(head.partition(b"\r\n\r\n")[0]), path
