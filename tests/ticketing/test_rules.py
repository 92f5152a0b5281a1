"""Tickets are counted, paid, given back and handed on; each cent and each place is somewhere."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.db import db
from app.core.errors import Gone, Refused
from app.core.mail import Mail
from app.core.slots import Interval
from app.events import rules as events
from app.events.models import Event
from app.invoicing.models import Charge
from app.ledger.models import LedgerLine
from app.members.rules import person_by_email
from app.payments import refunds
from app.payments import rules as payments
from app.payments.models import Payment, Refund
from app.reporting import invariants
from app.ticketing import counting, giving_back, pricing, queue, read, rules, shelf
from app.ticketing.models import PromoCode, Ticket, TicketCategory, TicketOrder, TicketWait
from app.ticketing.rules import Place
from app.ticketing.shelf import Code, Kind, Terms
from tests.at_desk import set_clock
from tests.events.conftest import DAY, instant
from tests.jobs import run_jobs
from tests.ticketing.conftest import order, owed, wish
from tests.world import World

MINUTE = dt.timedelta(minutes=1)


def count(one: TicketCategory) -> tuple[int, int]:
    """Taken of the category and of the event."""
    db.session.flush()
    db.session.refresh(one)
    sale = read.sale(one.event_id)
    assert sale is not None
    return one.taken, sale.taken


def pay(found: TicketOrder) -> Payment:
    """The card of an order is charged."""
    due = payments.Due("ticket_order", found.id, found.price_cents, found.person_id)
    payment = payments.begin(due, "card")
    payment.intent_id = f"pi_{payment.id}"
    payments.capture(payments.locked(payment.id))
    return payment


def whole() -> None:
    """Nothing that must be true is broken."""
    db.session.flush()
    assert invariants.breaches(db.session.connection()) == []


# ── places ────────────────────────────────────────────────────────────────────────────────────


def test_the_last_place_is_sold_once(full: TicketCategory) -> None:
    order(full, 5)
    order(full, 2)
    with pytest.raises(counting.SoldOut, match="complet"):
        order(full)
    assert count(full) == (7, 7)
    whole()


def test_says_how_many_are_left(full: TicketCategory) -> None:
    order(full, 5)
    with pytest.raises(counting.SoldOut, match="Il ne reste que 2 places"):
        order(full, 3)


def test_the_event_has_a_quota_too(full: TicketCategory, night: Event) -> None:
    big = shelf.describe(night.id, Kind("Réduit", "fixed", 600, 500))
    shelf.set_terms(night.id, Terms(most=50))
    order(big, 50)
    order(big, 8)
    with pytest.raises(counting.SoldOut):
        order(full, 3)
    assert order(full, 2).state == "held"
    whole()


def test_postgresql_refuses_what_the_code_would_let_pass(
    full: TicketCategory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without our own check the database still sells seven."""
    monkeypatch.setattr(counting, "refuse_more", lambda *_: None)
    order(full, 7)
    with pytest.raises(IntegrityError, match="quota"):
        order(full)


def test_a_quota_of_the_database_switched_off_oversells(
    full: TicketCategory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With both guards off an eighth is sold, and the doctor sees it."""
    one = order(full, 7)
    db.session.flush()
    db.session.execute(text("update ticket_category set taken = 6 where id = :i"), {"i": full.id})
    order(full)
    db.session.expire_all()
    broken = {found.invariant.id for found in invariants.breaches(db.session.connection())}
    assert "I13" in broken
    assert one.state == "held"


def test_all_or_nothing(full: TicketCategory, night: Event) -> None:
    few = shelf.describe(night.id, Kind("Réduit", "fixed", 600, 1))
    with pytest.raises(counting.SoldOut), db.session.begin_nested():
        rules.order(wish(full, places=(Place(full.id), Place(few.id), Place(few.id))))
    assert count(full) == (0, 0)
    assert not db.session.scalars(select(TicketOrder)).all()


def test_the_same_form_twice_is_one_order(full: TicketCategory) -> None:
    asked = wish(full, 2)
    assert rules.order(asked).id == rules.order(asked).id
    assert count(full) == (2, 2)


def test_a_hold_that_ran_out_is_free_without_any_worker(
    full: TicketCategory, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = order(full, 7)
    set_clock(monkeypatch, instant(9) + 16 * MINUTE)
    second = order(full, 7, email="leo@example.org")
    db.session.refresh(first)
    assert (first.state, second.state) == ("lapsed", "held")
    assert {one.state for one in read.tickets(first.id)} == {"lapsed"}
    whole()


def test_free_tickets_are_theirs_at_once(night: Event) -> None:
    free = shelf.describe(night.id, Kind("Moins de 12 ans", "free", None, 5))
    found = order(free, 2)
    assert (found.state, found.way, found.price_cents) == ("confirmed", "free", 0)
    assert not db.session.scalars(select(Charge)).all()
    whole()


# ── who, when, how much ───────────────────────────────────────────────────────────────────────


def test_members_only(full: TicketCategory, night: Event) -> None:
    mine = shelf.describe(night.id, Kind("Adhérent", "fixed", 800, 7, buyers="members"))
    guest = person_by_email("guest@example.org", "Invité")
    with pytest.raises(Refused, match="membres"):
        order(mine, known=guest)
    guest.standing = "member"
    db.session.flush()
    assert order(mine, known=guest).price_cents == 800


def test_a_window(night: Event) -> None:
    late = shelf.describe(night.id, Kind("Soir", "fixed", 500, 9, from_at=instant(12)))
    with pytest.raises(Refused, match="pas commencé"):
        order(late)
    early = shelf.describe(night.id, Kind("Tôt", "fixed", 500, 9, until_at=instant(9)))
    with pytest.raises(Refused, match="terminée"):
        order(early)


def test_a_price_of_ones_own(night: Event) -> None:
    open_ = shelf.describe(night.id, Kind("Soutien", "open", 1800, 9, minimum_cents=600))
    with pytest.raises(Refused, match="commence à"):
        order(open_, places=(Place(open_.id, cents=599),))
    assert order(open_, places=(Place(open_.id, cents=2500),)).price_cents == 2500
    assert order(open_).price_cents == 1800


@pytest.mark.parametrize(
    "kind",
    [
        Kind("x", "fixed", None, 5),
        Kind("x", "fixed", -100, 5),
        Kind("x", "fixed", 100, -1),
        Kind("x", "fixed", 100, None),
        Kind("", "fixed", 100, 5),
        Kind("x", "odd", 100, 5),
        Kind("x", "open", 100, 5, minimum_cents=101),
        Kind("x", "fixed", 100, 5, nature="voucher"),
        Kind("x", "fixed", 100, 5, buyers="dogs"),
        Kind("x", "fixed", 100, 5, vat_bp=9000),
        Kind("x", "fixed", 100, 5, from_at=instant(12), until_at=instant(11)),
    ],
)
def test_refuses_a_category_that_is_none(night: Event, kind: Kind) -> None:
    with pytest.raises(Refused):
        shelf.describe(night.id, kind)


def test_a_quota_does_not_fall_below_what_was_taken(full: TicketCategory) -> None:
    order(full, 3)
    with pytest.raises(Refused, match="déjà pris"):
        shelf.describe(full.event_id, Kind("Plein", "fixed", 1200, 2), full.id)
    shelf.describe(full.event_id, Kind("Plein", "fixed", 1200, 3), full.id)
    with pytest.raises(counting.SoldOut):
        order(full)


def test_questions(night: Event) -> None:
    asked = (
        {
            "fr": "Régime ?",
            "en": "",
            "kind": "choice",
            "choices": ["Végé", "Tout"],
            "required": True,
        },
        {"fr": "Un mot", "en": "", "kind": "text", "choices": [], "required": False},
    )
    meal = shelf.describe(night.id, Kind("Repas", "fixed", 1500, 9, nature="meal", questions=asked))
    assert meal.vat_bp == 1000
    with pytest.raises(Refused, match="Régime"):
        order(meal)
    with pytest.raises(Refused, match="proposées"):
        order(meal, places=(Place(meal.id, answers=("Viande",)),))
    found = order(meal, places=(Place(meal.id, "\u200fنور 🌙", answers=("Végé", "à côté de Léo")),))
    [ticket] = read.tickets(found.id)
    assert [one["answer"] for one in ticket.answers] == ["Végé", "à côté de Léo"]
    assert "نور 🌙" in ticket.holder_name


# ── codes ─────────────────────────────────────────────────────────────────────────────────────


def test_an_amount_is_spread_to_the_cent() -> None:
    cut = PromoCode(code="X", amount_cents=1000)
    assert sum(pricing.discounted([1200, 600, 333], cut)) == 1133
    assert pricing.discounted([300, 300], cut) == [0, 0]
    assert pricing.discounted([999, 0], PromoCode(code="X", percent=50)) == [499, 0]


def test_a_code_once_per_order_and_counted(full: TicketCategory) -> None:
    shelf.promise(Code("Printemps", percent=50, most=1))
    found = order(full, 2, promo=" printemps ")
    assert (found.price_cents, found.discount_cents) == (1200, 1200)
    with pytest.raises(Refused, match="utilisé autant"):
        order(full, promo="PRINTEMPS")
    rules.abandon(found.id)
    assert order(full, promo="PRINTEMPS").price_cents == 600


def test_a_code_copied_with_signs_that_nobody_sees_counts(full: TicketCategory) -> None:
    shelf.promise(Code("été 2027\ufeff", percent=50))
    assert order(full, promo="\u200bETE\u00a020 27\u200d").price_cents == 600
    with pytest.raises(Refused, match="3 à 40 signes"):
        shelf.promise(Code("ab\u200b\u200b", percent=5))


def test_a_code_that_is_over_already_is_refused(full: TicketCategory) -> None:
    with pytest.raises(Refused, match="passé"):
        shelf.promise(Code("HIER", percent=5, until_at=instant(9) - 365 * DAY))


def test_a_name_keeps_what_joins_an_emoji(night: Event) -> None:
    family = "👨\u200d👩\u200d👧"
    one = shelf.describe(night.id, Kind(f"Famille {family}", "free", 0, 5))
    assert one.name_fr.endswith(family)


def test_a_code_of_another_event_does_not_count(full: TicketCategory, planned) -> None:
    other = planned(publish=True, starts_at=instant(18) + 8 * DAY, ends_at=instant(20) + 8 * DAY)
    shelf.promise(Code("AILLEURS", percent=10, event_id=other.id))
    with pytest.raises(Refused, match="pas pour cet événement"):
        order(full, promo="ailleurs")


def test_all_off_is_free(full: TicketCategory) -> None:
    shelf.promise(Code("CADEAU", percent=100))
    found = order(full, promo="cadeau")
    assert (found.state, found.way, owed(found)) == ("confirmed", "free", 0)
    whole()


# ── money ─────────────────────────────────────────────────────────────────────────────────────


def test_paid_is_theirs_and_in_the_books(full: TicketCategory) -> None:
    found = order(full, 2)
    pay(found)
    db.session.refresh(found)
    assert (found.state, owed(found)) == ("confirmed", 0)
    [charge] = db.session.scalars(select(Charge)).all()
    assert (charge.gross_cents, charge.vat_cents) == (2400, 400)
    assert {one.state for one in read.tickets(found.id)} == {"valid"}
    assert len({one.code for one in read.tickets(found.id)}) == 2
    run_jobs(only="ticketing.letter")
    letters = db.session.scalars(select(Mail).where(Mail.template == "ticketing/mail_tickets"))
    [mail] = letters.all()
    assert "vos billets" in mail.subject
    assert "METHOD:REQUEST" in mail.attachments[0]["text"]
    whole()


def test_two_rates_are_two_charges(full: TicketCategory, night: Event) -> None:
    meal = shelf.describe(night.id, Kind("Repas", "fixed", 1100, 9, nature="meal"))
    found = order(full, places=(Place(full.id), Place(meal.id)), way="desk")
    rows = db.session.scalars(select(Charge).order_by(Charge.gross_cents)).all()
    assert [(one.gross_cents, one.vat_cents) for one in rows] == [(1100, 100), (1200, 200)]
    lines = db.session.scalars(select(LedgerLine.amount_cents)).all()
    assert sum(lines) == 0
    assert owed(found) == 2300
    rules.take_money(found.id, "cash", None)
    assert owed(found) == 0
    whole()


def test_paid_too_late_and_still_free(
    full: TicketCategory, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = order(full, 2)
    set_clock(monkeypatch, instant(9) + 20 * MINUTE)
    order(full, email="leo@example.org")
    pay(found)
    db.session.refresh(found)
    assert found.state == "confirmed"
    assert count(full) == (3, 3)
    whole()


def test_paid_too_late_and_gone(full: TicketCategory, monkeypatch: pytest.MonkeyPatch) -> None:
    found = order(full, 2)
    set_clock(monkeypatch, instant(9) + 20 * MINUTE)
    order(full, 6, email="leo@example.org")
    payment = pay(found)
    db.session.refresh(found)
    assert found.state == "lapsed"
    [refund] = refunds.of_payment(payment.id)
    assert (refund.amount_cents, refund.reason) == (2400, "too_late")
    run_jobs(only="ticketing.letter")
    subjects = db.session.scalars(select(Mail.subject)).all()
    assert any("trop tard" in one for one in subjects)
    assert count(full) == (6, 6)


def test_an_order_paid_twice_gives_one_back(full: TicketCategory) -> None:
    found = order(full)
    pay(found)
    second = pay(found)
    assert [one.reason for one in refunds.of_payment(second.id)] == ["paid_twice"]


# ── giving back ───────────────────────────────────────────────────────────────────────────────


def test_the_policy_of_the_event(full: TicketCategory, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.set_terms(full.event_id, Terms(free_hours=48, late_percent=50))
    found = order(full, 3)
    payment = pay(found)
    first, second, third = read.tickets(found.id)
    assert giving_back.give_back(found.id, [first.id]) == 1200
    assert giving_back.give_back(found.id, [first.id]) == 0
    set_clock(monkeypatch, instant(18) + 6 * DAY)
    with pytest.raises(Refused, match="changer"):
        giving_back.give_back(found.id, [second.id], promised=1200)
    assert giving_back.give_back(found.id, [second.id], promised=600) == 600
    set_clock(monkeypatch, instant(18) + 7 * DAY + MINUTE)
    with pytest.raises(Refused, match="commencé"):
        giving_back.give_back(found.id, [third.id])
    assert sum(one.amount_cents for one in refunds.of_payment(payment.id)) == 1800
    assert count(full) == (1, 1)
    whole()


def test_all_given_back_ends_the_order(full: TicketCategory) -> None:
    found = order(full, 2)
    pay(found)
    giving_back.give_back(found.id, [one.id for one in read.tickets(found.id)])
    db.session.refresh(found)
    assert (found.state, count(full)) == ("cancelled", (0, 0))
    run_jobs(only="ticketing.letter")
    texts = [
        one.attachments[0]["text"] for one in db.session.scalars(select(Mail).order_by(Mail.id))
    ]
    assert "METHOD:CANCEL" in texts[-1]
    uids = {line for text_ in texts for line in text_.splitlines() if line.startswith("UID")}
    assert len(uids) == 1
    whole()


def test_called_off_refunds_everybody_once(full: TicketCategory, night: Event) -> None:
    shelf.set_terms(night.id, Terms(free_hours=8000, late_percent=0))
    paid_ = [order(full, 2, email=f"p{n}@example.org") for n in range(3)]
    bought = [pay(one) for one in paid_]
    waiting = order(full, email="held@example.org")
    events.cancel(night.id, "La salle a pris l’eau.")
    run_jobs(only="ticketing")
    for one in paid_:  # a worker that comes back after a crash does it again
        giving_back.call_off(one.id)
    total = db.session.scalars(select(Refund.amount_cents)).all()
    assert sorted(total) == [2400, 2400, 2400]
    assert {one.payment_id for one in db.session.scalars(select(Refund))} == {p.id for p in bought}
    db.session.refresh(waiting)
    assert (waiting.state, count(full)) == ("lapsed", (0, 0))
    late = pay(waiting)
    assert [one.amount_cents for one in refunds.of_payment(late.id)] == [1200]
    run_jobs(only="ticketing")
    said = [one for one in db.session.scalars(select(Mail)) if "annulé" in one.subject]
    assert len(said) == 3
    assert all("METHOD:CANCEL" in one.attachments[0]["text"] for one in said)
    with pytest.raises(Gone):
        order(full)


def test_moved_may_give_back_for_all(full: TicketCategory, monkeypatch) -> None:
    shelf.set_terms(full.event_id, Terms(free_hours=500, late_percent=0))
    found = order(full)
    pay(found)
    [ticket] = read.tickets(found.id)
    sale = read.sale(full.event_id)
    event = db.session.get_one(Event, full.event_id)
    assert sale is not None
    assert giving_back.share(ticket, found, sale, event, clock.now()) == 0
    set_clock(monkeypatch, instant(10))
    start = event.starts_at + DAY
    events.move(event.id, Interval(start, start + dt.timedelta(hours=4)))
    assert giving_back.share(ticket, found, sale, event, clock.now()) == 1200
    run_jobs(only="ticketing.letter")
    subjects = db.session.scalars(select(Mail.subject)).all()
    assert any("du changement" in one for one in subjects)


def test_the_capacity_does_not_fall_below_what_was_taken(full: TicketCategory) -> None:
    order(full, 5)
    event = db.session.get_one(Event, full.event_id)
    small = events.wish_of(event)
    with pytest.raises(Refused, match="jauge"):
        events.change(event.id, type(small)(**{**small.__dict__, "capacity": 4}))


# ── handing on, waiting ───────────────────────────────────────────────────────────────────────


def test_handed_on_has_a_new_code(full: TicketCategory) -> None:
    found = order(full, way="desk")
    [old] = read.tickets(found.id)
    new = giving_back.transfer(old.id, "Léo Bay", "leo@example.org")
    assert (old.state, new.state, new.code != old.code) == ("transferred", "valid", True)
    with pytest.raises(Refused, match="cédé"):
        giving_back.transfer(old.id, "Zoé", "")
    giving_back.give_back(found.id, [new.id])
    assert owed(found) == 0
    assert count(full) == (0, 0)
    whole()


def test_who_waits_is_asked_in_turn(full: TicketCategory, monkeypatch) -> None:
    found = order(full, 7)
    pay(found)
    first = queue.join(full.event_id, full.id, 1, ("a@example.org", "A"), "fr")
    again = queue.join(full.event_id, full.id, 1, ("A@example.org", "A"), "fr")
    second = queue.join(full.event_id, full.id, 1, ("b@example.org", "B"), "en")
    assert first.id == again.id
    giving_back.give_back(found.id, [read.tickets(found.id)[0].id])
    db.session.refresh(first)
    assert (first.state, count(full)) == ("offered", (7, 7))
    with pytest.raises(counting.SoldOut):
        order(full, email="quick@example.org")
    whole()
    set_clock(monkeypatch, instant(9) + DAY + MINUTE)
    run_jobs(only="ticketing.tidy")
    db.session.refresh(first)
    db.session.refresh(second)
    assert (first.state, second.state) == ("expired", "offered")
    other = shelf.describe(full.event_id, Kind("Réduit", "fixed", 600, 7))
    with pytest.raises(Refused, match="vaut pour"):
        order(other, email="b@example.org", offer=second.token)
    db.session.refresh(second)
    taken = order(full, email="b@example.org", offer=second.token)
    db.session.refresh(second)
    assert (taken.state, second.state, second.order_id) == ("held", "taken", taken.id)
    with pytest.raises(Gone):
        order(full, email="b@example.org", offer=second.token)
    run_jobs(only="ticketing.offer_letter")
    whole()


def test_nobody_waits_while_places_are_left(full: TicketCategory) -> None:
    with pytest.raises(Refused, match="Il reste des places"):
        queue.join(full.event_id, full.id, 1, ("a@example.org", "A"), "fr")


def test_who_leaves_frees_the_offer(full: TicketCategory) -> None:
    found = order(full, 7)
    one = queue.join(full.event_id, full.id, 2, ("a@example.org", "A"), "fr")
    two = queue.join(full.event_id, full.id, 2, ("b@example.org", "B"), "fr")
    rules.abandon(found.id)
    assert {w.state for w in db.session.scalars(select(TicketWait))} == {"offered"}
    queue.leave(one.id)
    queue.leave(two.id)
    assert count(full) == (0, 0)


def test_a_stranger_sees_nothing(full: TicketCategory, world: World) -> None:
    found = order(full)
    ids, token = found.id, found.token
    db.session.flush()
    db.session.expire_all()
    with world.b.entered():
        db.session.commit()
        assert read.order_of(token) is None
        assert db.session.scalars(select(Ticket).where(Ticket.order_id == ids)).all() == []
