"""R01, R02, R10: many buyers of one slot, over HTTP, on two processes."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from tests.races import arena
from tests.races.conftest import ROUNDS, slot

BUYERS = 200
BUSY = 503


def quotes(server: arena.Server, wish: dict[str, object], count: int) -> list[str]:
    """As many quotes of one slot, all good at the same time."""
    found = []
    for _ in range(count):
        answer = server.call("POST", "/api/v1/quotes", wish)
        assert answer.status == 201, answer
        found.append(answer.body["id"])
    return found


def buy(server: arena.Server, quote: str, name: str, key: str | None = None) -> arena.Answer:
    body = {"quote": quote, "email": f"{name}@example.org", "name": name, "payment": "desk"}
    while (answer := server.call("POST", "/api/v1/bookings", body, key=key)).status == BUSY:
        pass  # refused before anything was tried: whoever is asked to come again does
    return answer


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_one_of_two_hundred_wins(server, sound, round_: int, record_property) -> None:
    wanted = quotes(server, slot(round_ * 2, "salle-curie"), BUYERS)
    acts = [partial(buy, server, quote, f"b{n}") for n, quote in enumerate(wanted)]
    answers = arena.at_once(acts)
    found = Counter(a.status for a in answers)
    assert found == {201: 1, 409: BUYERS - 1}
    losers = [a for a in answers if a.status == 409]
    assert all(len(a.body["alternatives"]) == 3 for a in losers)
    record_property("p99_seconds", arena.percentile([a.seconds for a in answers], 0.99))


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_seven_of_fifty_win_a_pool_of_seven(server, sound, round_: int) -> None:
    wanted = quotes(server, slot(round_ * 2, "plateau"), 50)
    acts = [partial(buy, server, quote, f"p{n}") for n, quote in enumerate(wanted)]
    assert Counter(a.status for a in arena.at_once(acts)) == {201: 7, 409: 43}


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
