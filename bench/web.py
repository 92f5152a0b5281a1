"""Bookings over HTTP: the API under gunicorn, a price and then a booking of it, eight clients."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence

from app.accounts import tokens
from app.core.db import db
from bench.scratch import Ground, rooms
from bench.serving import Server, gunicorn
from bench.table import Row, p95
from bench.throughput import CLIENTS, EACH, WARM, solved, starts
from tests.world import space


class Client:
    """A program that books in a room of its own, over one connection."""

    def __init__(self, server: Server, host: str, token: str, room: str) -> None:
        self.server, self.room = server, room
        self.headers = {"Host": host, "Authorization": f"Bearer {token}"}
        self.headers["Content-Type"] = "application/json"
        self.seconds: list[float] = []

    def run(self, at: Sequence[dt.datetime]) -> None:
        """Book all of these hours."""
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        for start in at:
            began = time.perf_counter()
            end = start + dt.timedelta(hours=1)
            times = {"starts_at": start.isoformat(), "ends_at": end.isoformat()}
            said = self._post("quotes", {"space": self.room, **times})
            who = {"email": "ada@example.org", "name": "Ada", "payment": "desk"}
            made = self._post("bookings", {"quote": said["id"], **who})
            assert made["state"] == "confirmed", made
            self.seconds.append(time.perf_counter() - began)
        self.connection.close()

    def _post(self, what: str, body: dict[str, object]) -> dict[str, object]:
        self.connection.request("POST", f"/api/v1/{what}", json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        read: dict[str, object] = json.loads(answer.read())
        assert answer.status == 201, read
        return read


def _all(clients: Sequence[Client], at: Sequence[dt.datetime]) -> float:
    threads = [threading.Thread(target=one.run, args=(at,)) for one in clients]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def figures(ground: Ground) -> Iterator[Row]:
    """Everything that a program's booking costs: tenant, token, price, demand log, letter, JSON."""
    venue = ground.world.a
    ids = rooms(ground, CLIENTS, venue, "Toile")
    solved(ground, ids)
    with ground.app.app_context(), venue.entered():
        scopes = ["quotes:write", "bookings:write"]
        secret = tokens.make_token("bench", scopes, by=None)[1]
        names = [space(id_).slug for id_ in ids]
        db.session.commit()
        db.session.remove()
    at = starts(WARM + EACH)
    with gunicorn(ground) as server:
        clients = [Client(server, venue.host, secret, name) for name in names]
        _all(clients, at[:WARM])
        for one in clients:
            one.seconds.clear()
        spent = server.processor()
        took = _all(clients, at[WARM:])
        spent = server.processor() - spent
    made = [one for client in clients for one in client.seconds]
    assert len(made) == CLIENTS * EACH, "a client stopped"
    yield Row(f"the same over HTTP, {CLIENTS} clients, gunicorn", f"{len(made) / took:.0f} /s")
    yield Row("  processor of the web workers for each", f"{spent / len(made) * 1000:.1f} ms")
    yield Row("  price and booking together, p95", f"{p95(made) * 1000:.0f} ms")
