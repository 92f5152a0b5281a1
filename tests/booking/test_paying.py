"""From the pay button to the payer's bank and back: each answer has its page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select

from app.booking import read
from app.core import clock
from app.core import mail as posts
from app.core.db import db
from app.core.mail import Mail
from app.payments import gateway as gw
from app.payments import rules as payments
from app.payments.models import Payment, PaymentAccount
from tests.booking.teller import Teller
from tests.booking.test_pages import GUEST, paid, slot
from tests.jobs import run_jobs
from tests.world import World, tomorrow


@pytest.fixture
def teller(app, world: World) -> Iterator[Teller]:
    """Tenant A is paid online, by a gateway in memory."""
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(kept, stripe_platform_key="sk_test_platform")
    app.extensions["gateway"] = made = Teller()
    db.session.add(PaymentAccount(stripe_account="acct_a", ready=True, card=True))
    db.session.commit()
    yield made
    app.config["SETTINGS"] = kept
    del app.extensions["gateway"]


def by_card(guest, query: str = "") -> str:
    token, sent = paid(guest, guest.hold(query or slot()), moyen="card")
    assert sent.status == 303, sent.words[:400]
    return token


def last_payment() -> Payment:
    return db.session.scalars(select(Payment).order_by(Payment.id.desc())).first()


def test_the_page_may_lead_to_the_provider_and_nowhere_else(
    teller: Teller, visitor: Callable
) -> None:
    page = visitor().hold(slot())
    policy = page.answer.headers["Content-Security-Policy"]
    assert "form-action 'self' https://checkout.stripe.com;" in policy
    assert page.html.count('name="cgv"') == 1
    assert 'name="cgv" value="1" checked' not in page.html


def test_a_card_payment_confirms_on_return(teller: Teller, visitor: Callable) -> None:
    guest = visitor()
    token, sent = paid(guest, guest.hold(slot()), moyen="card")
    assert sent.location == "https://pay.example/cs_1"
    assert teller.asked[0]["email"] == GUEST["email"]
    assert teller.asked[0]["success_url"].endswith(f"/commande/{token}/retour")
    teller.pay_last()
    back = guest.get(f"/commande/{token}/retour")
    assert back.status == 303
    assert "/b/" in back.location
    assert guest.get(back.location).has("payés par carte")
    assert read.by_token(token).state == "confirmed"


def test_who_comes_back_without_paying_may_try_again(teller: Teller, visitor: Callable) -> None:
    guest = visitor()
    token = by_card(guest)
    back = guest.get(f"/commande/{token}/retour?annule=1")
    assert back.status == 303
    page = guest.get(back.location)
    assert page.has("Le paiement n’a pas abouti")
    assert read.by_token(token).state == "held"
    again = guest.post(f"/commande/{token}/paiement", page, moyen="card", **GUEST)
    assert again.location == "https://pay.example/cs_1", "the same page, not a second one"


def test_a_silent_bank_shows_a_page_that_waits(teller: Teller, visitor: Callable) -> None:
    guest = visitor()
    token = by_card(guest)
    teller.pay_last(gw.PaymentStatus.CHALLENGED)
    waiting = guest.get(f"/commande/{token}/retour")
    assert waiting.status == 200
    assert waiting.has("Paiement en cours")
    assert 'hx-trigger="every 3s"' in waiting.html
    headers = {"HX-Request": "true"}
    assert guest.get(f"/commande/{token}/retour", **headers).status == 204
    teller.pay_last()
    done = guest.get(f"/commande/{token}/retour", **headers)
    assert f"/b/{token}" in done.answer.headers["HX-Redirect"]


def test_an_unknown_outcome_is_a_state_and_settles(teller: Teller, visitor: Callable) -> None:
    guest = visitor()
    page = guest.hold(slot())
    teller.trouble = gw.Unknown("no answer in time")
    token, sent = paid(guest, page, moyen="card")
    assert sent.location.endswith("/retour")
    assert last_payment().state == "unknown"
    assert guest.get(sent.location).has("Paiement en cours")
    assert read.by_token(token).state == "held"


def test_a_gateway_that_is_away_takes_nothing_and_keeps_the_room(
    teller: Teller, visitor: Callable
) -> None:
    guest = visitor()
    page = guest.hold(slot())
    teller.trouble = gw.Unavailable("away")
    token, sent = paid(guest, page, moyen="card")
    again = guest.get(sent.location)
    assert again.has("Rien n’a été débité")
    assert last_payment().state == "failed"
    teller.trouble = None
    assert guest.post(
        f"/commande/{token}/paiement", again, moyen="card", **GUEST
    ).location.startswith("https://pay.example/")


def test_the_same_key_pays_once(teller: Teller, visitor: Callable) -> None:
    guest = visitor()
    page = guest.hold(slot())
    key = page.hidden("idempotency_key")
    for _ in range(2):
        _token, sent = paid(guest, page, moyen="card", idempotency_key=key)
        assert sent.location == "https://pay.example/cs_1"
    assert len(teller.asked) == 1


def test_paid_too_late_is_given_back_and_said(
    teller: Teller, visitor: Callable, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posts, "deliver", lambda message, url: None)
    first, second = visitor(), visitor()
    query = f"{slot()}&espace=salle-curie"
    token = by_card(first, query)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=16), tick=False):
        paid(second, second.hold(query), moyen="desk", email="autre@exemple.fr")
        teller.pay_last()
        landed = first.get(first.get(f"/commande/{token}/retour").location)
        assert landed.has("Paiement arrivé trop tard")
        run_jobs()
    with world.a.entered():
        assert teller.refunds == [("pi_cs_1", read.by_token(token).price_cents)]
        told = [m.subject for m in db.session.scalars(select(Mail).order_by(Mail.id))]
    assert any("trop tard" in subject for subject in told)
    assert any("remboursés" in subject for subject in told)


def test_a_promised_debit_confirms_at_once(teller: Teller, visitor: Callable) -> None:
    account = db.session.scalars(select(PaymentAccount)).one()
    account.sepa_debit = True
    db.session.commit()
    guest = visitor()
    token, _sent = paid(guest, guest.hold(slot()), moyen="sepa_debit")
    assert teller.asked[0]["methods"] == ["sepa_debit"]
    teller.pay_last(gw.PaymentStatus.PROCESSING)
    guest.get(f"/commande/{token}/retour")
    assert read.by_token(token).state == "confirmed"


def debited(teller: Teller, guest) -> str:
    """A booking whose direct debit the bank has taken in and not paid yet."""
    db.session.scalars(select(PaymentAccount)).one().sepa_debit = True
    db.session.commit()
    token, _sent = paid(guest, guest.hold(slot()), moyen="sepa_debit")
    teller.pay_last(gw.PaymentStatus.PROCESSING)
    guest.get(f"/commande/{token}/retour")
    return token


def bank_pays(teller: Teller) -> None:
    teller.pay_last()
    payment = last_payment()
    payments.apply(payment.id, payments.look(payment))
    db.session.commit()


def test_what_is_being_debited_is_not_asked_again(teller: Teller, visitor: Callable) -> None:
    guest = visitor()
    token = debited(teller, guest)
    page = guest.get(f"/b/{token}")
    assert page.has("par prélèvement")
    assert not page.has("Reste à régler")
    csrf = guest.get(f"/b/{token}/annulation")
    assert guest.post(f"/b/{token}/paiement", csrf).location.endswith(f"/b/{token}")
    assert len(teller.asked) == 1


def test_cancelling_during_a_debit_gives_the_share_back_when_it_is_paid(
    teller: Teller, visitor: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posts, "deliver", lambda message, url: None)
    guest = visitor()
    token = debited(teller, guest)
    price = read.by_token(token).price_cents
    with time_machine.travel(read.by_token(token).starts_at - dt.timedelta(hours=2), tick=False):
        ask = guest.get(f"/b/{token}/annulation")
        guest.post(f"/b/{token}/annulation", ask, promis=ask.hidden("promis"))
        share = int(ask.hidden("promis"))
        assert 0 < share < price
        assert read.cancellation(read.by_token(token).id).refund_cents == share
        assert teller.refunds == []
        bank_pays(teller)
        run_jobs()
    assert teller.refunds == [("pi_cs_1", share)]
    assert payments.due_on("booking", read.by_token(token).id) == 0
    told = [m.subject for m in db.session.scalars(select(Mail).order_by(Mail.id))]
    assert not any("trop tard" in subject for subject in told)


def test_coming_back_keeps_what_was_typed_but_not_the_consent(
    teller: Teller, visitor: Callable
) -> None:
    guest = visitor()
    token, _sent = paid(guest, guest.hold(slot()), moyen="card", organisation="1", raison="Acme")
    page = guest.get(guest.get(f"/commande/{token}/retour?annule=1").location)
    for typed in (GUEST["email"], GUEST["nom"], "Acme"):
        assert f'value="{typed}"' in page.html
    assert 'name="cgv" value="1" checked' not in page.html
    stranger = visitor().get(f"/commande/{token}")
    assert GUEST["email"] not in stranger.html


def test_a_guest_is_shown_the_way_to_an_account(visitor: Callable, world: World) -> None:
    guest = visitor()
    token, _sent = paid(guest, guest.hold(slot()), moyen="desk")
    page = guest.get(f"/b/{token}")
    assert f"/inscription?email={GUEST['email']}" in page.html
    carla = visitor()
    carla.sign_in("carla")
    assert "/inscription" not in carla.get(f"/b/{token}").html


def test_who_left_the_bank_half_way_finds_the_way_back(teller: Teller, visitor: Callable) -> None:
    guest = visitor()
    token = by_card(guest)
    teller.pay_last(gw.PaymentStatus.CHALLENGED)
    assert 'href="https://pay.example/cs_1"' in guest.get(f"/commande/{token}/retour").html


def test_a_dearer_move_is_paid_at_the_provider(teller: Teller, visitor: Callable) -> None:
    guest = visitor()
    token = by_card(guest)
    teller.pay_last()
    guest.get(f"/commande/{token}/retour")
    before = read.by_token(token).price_cents
    at = f"jour={tomorrow(days=4):%Y-%m-%d}&heure=10:00"
    page = guest.get(f"/b/{token}/deplacement?quoi=salle&personnes=4&duree=240&{at}")
    assert page.has("Déplacer et payer")
    sent = guest.post(
        f"/b/{token}/deplacement",
        page,
        devis=page.hidden("devis"),
        promis=page.hidden("promis"),
    )
    assert sent.location == "https://pay.example/cs_2"
    more = read.by_token(token).price_cents - before
    assert teller.asked[1]["lines"][0].unit_cents == more > 0
    assert guest.get(f"/b/{token}").has("Reste à régler")
    teller.pay_last()
    guest.get(f"/commande/{token}/retour")
    assert not guest.get(f"/b/{token}").has("Reste à régler")
