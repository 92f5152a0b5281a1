"""The public buys tickets over HTTP: what each page promises, and what is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import mail as posts
from app.core.db import db
from app.core.words import token
from app.events.models import Event, EventCompany
from app.members.models import Company, Seat
from app.payments import gateway as gw
from app.payments.models import Payment, PaymentAccount, Refund
from app.reporting import invariants
from app.ticketing import giving_back, queue, read, shelf, views
from app.ticketing.models import TicketCategory, TicketOrder, TicketWait
from app.ticketing.shelf import Code, Kind, Terms
from tests.at_desk import set_clock
from tests.booking.conftest import Page, Visitor
from tests.booking.teller import Teller
from tests.events.conftest import DAY, instant
from tests.jobs import run_jobs
from tests.ticketing.conftest import order
from tests.world import PASSWORD, World

GUEST = {"email": "maya.roux@exemple.fr", "nom": "Maya Roux", "cgv": "1"}
MINUTE = dt.timedelta(minutes=1)
NUMBERS = re.compile(r'<input type="number"[^>]*name="(n-\d+)" value="([^"]*)"')


@pytest.fixture
def visitor(client: Callable) -> Callable[..., Visitor]:
    """Another browser at each call."""
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


def kind(
    night: Event, name: str = "Plein tarif", how: str = "fixed", **more: Any
) -> TicketCategory:
    """Seven places of one kind, at 12 € unless told."""
    given: dict[str, Any] = {"price_cents": 0 if how == "free" else 1200, "quota": 7}
    made = shelf.describe(night.id, Kind(name, how, **(given | more)))
    db.session.commit()
    return made


def at(one: TicketCategory) -> str:
    """The address of the order page."""
    return f"/evenements/{db.session.get_one(Event, one.event_id).slug}/billets"


def asked(guest: Visitor, one: TicketCategory, many: int = 1) -> Page:
    """The order page with so many."""
    page = guest.get(f"{at(one)}?n-{one.id}={many}")
    assert page.status == 200, page.words[:500]
    return page


def send(guest: Visitor, page: Page, one: TicketCategory, **fields: str) -> Page:
    """The form as the page showed it, and what is typed besides."""
    shown = {name: page.hidden(name) for name in ("cle", "conditions", "montre")}
    if 'name="offre"' in page.html:
        shown["offre"] = page.hidden("offre")
    typed = {**shown, **dict(NUMBERS.findall(page.html)), **GUEST, "moyen": "desk", **fields}
    return guest.post(at(one), page, **typed)


def buy(guest: Visitor, one: TicketCategory, many: int = 1, **fields: str) -> Page:
    """Ask for so many and send the form."""
    return send(guest, asked(guest, one, many), one, **fields)


def orders() -> list[TicketOrder]:
    """Every order, as the database has it."""
    db.session.expire_all()
    return list(db.session.scalars(select(TicketOrder).order_by(TicketOrder.id)))


def whole() -> None:
    """Nothing that must be true is broken."""
    assert invariants.breaches(db.session.connection()) == []


def sign_in(guest: Visitor, who: str) -> Visitor:
    """Come in by password."""
    page = guest.get("/connexion")
    guest.post("/connexion", page, email=f"{who}@example.org", password=PASSWORD)
    return guest


# ── what is shown ─────────────────────────────────────────────────────────────────────────────


def test_an_event_shows_what_is_sold(night: Event, visitor) -> None:
    paid, free = kind(night), kind(night, "Entrée libre", "free")
    kind(night, "Bientôt", from_at=instant(12))
    kind(night, "Parti", until_at=instant(8))
    kind(night, "Rien", quota=0)
    page = visitor().get(f"/agenda/{night.slug}")
    for words in ("Plein tarif", "14 places libres", "En vente le jeudi 26 novembre, 12:00",
                  "La vente est terminée", "Complet", "remboursé en entier"):  # fmt: skip
        assert page.has(words), words
    assert f'name="n-{paid.id}"' in page.html
    assert f'name="n-{free.id}"' in page.html
    assert page.html.count('type="number"') == 2
    assert 'form="choix-billets"' in page.html, "the bar of a phone sends the same form"
    assert '"price": "12.00"' in page.html or '"price":"12.00"' in page.html


def test_an_event_without_tickets_still_says_how_to_come_in(night: Event, visitor) -> None:
    db.session.commit()
    page = visitor().get(f"/agenda/{night.slug}")
    assert page.has("Ouvert à tout le monde.")
    assert "choix-billets" not in page.html
    assert visitor().get(f"/evenements/{night.slug}/billets").status == 410


def test_a_lapsed_hold_counts_as_free_on_the_page(night: Event, visitor, monkeypatch) -> None:
    one = kind(night)
    order(one, 7)
    db.session.commit()
    assert visitor().get(f"/agenda/{night.slug}").has("Complet")
    set_clock(monkeypatch, instant(9) + 16 * MINUTE)
    assert visitor().get(f"/agenda/{night.slug}").has("7 places libres")


# ── free, at the desk, by card ────────────────────────────────────────────────────────────────


def test_a_free_ticket_is_theirs_at_once(night: Event, visitor) -> None:
    one, guest = kind(night, how="free"), visitor()
    sent = buy(guest, one, 2, moyen="free", **{f"nom-{one.id}-1": "Léo 🚲"})
    [made] = orders()
    assert (made.state, made.origin) == ("confirmed", "web")
    assert sent.location == f"/billets/{made.token}?merci=1"
    assert guest.get(sent.location).status == 200
    assert [t.holder_name for t in read.tickets(made.id)] == ["Maya Roux", "Léo 🚲"]
    whole()


def test_paid_at_the_desk_is_theirs_at_once(night: Event, visitor) -> None:
    assert buy(visitor(), kind(night)).status == 303
    [made] = orders()
    assert (made.state, made.way, made.price_cents) == ("confirmed", "desk", 1200)
    whole()


def test_a_card_pays_and_comes_back(night: Event, teller: Teller, visitor) -> None:
    one, guest = kind(night), visitor()
    page = asked(guest, one, 2)
    assert page.has("Payer 24 € TTC")
    assert page.has("dont TVA 20 % : 4 €")
    assert (
        "form-action 'self' https://checkout.stripe.com;"
        in page.answer.headers["Content-Security-Policy"]
    )
    assert send(guest, page, one, moyen="card").location == "https://pay.example/cs_1"
    [made] = orders()
    assert made.state == "held"
    assert teller.asked[0]["email"] == GUEST["email"]
    assert teller.asked[0]["success_url"].endswith(f"/billets/{made.token}/retour")
    teller.pay_last()
    back = guest.get(f"/billets/{made.token}/retour")
    assert back.location == f"/billets/{made.token}?merci=1"
    assert orders()[0].state == "confirmed"
    whole()


def test_a_silent_bank_shows_a_page_that_waits(night: Event, teller: Teller, visitor) -> None:
    one, guest = kind(night), visitor()
    buy(guest, one, moyen="card")
    teller.pay_last(gw.PaymentStatus.CHALLENGED)
    back = f"/billets/{orders()[0].token}/retour"
    assert guest.get(back).has("Paiement en cours")
    assert guest.get(back, **{"HX-Request": "true"}).status == 204
    teller.pay_last()
    done = guest.get(back, **{"HX-Request": "true"})
    assert done.answer.headers["HX-Redirect"].endswith("?merci=1")


def test_who_comes_back_unpaid_pays_again_or_lets_go(night: Event, teller, visitor) -> None:
    one, guest = kind(night), visitor()
    buy(guest, one, 7, moyen="card")
    link = f"/billets/{orders()[0].token}"
    landed = guest.get(f"{link}/retour?annule=1").location
    page = guest.get(landed)
    assert page.has("Le paiement n’a pas abouti")
    assert page.has("gardées jusqu’à 09:15")
    again = guest.post(f"{link}/payer", page)
    assert again.location == "https://pay.example/cs_1", "the same page, not a second one"
    assert visitor().get(f"/agenda/{night.slug}").has("Complet")
    assert guest.post(f"{link}/abandon", page).location == f"/agenda/{night.slug}"
    assert orders()[0].state == "lapsed"
    assert visitor().get(f"/agenda/{night.slug}").has("7 places libres")
    lapsed = guest.get(f"{link}/payer")
    assert lapsed.has("Le temps est écoulé")
    assert guest.post(f"{link}/payer", page).location == f"{link}/payer"
    whole()


def test_the_form_says_what_is_held_and_until_when(
    night: Event, teller: Teller, visitor, monkeypatch
) -> None:
    one, guest = kind(night), visitor()
    page = asked(guest, one)
    assert page.has("Rien n’est encore gardé : vos places le sont 15 minutes dès que vous validez")
    assert "data-left" not in page.html
    send(guest, page, one, moyen="card")
    set_clock(monkeypatch, instant(9) + 5 * MINUTE)
    page = guest.get(f"{at(one)}?commande={orders()[0].token}")
    assert page.has("Vos places vous sont gardées jusqu’à 09:15. (10:00)")
    assert not page.has("Rien n’est encore gardé")
    set_clock(monkeypatch, instant(9) + 16 * MINUTE)
    page = guest.get(f"{at(one)}?commande={orders()[0].token}")
    assert page.has("Rien n’est encore gardé")


def test_an_order_that_waits_can_be_changed(night: Event, teller: Teller, visitor) -> None:
    """All of what was typed comes back; what is sent takes the place of what was held."""
    one, guest = kind(night), visitor()
    shelf.promise(Code("NUIT50", percent=50))
    db.session.commit()
    page = asked(guest, one, 7)
    first = {"moyen": "card", "promo": "nuit50", "montre": "4200", f"nom-{one.id}-0": "Zoé"}
    send(guest, page, one, **first)
    page = guest.get(f"{at(one)}?commande={orders()[0].token}")
    for typed in ("Zoé", GUEST["email"], "NUIT50"):
        assert f'value="{typed}"' in page.html
    send(guest, page, one, moyen="card", promo="NUIT50", **{f"nom-{one.id}-0": "Léo"})
    before, after = orders()
    assert (before.state, after.state) == ("lapsed", "held")
    assert read.tickets(after.id)[0].holder_name == "Léo"
    code = read.promo(after.promo_id or 0)
    assert code is not None
    assert code.uses == 1
    whole()


def test_a_gateway_that_is_away_takes_nothing(night: Event, teller: Teller, visitor) -> None:
    one, guest = kind(night), visitor()
    teller.trouble = gw.Unavailable("away")
    page = guest.get(buy(guest, one, moyen="card").location)
    assert page.has("Rien n’a été débité")
    teller.trouble = None
    sent = guest.post(f"/billets/{orders()[0].token}/payer", page)
    assert sent.location.startswith("https://pay.example/")


def test_paid_too_late_is_given_back_and_said(
    night: Event, teller: Teller, visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posts, "deliver", lambda message, url: None)
    one, guest = kind(night), visitor()
    buy(guest, one, 7, moyen="card")
    token_ = orders()[0].token
    set_clock(monkeypatch, instant(9) + 16 * MINUTE)
    assert buy(visitor(), one, 7, email="autre@exemple.fr").status == 303
    teller.pay_last()
    landed = guest.get(guest.get(f"/billets/{token_}/retour").location)
    assert landed.has("Paiement arrivé trop tard")
    run_jobs()
    assert [one.amount_cents for one in db.session.scalars(select(Refund))] == [8400]
    assert [o.state for o in orders()] == ["lapsed", "confirmed"]
    whole()


# ── the form sent twice ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("means", ["desk", "card"])
def test_the_same_form_twice_is_one_order(night: Event, teller: Teller, visitor, means) -> None:
    one, guest = kind(night), visitor()
    page = asked(guest, one, 7)  # all there are: the second finds its own order, not a full house
    first, second = (send(guest, page, one, moyen=means) for _ in range(2))
    assert first.location == second.location
    assert len(orders()) == 1
    assert len(teller.opened) == (means == "card")
    assert len(db.session.scalars(select(Payment)).all()) == (means == "card")


def test_the_form_again_after_the_hold_lapsed_is_another_order(
    night: Event, teller: Teller, visitor, monkeypatch
) -> None:
    one, guest = kind(night), visitor()
    page = asked(guest, one, 7)
    send(guest, page, one, moyen="card")
    set_clock(monkeypatch, instant(9) + 16 * MINUTE)
    send(guest, page, one, moyen="card")
    assert [made.state for made in orders()] == ["lapsed", "held"]
    whole()


# ── what is refused, with what was typed kept ─────────────────────────────────────────────────


def refused(page: Page, words: str, status: int = 422) -> None:
    """It says so, nothing was written, what was typed stands there still."""
    assert page.status == status, page.words[:400]
    assert page.has(words), page.words[:900]
    assert f'value="{GUEST["email"]}"' in page.html
    assert f'value="{GUEST["nom"]}"' in page.html


def test_sold_out_meanwhile_says_what_is_left(night: Event, visitor) -> None:
    one, guest = kind(night), visitor()
    page = asked(guest, one, 3)
    order(one, 5)
    db.session.commit()
    fault = send(guest, page, one, **{f"nom-{one.id}-1": "Zoé"})
    refused(fault, "Il ne reste que 2 places pour « Plein tarif »", 409)
    assert 'value="Zoé"' in fault.html
    assert send(guest, fault, one, **{f"n-{one.id}": "2", "montre": "2400"}).status == 303
    gone = send(guest, page, one, cle=token())
    assert gone.status == 409
    assert gone.has("est complet")
    wait = re.search(rf'href="(/evenements/{night.slug}/attente[^"]*)"', gone.html)
    assert wait
    assert guest.get(wait[1]).has("Plein tarif")
    whole()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"n": "-2"}, "Indiquez un nombre entier, zéro ou plus."),
        ({"n": "1.5"}, "Indiquez un nombre entier, zéro ou plus."),
        ({"n": "deux"}, "Indiquez un nombre entier, zéro ou plus."),
        ({"n": "11"}, "10 billets au plus par commande."),
        ({"n": "999999"}, "10 billets au plus par commande."),
        ({"n": "0"}, "Choisissez au moins un billet."),
        ({"montre": "1"}, "Le total a changé : vérifiez-le, puis validez."),
        ({"cgv": ""}, "Acceptez les conditions de vente pour continuer."),
        ({"conditions": "autre"}, "Les conditions de vente viennent de changer"),
        ({"moyen": "on_account"}, "Choisissez un moyen de paiement."),
        ({"moyen": "company:1"}, "Choisissez un moyen de paiement."),
        ({"promo": "PERSONNE"}, "Ce code n’existe pas, ou pas pour cet événement."),
        ({"organisation": "1"}, "Indiquez le nom de l’organisation."),
        ({"organisation": "1", "raison": "\u200b"}, "Indiquez le nom de l’organisation."),
        ({"organisation": "1", "raison": "SCIC", "siren": "123456789"}, "ne tombe pas juste"),
    ],
)
def test_refuses_with_words(night: Event, visitor, fields: dict[str, str], words: str) -> None:
    one = kind(night)
    typed = {f"n-{one.id}" if name == "n" else name: value for name, value in fields.items()}
    refused(buy(visitor(), one, 1, **typed), words)
    assert orders() == []


def test_refuses_who_does_not_say_who_they_are(night: Event, visitor) -> None:
    one = kind(night)
    page = buy(visitor(), one, email="maya@", nom=" \u200b\u202e")
    assert page.has("nom@exemple.fr")
    assert page.has("Indiquez votre prénom et votre nom.")
    assert 'value="maya@"' in page.html


def test_a_kind_of_another_event_or_venue_is_not_sold(
    night: Event, planned, world: World, visitor
) -> None:
    one = kind(night)
    other = kind(
        planned(publish=True, starts_at=instant(18) + 9 * DAY, ends_at=instant(22) + 9 * DAY)
    )
    for id_ in (other.id, 2**31 - 9, 10**30):
        refused(buy(visitor(), one, 1, **{f"n-{id_}": "1"}), "Ce billet n’est plus en vente.")
    assert orders() == []
    assert visitor("b.localhost").get(at(one)).status == 404


def test_an_event_that_is_over_sells_nothing(night: Event, visitor, monkeypatch) -> None:
    one, guest = kind(night), visitor()
    page = asked(guest, one)
    set_clock(monkeypatch, instant(23) + 7 * DAY)
    assert send(guest, page, one).status == 410
    assert guest.get(at(one)).status == 410
    assert not guest.get(f"/agenda/{night.slug}").html.count("choix-billets")


def test_not_yet_and_no_more_on_sale(night: Event, visitor) -> None:
    one = kind(night)
    page = asked(guest := visitor(), one)
    for window, words in (
        ({"from_at": instant(12)}, "La vente n’a pas commencé."),
        ({"until_at": instant(8)}, "La vente est terminée."),
    ):
        late = kind(night, **window)
        refused(send(guest, page, one, **{f"n-{late.id}": "1", "montre": "2400"}), words)


def test_only_members_buy_what_is_for_members(night: Event, visitor) -> None:
    """A member's address that a guest types is not a member."""
    one = kind(night, buyers="members")
    page = asked(guest := visitor(), one)
    typed = {"email": "carla@example.org", f"n-{one.id}": "1"}
    assert send(guest, page, one, **typed).has("Réservé aux membres : connectez-vous.")
    member = sign_in(visitor(), "carla")
    page = asked(member, one)
    assert page.has("carla@example.org")
    assert send(member, page, one).status == 303
    assert orders()[0].email == "carla@example.org"


def test_an_event_that_somebody_may_not_see_is_not_there(planned, visitor) -> None:
    one = kind(planned(publish=True, audience="members"))
    assert visitor().get(at(one)).status == 404
    assert asked(sign_in(visitor(), "carla"), one).status == 200


def company(world: World, night: Event, *, budget: int | None = None) -> Company:
    """Carla books for it; it is invited."""
    firm = Company(kind="fr_business", name="Scop Nord", siren="732829320", search="scop nord",
                   budget_cents=budget)  # fmt: skip
    db.session.add(firm)
    db.session.flush()  # id
    db.session.add(Seat(company_id=firm.id, person_id=world.carla_person, may_spend=True))
    db.session.add(EventCompany(event_id=night.id, company_id=firm.id))
    db.session.commit()
    return firm


def test_an_invited_company_pays_at_the_end_of_the_month(
    world: World, night: Event, visitor
) -> None:
    one = kind(night, buyers="companies")
    firm = company(world, night, budget=3000)
    guest = visitor()
    refused(
        send(guest, asked(guest, one), one, **{f"n-{one.id}": "1"}),
        "Réservé aux entreprises invitées : connectez-vous.",
    )
    member = sign_in(visitor(), "carla")
    assert asked(member, one).has("Sur le compte de Scop Nord")
    over = buy(member, one, 3, moyen=f"company:{firm.id}")
    assert over.has("Le budget du mois de Scop Nord n’y suffit plus")
    buy(member, one, 2, moyen=f"company:{firm.id}", bon="BC-2026-7")
    [made] = orders()
    assert (made.company_id, made.way, made.order_number) == (firm.id, "on_account", "BC-2026-7")
    whole()


def test_terms_are_not_asked_twice(night: Event, visitor) -> None:
    one, member = kind(night), sign_in(visitor(), "carla")
    assert 'name="cgv"' in asked(member, one).html
    assert buy(member, one).status == 303
    page = asked(member, one)
    assert 'name="cgv"' not in page.html
    assert page.has("comme la dernière fois")
    assert send(member, page, one, cgv="").status == 303


def test_an_organisation_is_billed_by_its_number(night: Event, visitor) -> None:
    one = kind(night)
    buy(visitor(), one, organisation="1", raison="Scop Nord", siren="732 829 320")
    [made] = orders()
    assert made.organisation == {"name": "Scop Nord", "siren": "732829320"}


# ── prices ────────────────────────────────────────────────────────────────────────────────────


def test_a_code_shows_its_effect_before_paying(night: Event, visitor) -> None:
    one, guest = kind(night), visitor()
    shelf.promise(Code("NUIT50", percent=50, most=1))
    db.session.commit()
    page = asked(guest, one, 2)
    unseen = send(guest, page, one, promo="nuit 50")
    refused(unseen, "Le total a changé")
    assert unseen.has("Réserver pour 12 € TTC")
    seen = send(guest, page, one, promo="nuit 50", faire="voir")
    assert seen.status == 200
    assert seen.has("NUIT50 : 50 % de remise")
    assert orders() == []
    assert send(guest, seen, one, promo="nuit 50").status == 303
    assert orders()[0].price_cents == 1200
    late = send(guest, seen, one, promo="nuit 50", cle=token())
    refused(late, "Ce code a été utilisé autant de fois qu’il le permet.")


def test_a_code_that_pays_for_all_of_it(night: Event, visitor) -> None:
    one, guest = kind(night), visitor()
    shelf.promise(Code("INVITE", percent=100))
    db.session.commit()
    page = send(guest, asked(guest, one), one, promo="invite", faire="voir")
    assert page.has("Confirmer")
    assert send(guest, page, one, promo="invite", moyen="free").status == 303
    assert (orders()[0].way, orders()[0].state) == ("free", "confirmed")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("4,99", "Le prix libre commence à 5 €."),
        ("0", "Le prix libre commence à 5 €."),
        ("-8", "Indiquez un montant en euros, avec deux décimales au plus."),
        ("8,125", "Indiquez un montant en euros, avec deux décimales au plus."),
        ("huit", "Indiquez un montant en euros, avec deux décimales au plus."),
        ("1e3", "Indiquez un montant en euros, avec deux décimales au plus."),
        ("100000,01", "Ce montant est trop élevé."),
    ],
)
def test_pay_what_you_can_within_reason(night: Event, visitor, typed: str, words: str) -> None:
    one = kind(night, how="open", minimum_cents=500)
    page = buy(visitor(), one, 1, **{f"p-{one.id}": typed})
    refused(page, words)
    assert f'value="{typed}"' in page.html


def test_pay_what_you_can(night: Event, visitor) -> None:
    one, guest = kind(night, how="open", minimum_cents=500), visitor()
    page = send(guest, asked(guest, one, 2), one, **{f"p-{one.id}": "8,5"})
    refused(page, "Le total a changé")
    assert send(guest, page, one, **{f"p-{one.id}": "8,5"}).status == 303
    assert orders()[0].price_cents == 1700


# ── for whom ──────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_what_one_can(night: Event, visitor) -> None:
    """Typed zero where zero may be: shown once, then theirs without any payment."""
    one, guest = kind(night, how="open", minimum_cents=0), visitor()
    page = send(guest, asked(guest, one), one, **{f"p-{one.id}": "0"})
    refused(page, "Le total a changé")
    assert not page.has("Choisissez un moyen de paiement")
    sent = send(guest, page, one, moyen=page.hidden("moyen"), **{f"p-{one.id}": "0"})
    assert sent.status == 303
    assert (orders()[0].way, orders()[0].price_cents) == ("free", 0)
    whole()


def test_questions_are_asked_for_each_ticket(night: Event, visitor) -> None:
    meal = {"fr": "Repas", "en": "Meal", "kind": "choice", "choices": ["Végé", "Tout"]}
    one = kind(night, questions=(meal | {"required": True},))
    guest = visitor()
    page = buy(guest, one, 2, **{f"q-{one.id}-0-0": "Végé", f"q-{one.id}-1-0": "Rien"})
    refused(page, "Choisissez une des réponses proposées.")
    refused(buy(guest, one, 2, **{f"q-{one.id}-0-0": "Végé"}), "Répondez : Repas")
    assert buy(guest, one, 2, **{f"q-{one.id}-{n}-0": "Tout" for n in (0, 1)}).status == 303
    assert read.tickets(orders()[0].id)[1].answers == [{"question": "Repas", "answer": "Tout"}]


def test_names_of_the_whole_world(night: Event, visitor) -> None:
    """Emoji of several parts, a name from right to left, joiners kept; what turns a line is not."""
    one = kind(night)
    family, layla = "Zoé 👩‍👩‍👧 O’Hara", "ليلى بن‌علي"
    typed = {f"nom-{one.id}-0": family, f"nom-{one.id}-1": layla,
             f"nom-{one.id}-2": "a\u202eb\n<b>c</b>"}  # fmt: skip
    sent = buy(guest := visitor(), one, 3, **typed)
    names = [t.holder_name for t in read.tickets(orders()[0].id)]
    assert names == [family, layla, "ab <b>c</b>"]
    page = guest.get(sent.location)
    assert layla in page.html
    assert "<b>c</b>" not in page.html


# ── an offer of the waiting list ──────────────────────────────────────────────────────────────


@pytest.fixture
def offered(night: Event) -> tuple[TicketCategory, TicketWait]:
    """All is sold; somebody waited for two places, and they were freed for them."""
    one = kind(night)
    made = order(one, 7, way="desk")
    wait = queue.join(night.id, one.id, 2, ("nadia@example.org", "Nadia"), "fr")
    shelf.set_terms(night.id, Terms(offer_hours=24))
    giving_back.give_back(made.id, [t.id for t in read.tickets(made.id)][:2], "staff")
    db.session.commit()
    assert wait.state == "offered"
    return one, wait


def test_an_offer_is_chosen_beforehand_and_used(offered, visitor) -> None:
    one, wait = offered
    assert (
        visitor()
        .get(at(one).replace("/evenements", "/agenda").removesuffix("/billets"))
        .has("Complet")
    )
    guest = visitor()
    page = guest.get(f"{at(one)}?offre={wait.token}")
    assert page.has("Vos places vous sont gardées jusqu’au ")
    assert not page.has("Rien n’est encore gardé")
    assert dict(NUMBERS.findall(page.html)) == {f"n-{one.id}": "2"}
    first, second = send(guest, page, one), send(guest, page, one)
    assert first.status == 303
    assert first.location == second.location
    db.session.refresh(wait)
    assert (wait.state, wait.order_id) == ("taken", orders()[-1].id)
    assert len(orders()) == 2
    late = guest.get(f"{at(one)}?offre={wait.token}")
    assert late.has("Cette proposition n’est plus valable.")
    whole()


def test_an_offer_opened_twice_is_taken_once_and_says_so(offered, visitor) -> None:
    one, wait = offered
    here, there = visitor(), visitor()
    pages = [browser.get(f"{at(one)}?offre={wait.token}") for browser in (here, there)]
    assert send(here, pages[0], one).status == 303
    second = send(there, pages[1], one, nom="Maya ש")
    assert (second.status, len(orders())) == (409, 2)
    assert second.has("Cette proposition n’est plus valable.")
    assert 'value="Maya ש"' in second.html
    whole()


def test_an_offer_that_was_not_paid_is_an_offer_again(
    offered, teller: Teller, visitor, monkeypatch
) -> None:
    one, wait = offered
    guest = visitor()
    page = guest.get(f"{at(one)}?offre={wait.token}")
    send(guest, page, one, moyen="card", **{f"n-{one.id}": "1", "montre": "1200"})
    set_clock(monkeypatch, instant(9) + 16 * MINUTE)
    run_jobs(only="ticketing")
    db.session.refresh(wait)
    assert (wait.state, wait.quantity) == ("offered", 1)
    whole()
    teller.pay_last()  # and late money finds its place in what the offer keeps
    guest.get(f"/billets/{orders()[-1].token}/retour")
    assert orders()[-1].state == "confirmed"
    db.session.refresh(wait)
    assert wait.state == "taken"
    whole()


def test_another_ones_order_is_nowhere(night: Event, teller: Teller, visitor) -> None:
    one = kind(night)
    buy(visitor(), one, moyen="card")
    made = orders()[0]
    for path in ("payer", "retour"):
        assert visitor("b.localhost").get(f"/billets/{made.token}/{path}").status == 404
        assert visitor().get(f"/billets/{made.token[::-1]}/{path}").status == 404


def test_an_order_that_is_theirs_is_not_let_go(night: Event, visitor) -> None:
    one, guest = kind(night), visitor()
    page = asked(guest, one)
    send(guest, page, one)
    link = f"/billets/{orders()[0].token}"
    assert guest.post(f"{link}/abandon", page).location == link
    assert guest.get(f"{link}/payer").location == link
    assert orders()[0].state == "confirmed"


def test_signing_in_keeps_what_was_chosen(night: Event, visitor) -> None:
    one = kind(night)
    page = asked(visitor(), one, 3)
    kept = f"next={at(one)}?n-{one.id}=3".replace("/", "%2F").replace("?", "%3F")
    assert kept.replace("=3", "%3D3") in page.html


def test_one_address_does_not_hold_for_ever(night: Event, visitor, monkeypatch) -> None:
    monkeypatch.setattr(views, "MOST_ORDERS", 2)
    one, guest = kind(night), visitor()
    assert [buy(guest, one).status for _ in range(3)] == [303, 303, 429]


def test_codes_cannot_be_guessed_for_ever(night: Event, visitor, monkeypatch) -> None:
    monkeypatch.setattr(views, "MOST_CODES", 2)
    one, guest = kind(night), visitor()
    page = asked(guest, one)
    tries = [send(guest, page, one, promo=f"C{n}", faire="voir").status for n in range(3)]
    assert tries == [200, 200, 429]
