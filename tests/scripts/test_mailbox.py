"""The letter box keeps what it is sent and shows it without trusting it."""

from __future__ import annotations

import json
import smtplib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPResponse
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from scripts import mailbox, pg


@dataclass(frozen=True)
class Office:
    box: mailbox.Box
    smtp: int
    web: int

    def send(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp) as server:
            server.send_message(mail)

    def open(self, path: str) -> HTTPResponse:
        answer: HTTPResponse = urllib.request.urlopen(f"http://127.0.0.1:{self.web}{path}")
        return answer

    def read(self, path: str) -> str:
        with self.open(path) as answer:
            return answer.read().decode()

    def newest(self) -> str:
        return str(json.loads(self.read("/messages.json"))[0]["id"])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    box = mailbox.Box(tmp_path)
    port = pg.free_port(None)
    catcher = Controller(mailbox.Catcher(box), hostname="127.0.0.1", port=port)
    catcher.start()
    web = ThreadingHTTPServer(("127.0.0.1", 0), mailbox.handler(box))
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    yield Office(box, port, web.server_port)
    web.shutdown()
    thread.join()
    web.server_close()
    catcher.stop()


def letter() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Le Moulin <bonjour@moulin.test>", "zoe@example.org"
    mail["Subject"], mail["Date"] = (
        "Réservation <b>confirmée</b>",
        "Mon, 23 Nov 2026 10:00:00 +0100",
    )
    mail.set_content("Bonjour Zoé")
    mail.add_alternative('<script>go()</script><img src="cid:logo">', subtype="html")
    mail.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="reservation.ics")
    return mail


def test_a_letter_is_listed_and_read(office: Office) -> None:
    office.send(letter())
    assert "Réservation &lt;b&gt;confirmée&lt;/b&gt;" in office.read("/")
    page = office.read(f"/{office.newest()}")
    assert "Bonjour Zoé" in page
    assert "reservation.ics" in page
    assert "BEGIN:VCALENDAR" in office.read(f"/{office.newest()}/file/0")


def test_the_html_version_is_sandboxed(office: Office) -> None:
    office.send(letter())
    with office.open(f"/{office.newest()}/html") as answer:
        rules = answer.headers["Content-Security-Policy"]
        assert f'src="/{office.newest()}/cid/logo"' in answer.read().decode()
    assert rules.startswith("sandbox ")
    assert "allow-scripts" not in rules
    assert "allow-same-origin" not in rules
    assert "default-src 'none'" in rules


@pytest.mark.parametrize("path", ["/../passwords.json", "/x", "/{}/file/7", "/{}/cid/x", "/{}/y"])
def test_nothing_else_is_shown(office: Office, path: str) -> None:
    office.send(letter())
    with pytest.raises(urllib.error.HTTPError) as refused:
        office.open(path.format(office.newest()))
    assert refused.value.code == 404
    refused.value.close()


def test_only_the_newest_are_kept(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "KEPT", 3)
    for number in range(5):
        office.box.keep(f"Subject: {number}\n\n".encode())
    assert [str(mail["Subject"]) for _, mail in office.box.newest_first()] == ["4", "3", "2"]
