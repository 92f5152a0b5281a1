"""Tickets after they were bought, over HTTP: who sees them, gives them back, hands them on."""

from __future__ import annotations

import datetime as dt
import io
from html import unescape

import pytest
import segno
from PIL import Image

from app.core.db import db
from app.doors.tickets import bare
from app.events import rules as events
from app.events.models import Event
from app.ticketing import giving_back, read
from app.ticketing.models import Ticket, TicketCategory, TicketOrder
from tests.at_desk import set_clock
from tests.booking.conftest import visitor
from tests.events.conftest import instant
from tests.ticketing.conftest import order
from tests.ticketing.test_rules import pay

__all__ = ["visitor"]
MINUTE = dt.timedelta(minutes=1)


def sold(one: TicketCategory, many: int = 2, **more) -> TicketOrder:
    """An order that was paid by card."""
    found = order(one, many, **more)
    if found.price_cents:
        pay(found)
    db.session.commit()
    return found


def good(found: TicketOrder) -> list[Ticket]:
    return [one for one in read.tickets(found.id) if one.state == "valid"]


def at(found: TicketOrder, more: str = "") -> str:
    return f"/billets/{found.token}{more}"


def of(one: Ticket, more: str = "") -> str:
    return f"/billets/billet/{one.code}{more}"


# ── looking ───────────────────────────────────────────────────────────────────────────────────


def test_an_order_says_all_that_it_is(full: TicketCategory, visitor) -> None:
    found = sold(full)
    page = visitor().get(at(found, "?merci=1"))
    assert page.status == 200
    for words in ("C’est pris", "La nuit des ateliers", "jeudi 3 décembre", "18:00 – 22:00",
                  "2 × Plein tarif", "24 € TTC, payés par carte", "TVA",
                  "Jusqu’au mercredi 2 décembre, 18:00 24 € rendus",
                  "Ensuite, jusqu’au début rien n’est rendu",
                  "Rendus maintenant : 24 € pour tous les billets"):  # fmt: skip
        assert page.has(words), words
    assert all(of(one) in page.html for one in good(found))
    calendar = visitor().get(at(found, "/agenda.ics"))
    assert "METHOD:REQUEST" in calendar.html
    assert found.code in calendar.html


def test_a_hold_says_until_when_and_where_to_pay(
    full: TicketCategory, visitor, monkeypatch
) -> None:
    found = order(full)
    db.session.commit()
    page = visitor().get(at(found))
    assert page.has("Gardées jusqu’à 09:15 (15:00)")
    assert f'href="{at(found, "/payer")}"' in page.html
    assert visitor().get(of(read.tickets(found.id)[0])).has("En attente de paiement")
    set_clock(monkeypatch, instant(9) + 16 * MINUTE)  # and no worker tidied it
    page = visitor().get(at(found))
    assert page.has("Le temps de payer est passé")
    assert "/payer" not in page.html
    assert visitor().get(at(found, "/agenda.ics")).status == 404


def test_a_ticket_is_what_the_door_reads(full: TicketCategory, visitor) -> None:
    one = good(sold(full))[0]
    page = visitor().get(of(one))
    assert page.has(one.holder_name)
    assert page.has("jeudi 3 décembre")
    address = f"http://a.localhost{of(one)}"
    assert bare(address) == one.code
    expected = segno.make(address, error="m", micro=False)
    assert unescape(expected.svg_data_uri(scale=8, border=2, light="#fff")) in unescape(page.html)
    drawn = Image.open(io.BytesIO(visitor().get(of(one, "/qr.png")).answer.data)).convert("1")
    size = len(expected.matrix)
    dots = [
        [not drawn.getpixel((8 * x + 20, 8 * y + 20)) for x in range(size)] for y in range(size)
    ]
    assert dots == [[bool(dot) for dot in row] for row in expected.matrix]
    assert visitor().get(of(one, "/qr.svg")).answer.mimetype == "image/svg+xml"
    calendar = visitor().get(of(one, "/agenda.ics")).html.replace("\r\n ", "")
    assert one.code in calendar
    assert read.order(one.order_id).token not in calendar


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("cancelled", "Ce billet est annulé"),
        ("transferred", "Ce billet a été cédé"),
        ("used", "Déjà entré"),
        ("called_off", "Cet événement est annulé"),
    ],
)
def test_a_dead_ticket_says_so_and_shows_no_qr(
    full: TicketCategory, night: Event, visitor, state: str, words: str
) -> None:
    found = sold(full)
    one = good(found)[0]
    if state == "cancelled":
        giving_back.give_back(found.id, [one.id])
    elif state == "transferred":
        giving_back.transfer(one.id, "Nadia Ben", "nadia@example.org")
    elif state == "used":
        one.state, one.checked_in_at = "used", instant(9)
    else:
        events.cancel(night.id, "Panne de chauffage")
    db.session.commit()
    page = visitor().get(of(one))
    assert page.has(words)
    assert "data:image" not in page.html
    assert visitor().get(of(one, "/qr.png")).status == 404
    assert visitor().get(of(one, "/qr.svg")).status == 404


def test_secret_pages_are_kept_secret(full: TicketCategory, visitor) -> None:
    found = sold(full)
    one = good(found)[0]
    for path in (at(found), of(one)):
        answer = visitor().get(path).answer
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert found.token not in visitor().get(of(one)).html


def test_links_are_nobody_elses(full: TicketCategory, visitor) -> None:
    """Guessed, cut, of another kind, or asked of another venue: nothing is there."""
    found = sold(full)
    one = good(found)[0]
    nothing = visitor().get("/billets/nulnulnul")
    assert nothing.status == 404
    for guess in (found.token[:-1], found.token.swapcase(), found.token + "A", one.code, found.code,
                  str(found.id), "%", "' or 1=1", "%00", "attente"):  # fmt: skip
        page = visitor().get(f"/billets/{guess}")
        assert page.status == 404, guess
    for guess in (one.code[:-1], one.code.swapcase(), found.token, str(one.id), "%00"):
        assert visitor().get(f"/billets/billet/{guess}").status == 404, guess
    for path in (at(found), at(found, "/agenda.ics"), of(one), of(one, "/qr.png"),
                 of(one, "/agenda.ics")):  # fmt: skip
        assert visitor().get(path).status == 200
        assert visitor("b.localhost").get(path).status == 404, path


def test_whoever_ordered_finds_the_order_from_a_ticket(full: TicketCategory, visitor) -> None:
    carla = visitor()
    carla.sign_in("carla")
    found = sold(full, email="carla@example.org")
    assert at(found) in carla.get(of(good(found)[0])).html
    assert at(found) not in visitor().get(of(good(found)[0])).html
