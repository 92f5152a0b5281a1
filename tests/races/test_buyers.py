"""Two hundred people send the order page for the last seven tickets, to a server of two processes,
each over a connection and from an address of their own."""

from __future__ import annotations

import http.client
import re
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from html import unescape
from urllib.parse import urlencode

import pytest

from app.events import rules as events
from app.ticketing import shelf
from app.ticketing.shelf import Kind
from tests import world as worlds
from tests.races import arena
from tests.races.stage import Stage
from tests.volume import FULL, ROUNDS

BUYERS, PLACES = 200, 7
BUSY = 503  # refused before anything was tried


@pytest.fixture(scope="module")
def desk(app, settings, ring) -> Iterator[Stage]:
    """The venue that the server sells, from inside."""
    made = Stage(app, settings, ring)
    yield made
    made.owner.close()


@dataclass(frozen=True)
class Said:
    """One answer: its status, where it leads, what it says, how long it took."""

    status: int
    where: str
    body: str
    seconds: float
    cookie: str


@dataclass(frozen=True)
class Sale:
    """An evening with seven places and its order page, read once with one place chosen."""

    server: arena.Server
    event_id: int
    path: str
    kind_id: int

    def ask(self, method: str, body: str = "", cookie: str = "", address: int = 1) -> Said:
        """One request from one of many addresses of this machine."""
        began = time.perf_counter()
        source = (f"127.0.{1 + address // 250}.{1 + address % 250}", 0)
        line = http.client.HTTPConnection(
            "127.0.0.1", self.server.port, timeout=arena.PATIENCE, source_address=source
        )
        headers = {"Host": self.server.host, "Accept-Language": "fr", "Cookie": cookie}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        query = "" if body else f"?n-{self.kind_id}=1"
        try:
            line.request(method, self.path + query, body or None, headers)
            answer = line.getresponse()
            return Said(
                answer.status,
                answer.headers.get("Location", ""),
                answer.read().decode(),
                time.perf_counter() - began,
                (answer.headers.get("Set-Cookie") or "").split(";")[0],
            )
        finally:
            line.close()

    def buy(self, page: Said, key: str, number: int) -> Said:
        """Send the form. In the plain suite, which shares its machine, whoever is asked to come
        again does; at full volume whatever is answered counts."""
        names = ("csrf_token", "conditions", "montre")
        shown = {name: _hidden(page.body, name) for name in names}
        typed = {"nom": f"B {number}", "email": f"b{number}@example.org", "cgv": "1"}
        typed |= {f"n-{self.kind_id}": "1", "moyen": "desk", "cle": key}
        while True:
            answer = self.ask("POST", urlencode(shown | typed), page.cookie, number)
            if FULL or answer.status != BUSY:
                return answer


def _hidden(body: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', body)
    assert found, name
    return unescape(found[1])


def on_sale(desk: Stage, server: arena.Server, days: int) -> Sale:
    """Put it on sale. Days on which the venue is closed lead to the next one: hours tell them
    apart."""
    hour = 8 + 4 * (days % 3)

    def make() -> Sale:
        start, end = (worlds.tomorrow(at, days=days) for at in (hour, hour + 1))
        one = events.create(events.Wish("Nuit", start, end, (desk.venue.hall,), 60))
        events.publish(one.id)
        kind = shelf.describe(one.id, Kind("Plein tarif", "fixed", 1200, PLACES))
        return Sale(server, one.id, f"/evenements/{one.slug}/billets", kind.id)

    made = desk.act(make)
    assert isinstance(made, Sale), made
    return made


def counted(desk: Stage, sale: Sale) -> tuple[int, int, int]:
    """What the counter says, the good tickets, and the orders."""
    [row] = desk.sql(
        "select s.taken, (select count(*) from ticket t where t.event_id = s.event_id"
        " and t.state = 'valid'), (select count(*) from ticket_order o where o.event_id ="
        " s.event_id) from ticket_sale s where s.event_id = %(e)s",
        e=sale.event_id,
    )
    return row


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_hundred_pages_for_seven_tickets(desk, server, sound, round_: int) -> None:
    """Seven are sold, the others read that it is sold out; nobody meets an error."""
    sale = on_sale(desk, server, 90 + round_)
    page = sale.ask("GET")
    assert page.status == 200
    wishes = [partial(sale.buy, page, secrets.token_urlsafe(20), n) for n in range(BUYERS)]
    answers = arena.at_once(wishes)
    taken = [one.seconds for one in answers]
    print(f"{BUYERS} buyers: p50 {arena.percentile(taken, 0.5):.2f} s,"
          f" p99 {arena.percentile(taken, 0.99):.2f} s")  # fmt: skip
    assert Counter(one.status for one in answers) == {303: PLACES, 409: BUYERS - PLACES}
    assert all("est complet" in one.body for one in answers if one.status == 409)
    assert len({one.where for one in answers if one.status == 303}) == PLACES
    assert counted(desk, sale) == (PLACES, PLACES, PLACES)


def test_one_form_sent_by_twenty_hands_is_one_order(desk, server, sound) -> None:
    sale = on_sale(desk, server, 89)
    page, key = sale.ask("GET"), secrets.token_urlsafe(20)
    answers = arena.at_once([partial(sale.buy, page, key, 1)] * 20)
    assert Counter(one.status for one in answers) == {303: 20}
    assert len({one.where for one in answers}) == 1
    assert counted(desk, sale) == (1, 1, 1)
