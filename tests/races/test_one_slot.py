"""R01, R02, R10, R35: many buyers of one slot, over HTTP, on two processes."""

from __future__ import annotations

import socket
from collections import Counter
from functools import partial

import pytest

from tests.races import arena
from tests.races.conftest import slot
from tests.volume import FULL, ROUNDS, of

BUYERS = 200
BUSY = 503  # refused before anything was tried
POOL_BUYERS = of(50, 200)


def quotes(server: arena.Server, wish: dict[str, object], count: int) -> list[str]:
    """As many quotes of one slot, all good at the same time."""
    found = []
    for _ in range(count):
        answer = server.call("POST", "/api/v1/quotes", wish)
        assert answer.status == 201, answer
        found.append(answer.body["id"])
    return found


def buy(server: arena.Server, quote: str, name: str, key: str | None = None) -> arena.Answer:
    """Buy it. In the plain suite, which shares its machine, whoever is asked to come again does;
    at full volume whatever is answered counts."""
    body = {"quote": quote, "email": f"{name}@example.org", "name": name, "payment": "desk"}
    while True:
        answer = server.call("POST", "/api/v1/bookings", body, key=key)
        if FULL or answer.status != BUSY:
            return answer


def rush(server: arena.Server, wish: dict[str, object], buyers: int) -> list[arena.Answer]:
    """So many want the same at the same moment."""
    wanted = quotes(server, wish, buyers)
    answers = arena.at_once([partial(buy, server, q, f"b{n}") for n, q in enumerate(wanted)])
    taken = sorted(a.seconds for a in answers)
    print(f"{buyers} buyers: p50 {arena.percentile(taken, 0.5):.2f} s,"
          f" p99 {arena.percentile(taken, 0.99):.2f} s")  # fmt: skip
    return answers


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_one_of_two_hundred_wins(server, sound, round_: int) -> None:
    """R01: one wins, the others are told of three times instead, nobody meets an error."""
    answers = rush(server, slot(round_ * 2, "salle-curie"), BUYERS)
    assert Counter(a.status for a in answers) == {201: 1, 409: BUYERS - 1}
    assert all(len(a.body["alternatives"]) == 3 for a in answers if a.status == 409)


@pytest.mark.skipif(not FULL, reason="the plain suite has 200 buyers; make races has 500 too")
def test_one_of_five_hundred_wins(server, sound) -> None:
    """R01: the same with 500."""
    answers = rush(server, slot(60, "salle-curie"), 500)
    assert Counter(a.status for a in answers) == {201: 1, 409: 499}


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_seven_win_a_pool_of_seven(server, sound, round_: int) -> None:
    """R02: exactly seven, whatever the number of buyers."""
    answers = rush(server, slot(round_ * 2, "plateau"), POOL_BUYERS)
    assert Counter(a.status for a in answers) == {201: 7, 409: POOL_BUYERS - 7}


def test_one_key_in_fifty_hands_books_once(server, sound) -> None:
    """R10: the same key at the same moment is one booking; afterwards it is the same answer."""
    quote = quotes(server, slot(40, "salle-curie"), 1)[0]
    answers = arena.at_once([partial(buy, server, quote, "one", "key-1")] * 50)
    statuses = Counter(a.status for a in answers)
    assert set(statuses) <= {201, 409}
    booked = {a.body["id"] for a in answers if a.status == 201}
    assert len(booked) == 1
    later = [buy(server, quote, "one", "key-1") for _ in range(20)]
    assert {(a.status, a.body["id"]) for a in later} == {(201, booked.pop())}


def raw(server: arena.Server, head: str) -> bytes:
    """What the real server answers to these very bytes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        line.sendall(f"GET {head}\r\nConnection: close\r\n\r\n".encode("latin-1"))
        found = b""
        while more := line.recv(65536):
            found += more
    return found


@pytest.mark.parametrize(
    "head",
    [
        "/connexion HTTP/1.1\r\nHost: evil.example\r\nHost: {host}",
        "/connexion HTTP/1.1\r\nHost: {host}\r\nHost: evil.example",
        "http://{host}/connexion HTTP/1.1\r\nHost: evil.example",
        "http://evil.example/connexion HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: {host}",
        "/connexion HTTP/1.1\r\nHost : {host}",
        "/connexion HTTP/1.1\r\nX: y\r\n Host: {host}",
        "/connexion HTTP/1.1",
        "/connexion HTTP/1.0",
    ],
)
def test_a_host_that_only_bytes_can_say_is_nobody(server, head: str) -> None:
    """R35: two hosts, an absolute address, a folded line or none: no venue, no cookie."""
    assert b"Le Ring" in raw(server, f"/connexion HTTP/1.1\r\nHost: {server.host}")
    said = raw(server, head.format(host=server.host))
    assert said.split(b" ", 2)[1] in (b"400", b"404"), said[:200]
    assert b"Le Ring" not in said
    assert b"Set-Cookie" not in said
