"""What the front desk waits for: a day of twenty rooms, their month. Processor time of each."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from flask.testing import FlaskClient

from bench.grid import Row, p95
from bench.scratch import Ground, fill, rooms
from tests.world import PASSWORD, tomorrow

ROOMS, BOOKINGS = 20, 160
TURNS = 40


@dataclass(frozen=True)
class Asked:
    """One page, asked many times: seconds of ours in all of them, and the size of the last."""

    cpu: float
    wall: float
    size: int


def sign_in(browser: FlaskClient, host: str, name: str) -> None:
    """Come in by the form, as people do."""
    page = browser.get("/connexion", base_url=f"http://{host}").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token, page[:400]
    form = {"csrf_token": token[1], "email": f"{name}@example.org", "password": PASSWORD}
    sent = browser.post("/connexion", base_url=f"http://{host}", data=form)
    assert sent.status_code == 302, sent.text[:400]


def _ask(browser: FlaskClient, host: str, path: str) -> Asked:
    cpu: list[float] = []
    wall: list[float] = []
    size = 0
    for _turn in range(TURNS + 3):
        own, began = time.thread_time(), time.perf_counter()
        answer = browser.get(path, base_url=f"http://{host}")
        cpu.append(time.thread_time() - own)
        wall.append(time.perf_counter() - began)
        size = len(answer.data)
        assert answer.status_code == 200, (path, answer.status_code)
    return Asked(p95(cpu[3:]), p95(wall[3:]), size)  # the first three warm up


def figures(ground: Ground) -> list[Row]:
    """The day and the month of a venue with nothing but rooms, all of them busy."""
    venue = ground.world.stranger
    rooms(ground, ROOMS - 1, venue)
    start = tomorrow(8)
    month = start.replace(day=1)
    fill(ground, venue, 31, month, share=7, hours=BOOKINGS // ROOMS)
    browser = ground.app.test_client()
    sign_in(browser, venue.host, "stranger")
    day = _ask(browser, venue.host, f"/gestion/jour/{start.date()}")
    whole = _ask(browser, venue.host, f"/gestion/planning?mois={start.date()}")
    return [
        _row(f"day timeline, {ROOMS} rooms, {BOOKINGS} bookings, p95 of our processor", day, 30),
        (
            "  its HTML, before compression",
            f"{day.size / 1000:.1f} kB",
            "<= 40 kB",
            day.size <= 40_000,
        ),
        _row("month of those rooms, p95 of our processor", whole, 200),
        ("  with the database, as the clock saw it", _both(day, whole), "told", True),
    ]


def _row(what: str, page: Asked, most: int) -> Row:
    spent = page.cpu * 1000
    return what, f"{spent:.0f} ms", f"<= {most} ms", spent <= most


def _both(*pages: Asked) -> str:
    return ", ".join(f"{page.wall * 1000:.0f} ms" for page in pages)
