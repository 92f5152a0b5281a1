"""Staff put an event on sale over HTTP: what is refused says why and loses nothing."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.events import rules as events
from app.events.models import Event, EventSeries
from app.ticketing import read, shelf
from app.ticketing.models import TicketCategory
from app.ticketing.shelf import Kind, Terms
from tests.at_desk import Colleague
from tests.events.conftest import DAY, instant
from tests.events.conftest import wish as event_wish
from tests.ticketing.conftest import order
from tests.world import World

Opener = Callable[[str], FlaskClient]


@pytest.fixture
def alice(world: World, client: Opener, morning: None) -> Colleague:
    """The owner."""
    return Colleague(client(world.a.host), "alice")


@pytest.fixture
def bob(world: World, client: Opener, morning: None) -> Colleague:
    """The front desk: sells, but puts nothing on sale."""
    return Colleague(client(world.a.host), "bob")


def there(event: Event) -> str:
    return f"/gestion/evenements/{event.id}/billetterie"


def form(**more: str) -> dict[str, str]:
    given = {
        "nom": "Plein tarif 🎟️", "nom-en": "Full price", "tarif": "fixed", "prix": "12,50",
        "nature": "admission", "quota": "40", "acheteurs": "everybody", "ordre": "0",
    }  # fmt: skip
    return given | more


# ── what is on sale ───────────────────────────────────────────────────────────────────────────


def test_an_event_is_put_on_sale_from_a_model(night: Event, alice: Colleague) -> None:
    page = alice.read(there(night))
    assert "Avec quels billets commencer" in page
    for _twice in range(2):
        assert alice.post(f"{there(night)}/depart", modele="workshop").status_code == 303
    names = [one.name_fr for one in read.categories(night.id)]
    assert names == ["Place", "Tarif réduit"]
    page = alice.read(there(night))
    assert "35\u00a0€" in page
    assert "20 %" in page
    assert there(night) in alice.read(f"/gestion/evenements/{night.id}")


def test_a_category_is_written_and_read_back(night: Event, alice: Colleague) -> None:
    new = f"{there(night)}/categories/nouvelle"
    assert "Entrée d’événement, TVA 20 %" in html.unescape(alice.read(new))
    answer = alice.post(new, **form(
        tarif="open", prix="8", minimum="2,50", nature="show", depuis="2026-11-27T08:00",
        jusque="2026-12-03T18:00",
        **{"q0-fr": "Votre taille ?", "q0-genre": "choice", "q0-choix": "S\nM\n\nM\nL",
           "q0-oblige": "1"},
    ))  # fmt: skip
    assert answer.status_code == 303, answer.text[:2000]
    one = db.session.scalars(select(TicketCategory)).one()
    assert (one.pricing, one.price_cents, one.minimum_cents, one.vat_bp) == ("open", 800, 250, 550)
    assert one.from_at == instant(8) + DAY
    asked = {"fr": "Votre taille ?", "en": "", "kind": "choice", "choices": ["S", "M", "L"],
             "required": True}  # fmt: skip
    assert one.questions == [asked]
    page = html.unescape(alice.read(f"{there(night)}/categories/{one.id}"))
    for said in ("2,50", "2026-11-27T08:00", "Votre taille ?", "S\nM\nL"):
        assert said in page


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"quota": "-5"}, "quota", "Indiquez un nombre de 0"),
        ({"quota": "douze"}, "quota", "Indiquez un nombre de 0"),
        ({"prix": "12,505"}, "prix", "deux décimales"),
        ({"prix": "-3"}, "prix", "deux décimales"),
        ({"prix": ""}, "prix", "deux décimales"),
        ({"tarif": "open", "minimum": "99"}, "minimum", "prix conseillé"),
        ({"tarif": "auction"}, "tarif", "comment le prix"),
        ({"nom": "\u200b "}, "nom", "Donnez un nom"),
        ({"nature": "voucher"}, "nature", "nature du billet"),
        ({"tva": "cher"}, "tva", "taux de TVA"),
        ({"tva": "5,555"}, "tva", "deux décimales au plus"),
        ({"jusque": "2026-11-20T10:00"}, "jusque", "Ce moment est passé"),
        ({"depuis": "2026-12-02T10:00", "jusque": "2026-12-01T10:00"}, "jusque", "après le début"),
        ({"jusque": "2027-03-28T02:30"}, "jusque", "02:30 n’existe pas"),
        ({"depuis": "demain"}, "depuis", "un jour et une heure"),
        ({"ordre": "-1"}, "ordre", "nombre de 0"),
        ({"q0-genre": "choice", "q0-choix": "seule"}, "q0-choix", "de 2 à 12"),
    ],
)
def test_a_refusal_names_its_field_and_loses_nothing(
    night: Event, alice: Colleague, more: dict[str, str], field: str, words: str
) -> None:
    typed = form(**({"note": "שלום <b>gras</b>", "q0-fr": "Un besoin ?"} | more))
    answer = alice.post(f"{there(night)}/categories/nouvelle", **typed)
    page = html.unescape(answer.text)
    assert answer.status_code == 422, page[:500]
    assert words in page
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    for kept in ("שלום <b>gras</b>", typed["nom"].strip("\u200b "), "Un besoin ?", typed["prix"]):
        assert kept in page
    assert "<b>gras</b>" not in answer.text
    assert not db.session.scalars(select(TicketCategory)).all()


def test_a_quota_below_what_is_taken_says_so(full: TicketCategory, alice: Colleague) -> None:
    order(full, 3)
    db.session.flush()
    here = f"/gestion/evenements/{full.event_id}/billetterie/categories/{full.id}"
    answer = alice.post(here, **form(quota="2"))
    assert answer.status_code == 422
    assert "3 billets sont déjà pris" in html.unescape(answer.text)
    assert 'href="#quota"' in answer.text
    assert alice.post(here, **form(quota="3")).status_code == 303


def test_places_of_the_whole_event(full: TicketCategory, night: Event, alice: Colleague) -> None:
    order(full, 3)
    terms = {"jauge": "2", "plus": "6", "heures": "48", "part": "50", "offre": "12"}
    answer = alice.post(there(night), **terms)
    assert answer.status_code == 422
    assert "3 places sont déjà prises" in html.unescape(answer.text)
    assert 'value="48"' in answer.text
    answer = alice.post(there(night), **(terms | {"jauge": "61"}))
    assert "L’événement a 60 places" in html.unescape(answer.text)
    assert alice.post(there(night), **(terms | {"part": "101"})).status_code == 422
    assert alice.post(there(night), **(terms | {"jauge": "20"})).status_code == 303
    sale = read.sale(night.id)
    assert sale is not None
    db.session.refresh(sale)
    assert (sale.quota, sale.most, sale.free_hours, sale.late_percent, sale.offer_hours) == (
        20, 6, 48, 50, 12,
    )  # fmt: skip


def test_a_smaller_sale_keeps_its_number_when_the_event_grows(
    full: TicketCategory, night: Event
) -> None:
    shelf.set_terms(night.id, Terms(quota=20))
    events.change(night.id, replace(events.wish_of(night), capacity=80))
    sale = read.sale(night.id)
    assert sale is not None
    assert sale.quota == 20
    shelf.set_terms(night.id, Terms(quota=80))
    events.change(night.id, replace(events.wish_of(night), capacity=70))
    assert sale.quota == 70


def test_one_more_question_writes_nothing(night: Event, alice: Colleague) -> None:
    answer = alice.post(
        f"{there(night)}/categories/nouvelle", **form(plus="1", **{"q0-fr": "Un besoin ?"})
    )
    assert answer.status_code == 200
    assert 'name="q1-fr"' in answer.text
    assert "Un besoin ?" in answer.text
    assert not db.session.scalars(select(TicketCategory)).all()


def test_a_form_that_is_sent_twice_makes_one_category(night: Event, alice: Colleague) -> None:
    page = alice.read(f"{there(night)}/categories/nouvelle")
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    sent = form(idempotency_key="k1", csrf_token=token)
    for _twice in range(2):
        answer = alice.client.post(f"{there(night)}/categories/nouvelle", data=sent)
        assert answer.status_code == 303
    assert len(read.categories(night.id)) == 1


def test_away_and_back(full: TicketCategory, night: Event, alice: Colleague) -> None:
    act = f"{there(night)}/categories/{full.id}/archive"
    for _twice in range(2):
        assert alice.post(act, retirer="1").status_code == 303
        assert not read.categories(night.id)
    assert "Remettre en vente" in alice.read(there(night))
    alice.post(act, retirer="0")
    assert read.categories(night.id)


def test_the_front_desk_looks_and_changes_nothing(
    full: TicketCategory, night: Event, bob: Colleague
) -> None:
    page = bob.read(there(night))
    assert "Plein tarif" in page
    assert "<form" not in page.split("<main")[1]
    for path in ("", "/depart", "/copie", "/categories/nouvelle", f"/categories/{full.id}"):
        assert bob.post(there(night) + path, **form()).status_code == 404
    assert bob.get(f"{there(night)}/categories/{full.id}").status_code == 404


def test_a_category_of_another_event_is_none_here(
    full: TicketCategory, planned: Callable[..., Event], alice: Colleague
) -> None:
    other = planned(publish=True, starts_at=instant(18) + 9 * DAY, ends_at=instant(20) + 9 * DAY)
    assert alice.get(f"{there(other)}/categories/{full.id}").status_code == 404
    assert alice.post(f"{there(other)}/categories/{full.id}", **form()).status_code == 404
    assert alice.post(f"{there(other)}/categories/{full.id}/archive").status_code == 404


def test_the_sale_is_copied_to_the_other_dates_once(
    world: World, night: Event, alice: Colleague
) -> None:
    second = events.create(
        event_wish(world, starts_at=instant(18) + 14 * DAY, ends_at=instant(22) + 14 * DAY,
                   capacity=30)
    )  # fmt: skip
    night.series_id = second.series_id = _series(world)
    db.session.flush()
    shelf.describe(night.id, Kind("Plein tarif", "fixed", 1200, 60, until_at=instant(17) + 7 * DAY))
    shelf.set_terms(night.id, Terms(late_percent=30, quota=50))
    assert alice.post(f"{there(night)}/copie").status_code == 422
    for code in (303, 422):
        assert alice.post(f"{there(night)}/copie", date=str(second.id)).status_code == code
    (one,) = read.categories(second.id)
    assert one.until_at == instant(17) + 14 * DAY
    sale = read.sale(second.id)
    assert sale is not None
    assert (sale.quota, sale.late_percent) == (30, 30)


def _series(world: World) -> int:
    made = EventSeries(tenant_id=world.a.id, name="Ateliers", rhythm="weekly")
    db.session.add(made)
    db.session.flush()
    return made.id
