"""One booking at the desk: each act does what it says, shows amounts first, and is journalled."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.booking.models import Booking, Cancellation, CheckIn, NoShow
from app.core.audit import AuditEntry
from app.core.db import db
from app.ledger.models import LedgerLine
from app.ledger.rules import balance
from app.members.models import Person
from app.occupancy.models import Occupancy
from app.payments import rules as payments
from app.payments.models import Refund
from tests.at_desk import Colleague, offered, set_clock
from tests.booking import test_desk_day as the_day
from tests.booking.test_desk_day import instant
from tests.world import World

Open = Callable[[str], FlaskClient]


@pytest.fixture
def bob(world: World, client: Open, monkeypatch: pytest.MonkeyPatch) -> Colleague:
    set_clock(monkeypatch, instant(10.4))
    return Colleague(client(world.a.host), "bob")


@pytest.fixture
def alice(world: World, client: Open, bob: Colleague) -> Colleague:
    return Colleague(client(world.a.host), "alice")


def book(space_id: int, hour: float, hours: float = 1, **more) -> Booking:
    """A booking of somebody the venue knows."""
    somebody = db.session.scalars(select(Person.id).where(Person.name == "Carla Roux")).one()
    return the_day.book(space_id, hour, hours, **{"person_id": somebody, **more})


def paid(booking: Booking, method: str = "cash") -> Booking:
    due = payments.Due("booking", booking.id, booking.price_cents)
    payments.record_at_desk(due, method, None)
    return booking


def again(booking_id: int) -> Booking:
    db.session.expire_all()
    return db.session.scalars(select(Booking).where(Booking.id == booking_id)).one()


def url(booking: Booking) -> str:
    return f"/gestion/reservations/{booking.code}"


def test_the_page_says_who_when_how_much(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14, 2, people=3, person_id=world.carla_person)
    page = bob.read(url(made))
    for words in ("Carla Roux", "14:00 – 16:00", "3 pers.", "Salle Curie", made.code):
        assert words in page


def test_the_sheet_is_a_part_of_the_page(world: World, bob: Colleague) -> None:
    sheet = bob.read(url(book(world.a.room, 14)), headers={"HX-Request": "true"})
    assert "<html" not in sheet
    assert 'role="dialog"' in sheet


def test_an_arrival_before_its_hour_is_refused(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14)
    answer = bob.post(f"{url(made)}/arrivee")
    assert answer.status_code == 422
    assert "ne commence pas encore" in answer.text
    assert db.session.scalar(select(func.count()).select_from(CheckIn)) == 0


def test_an_absence_frees_the_rest(world: World, bob: Colleague, monkeypatch) -> None:
    made = book(world.a.room, 11, 3)
    set_clock(monkeypatch, instant(11.75))
    assert bob.post(f"{url(made)}/absence").status_code == 302
    assert db.session.scalar(select(func.count()).select_from(NoShow)) == 1
    assert db.session.scalars(select(Occupancy.ends_at)).one() == instant(11.75)


def test_cancelling_shows_the_amount_and_gives_it(world: World, bob: Colleague) -> None:
    made = paid(book(world.a.room, 14, 2))
    page = bob.read(f"{url(made)}/annulation")
    half = made.price_cents // 2
    assert f'name="promis" value="{half}"' in page
    bob.post(f"{url(made)}/annulation", par="staff", promis=half, raison="malade")
    row = db.session.scalars(select(Cancellation)).one()
    assert (row.refund_cents, row.reason) == (half, "malade")


def test_the_venue_gives_all_back(world: World, bob: Colleague) -> None:
    made = paid(book(world.a.room, 14, 2))
    bob.post(f"{url(made)}/annulation", par="venue", promis="0")
    assert db.session.scalars(select(Cancellation.refund_cents)).one() == made.price_cents
    assert balance("cash", "booking", made.id) == 0


def test_a_refund_that_shrank_meanwhile_is_refused(
    world: World, bob: Colleague, monkeypatch
) -> None:
    made = paid(book(world.a.room, 14, 2))
    set_clock(monkeypatch, instant(15))
    answer = bob.post(f"{url(made)}/annulation", par="staff", promis="1700")
    assert answer.status_code == 422
    assert again(made.id).state == "confirmed"


def test_moving_shows_the_price_and_moves(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14)
    wish = f"?espace={world.a.room}&jour=2027-03-10&heure=16:00&personnes=1"
    page = bob.read(f"{url(made)}/deplacement{wish}")
    token = re.search(r'name="prix" value="([^"]+)"', page)[1]
    bob.post(f"{url(made)}/deplacement", prix=token)
    assert again(made.id).starts_at == instant(16)


def test_moving_within_its_own_time_is_possible(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14, 2)
    wish = f"?espace={world.a.room}&jour=2027-03-10&heure=15:00&personnes=1"
    assert 'name="prix"' in bob.read(f"{url(made)}/deplacement{wish}")


def test_moving_onto_a_taken_time_is_told_with_the_wish_kept(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14)
    book(world.a.room, 16)
    wish = f"?espace={world.a.room}&jour=2027-03-10&heure=16:00&personnes=1"
    answer = bob.get(f"{url(made)}/deplacement{wish}")
    assert answer.status_code == 409
    assert 'value="16:00"' in answer.text
    links = offered(answer.text)
    assert len(links) == 3
    assert not any(
        "heure=14%3A00" in link or "heure=14:00" in link for link in links
    )  # that is where it is
    assert 'name="prix"' in bob.read(links[0])


def test_a_move_that_comes_too_late_offers_what_is_near(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14)
    wish = f"?espace={world.a.room}&jour=2027-03-10&heure=17:00&personnes=1"
    sent = re.search(r'name="prix" value="([^"]+)"', bob.read(f"{url(made)}/deplacement{wish}"))[1]
    book(world.a.room, 17)
    answer = bob.post(f"{url(made)}/deplacement", prix=sent)
    assert (answer.status_code, len(offered(answer.text))) == (409, 3)
    assert again(made.id).starts_at == instant(14)


def test_a_bad_hour_is_told_at_its_field(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14)
    answer = bob.get(
        f"{url(made)}/deplacement?espace={world.a.room}&jour=2027-03-10&heure=25h&personnes=2"
    )
    assert answer.status_code == 422
    assert 'value="25h"' in answer.text


@pytest.mark.parametrize("method", ["cash", "terminal", "transfer"])
def test_money_at_the_desk_is_posted(world: World, bob: Colleague, method: str) -> None:
    made = book(world.a.room, 14)
    euros = f"{made.price_cents / 100:.2f}".replace(".", ",")
    bob.post(f"{url(made)}/paiement", montant=euros, moyen=method)
    assert payments.due_on("booking", made.id) == 0
    assert payments.of_source("booking", made.id)[0].method == method


@pytest.mark.parametrize("amount", ["", "abc", "-5", "0", "1,234", "99999"])
def test_a_wrong_amount_is_refused_and_kept(world: World, bob: Colleague, amount: str) -> None:
    made = book(world.a.room, 14)
    answer = bob.post(f"{url(made)}/paiement", montant=amount, moyen="cash")
    assert answer.status_code == 422
    assert f'name="montant" value="{amount}"' in answer.text
    assert payments.of_source("booking", made.id) == []


def test_a_card_cannot_be_written_down_at_the_desk(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14)
    assert bob.post(f"{url(made)}/paiement", montant="1", moyen="card").status_code == 422


def test_a_gesture_needs_a_manager(world: World, bob: Colleague, alice: Colleague) -> None:
    made = paid(book(world.a.room, 14, 2))
    fields = {"montant": "5", "raison": "projecteur en panne"}
    assert bob.post(f"{url(made)}/remboursement", **fields).status_code == 404
    assert alice.post(f"{url(made)}/remboursement", **fields).status_code == 302
    assert db.session.scalars(select(Refund.amount_cents)).one() == 500
    assert payments.due_on("booking", made.id) == 0
    assert again(made.id).price_cents == made.price_cents


def test_a_gesture_then_a_cancellation_gives_back_what_was_paid_and_no_more(
    world: World, alice: Colleague
) -> None:
    made = paid(book(world.a.room, 14, 2))
    whole = made.price_cents
    alice.post(f"{url(made)}/remboursement", montant="5", raison="bruit")
    alice.post(f"{url(made)}/annulation", par="venue", promis="0")
    given = db.session.scalar(select(func.sum(Refund.amount_cents)))
    assert given == whole
    assert payments.due_on("booking", made.id) == 0
    sales = db.session.scalar(
        select(func.sum(LedgerLine.amount_cents)).where(LedgerLine.account == "sales")
    )
    assert sales == 0


@pytest.mark.parametrize(
    ("montant", "raison"), [("5", ""), ("9999", "trop"), ("0", "rien"), ("x", "rien")]
)
def test_a_gesture_without_reason_or_beyond_what_was_paid_is_refused(
    world: World, alice: Colleague, montant: str, raison: str
) -> None:
    made = paid(book(world.a.room, 14, 2))
    answer = alice.post(f"{url(made)}/remboursement", montant=montant, raison=raison)
    assert answer.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Refund)) == 0


def test_the_same_gesture_is_done_once(world: World, alice: Colleague) -> None:
    made = paid(book(world.a.room, 14, 2))
    for _ in range(2):
        alice.post(f"{url(made)}/remboursement", montant="5", raison="bruit")
    assert db.session.scalar(select(func.sum(Refund.amount_cents))) == 500


def test_notes_are_kept_and_journalled(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14)
    bob.post(f"{url(made)}/notes", notes="Prévoir un paperboard")
    assert again(made.id).notes == "Prévoir un paperboard"
    assert "Notes modifiées" in bob.read(url(made))
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject == f"booking:{made.id}")
    ).one()
    assert entry.actor_id == world.people["bob"]


def test_a_code_leads_from_search_and_scanner(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14)
    assert bob.get(f"/gestion/reservations?q={made.code.lower()}").location == url(made)
    assert bob.get(f"/gestion/scanner?code={made.code}").location.startswith(url(made))
    scanned = bob.get(f"/gestion/scanner?code=http://a.localhost/b/{made.token}")
    assert scanned.location.startswith(url(made))


def test_an_unknown_code_is_told_and_kept(world: World, bob: Colleague) -> None:
    answer = bob.get("/gestion/scanner?code=ZZZZZZ")
    assert answer.status_code == 422
    assert 'value="ZZZZZZ"' in answer.text


def test_the_list_filters_by_day_space_and_word(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14, person_id=world.carla_person)
    other = book(world.a.half, 14)
    page = bob.read(f"/gestion/reservations?q=roux&espace={world.a.room}&jour=2027-03-10")
    assert made.code in page
    assert other.code not in page


def test_the_sheet_of_the_day_prints_every_booking(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14, person_id=world.carla_person)
    page = bob.read("/gestion/jour/2027-03-10/feuille")
    assert made.code in page
    assert "print-wide" in page


@pytest.mark.parametrize("path", ["/gestion/jour/hier", "/gestion/planning?semaine=x"])
def test_no_day_is_no_page(world: World, bob: Colleague, path: str) -> None:
    assert bob.get(path).status_code == 404


def test_the_week_and_the_month_count_bookings(world: World, bob: Colleague) -> None:
    book(world.a.room, 14, 2)
    assert "2 h" in bob.read("/gestion/planning?semaine=2027-03-10")
    assert "1 réservation" in bob.read("/gestion/planning?mois=2027-03-10")
