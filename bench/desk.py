"""What the front desk waits for: a day of twenty rooms, their month."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from flask.testing import FlaskClient

from bench.fill import fill
from bench.scratch import Ground, rooms
from bench.table import Row, at_most, p95
from tests.world import PASSWORD, tomorrow

ROOMS, BOOKINGS = 20, 160
TURNS = 40


@dataclass(frozen=True)
class Asked:
    """One page, asked many times: p95 by the clock, p95 of our processor, the size of the last."""

    wall: float
    cpu: float
    size: int

    def row(self, what: str, most: float) -> Row:
        """The clock's figure, and how much of it was ours."""
        return at_most(what, self.wall * 1000, most, "ms", f" ({self.cpu * 1000:.1f} ours)")


def sign_in(browser: FlaskClient, host: str, name: str) -> None:
    """Come in by the form, as people do."""
    page = browser.get("/connexion", base_url=f"http://{host}").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token, page[:400]
    form = {"csrf_token": token[1], "email": f"{name}@example.org", "password": PASSWORD}
    sent = browser.post("/connexion", base_url=f"http://{host}", data=form)
    assert sent.status_code == 302, sent.text[:400]


def signed_in(ground: Ground, host: str, name: str) -> str:
    """The cookie of somebody who came in."""
    browser = ground.app.test_client()
    sign_in(browser, host, name)
    name = ground.app.config["SESSION_COOKIE_NAME"]
    kept = browser.get_cookie(name, domain=host)
    assert kept is not None
    return f"{name}={kept.value}"


def ask(browser: FlaskClient, host: str, path: str, turns: int = TURNS) -> Asked:
    """The page, after three turns to warm up."""
    cpu: list[float] = []
    wall: list[float] = []
    size = 0
    for _turn in range(turns + 3):
        own, began = time.thread_time(), time.perf_counter()
        answer = browser.get(path, base_url=f"http://{host}")
        cpu.append(time.thread_time() - own)
        wall.append(time.perf_counter() - began)
        size = len(answer.data)
        assert answer.status_code == 200, (path, answer.status_code)
    return Asked(p95(wall[3:]), p95(cpu[3:]), size)


def figures(ground: Ground) -> Iterator[Row]:
    """The day and the month of a venue with nothing but rooms, all of them busy."""
    venue = ground.world.stranger
    rooms(ground, ROOMS - 1, venue, "Salle")
    start = tomorrow(8)
    month = start.replace(day=1)
    url = ground.settings.owner_database_url
    fill(url, venue, 31, month, share=7, hours=BOOKINGS // ROOMS)
    browser = ground.app.test_client()
    sign_in(browser, venue.host, "stranger")
    day = ask(browser, venue.host, f"/gestion/jour/{start.date()}")
    yield day.row(f"day timeline, {ROOMS} rooms, {BOOKINGS} bookings, p95", 30)
    yield at_most("  its HTML, before compression", day.size / 1000, 40, "kB")
    whole = ask(browser, venue.host, f"/gestion/planning?mois={start.date()}")
    yield whole.row("month of those rooms, 4,960 bookings, p95", 200)
