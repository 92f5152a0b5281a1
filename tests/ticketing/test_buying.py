"""The public buys tickets over HTTP: what each page promises, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.events.models import Event
from app.payments.models import PaymentAccount
from app.ticketing import read, shelf
from app.ticketing.models import TicketCategory, TicketOrder
from app.ticketing.shelf import Kind
from tests.booking.conftest import Page, Visitor
from tests.booking.teller import Teller
from tests.world import World

GUEST = {"email": "maya.roux@exemple.fr", "nom": "Maya Roux", "cgv": "1"}


@pytest.fixture
def visitor(client: Callable) -> Callable[..., Visitor]:
    return lambda host="a.localhost": Visitor(client(host))


@pytest.fixture
def teller(app: Flask, world: World) -> Iterator[Teller]:
    """Tenant A is paid online, by a gateway in memory."""
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(kept, stripe_platform_key="sk_test_platform")
    app.extensions["gateway"] = made = Teller()
    db.session.add(PaymentAccount(stripe_account="acct_a", ready=True, card=True))
    db.session.commit()
    yield made
    app.config["SETTINGS"] = kept
    del app.extensions["gateway"]


@pytest.fixture
def free(night: Event) -> TicketCategory:
    return shelf.describe(night.id, Kind("Entrée libre", "free", 0, 7))


def at(one: TicketCategory) -> str:
    slug = db.session.get_one(Event, one.event_id).slug
    return f"/evenements/{slug}/billets"


def send(guest: Visitor, page: Page, path: str, **fields: str) -> Page:
    """The form as the page showed it, with what is typed."""
    kept = {name: page.hidden(name) for name in ("cle", "conditions", "montre")}
    shown = dict(re.findall(r'<input type="number"[^>]*name="(n-\d+)" value="(\d*)"', page.html))
    return guest.post(path, page, **{**kept, **shown, **GUEST, **fields})


def orders() -> list[TicketOrder]:
    db.session.expire_all()
    return list(db.session.scalars(select(TicketOrder).order_by(TicketOrder.id)))


def test_an_event_shows_what_is_sold(free: TicketCategory, full: TicketCategory, visitor) -> None:
    db.session.commit()
    slug = at(free).split("/")[2]
    page = visitor().get(f"/agenda/{slug}")
    assert page.has("Plein tarif")
    assert page.has("Entrée libre")
    assert page.has("14 places libres")
    assert f'action="{at(free)}"' in page.html
    assert '"price": "12.00"' in page.html or '"price":"12.00"' in page.html


def test_a_free_ticket_is_theirs_at_once(free: TicketCategory, visitor) -> None:
    db.session.commit()
    guest = visitor()
    page = guest.get(f"{at(free)}?n-{free.id}=2")
    assert page.status == 200
    assert page.has("Pour qui")
    sent = send(guest, page, at(free), moyen="free", **{f"nom-{free.id}-1": "Léo 🚲"})
    assert sent.status == 303, sent.words[:600]
    [made] = orders()
    assert made.state == "confirmed"
    assert sent.location == f"/billets/{made.token}?merci=1"
    assert [one.holder_name for one in read.tickets(made.id)] == ["Maya Roux", "Léo 🚲"]


def test_a_card_pays_and_comes_back(full: TicketCategory, teller: Teller, visitor) -> None:
    db.session.commit()
    guest = visitor()
    page = guest.get(f"{at(full)}?n-{full.id}=2")
    assert page.has("Payer 24 € TTC")
    sent = send(guest, page, at(full), moyen="card")
    assert sent.status == 303, sent.words[:600]
    assert sent.location == "https://pay.example/cs_1"
    [made] = orders()
    assert made.state == "held"
    teller.pay_last()
    back = guest.get(f"/billets/{made.token}/retour")
    assert back.location == f"/billets/{made.token}?merci=1"
    assert orders()[0].state == "confirmed"
