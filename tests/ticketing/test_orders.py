"""Staff sell, look after orders, and call an event off, over HTTP: each guard and each cent."""

from __future__ import annotations

import csv
import html
import io
import re
import secrets
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core import clock
from app.core import mail as posts
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.mail import Mail
from app.core.slots import Interval
from app.doors.models import Passage
from app.events import jobs as event_jobs
from app.events import mails as event_mails
from app.events import rules as events
from app.events import seams
from app.events.models import Event
from app.invoicing.models import Charge
from app.members.models import Company, Seat
from app.members.rules import person_by_email
from app.payments import drawer
from app.payments import rules as payments
from app.payments.models import Payment, Refund
from app.reporting import invariants
from app.ticketing import counting, giving_back, queue, read, shelf
from app.ticketing.models import PromoCode, Ticket, TicketCategory, TicketOrder, TicketWait
from app.ticketing.rules import Place
from app.ticketing.shelf import Code, Kind, Terms
from tests.at_desk import Colleague, set_clock
from tests.booking.teller import Teller
from tests.booking.test_paying import teller
from tests.events.conftest import DAY, instant
from tests.jobs import run_jobs
from tests.ticketing.conftest import order
from tests.ticketing.test_desk import alice, bob
from tests.ticketing.test_rules import pay, whole
from tests.world import World

__all__ = ["alice", "bob", "teller"]  # found here by name
Opener = Callable[[str], FlaskClient]


def there(event_id: int, *more: object) -> str:
    return "/".join(["/gestion/evenements", str(event_id), *(str(part) for part in more)])


def last() -> TicketOrder:
    db.session.expire_all()
    return db.session.scalars(select(TicketOrder).order_by(TicketOrder.id.desc()).limit(1)).one()


def basket(one: TicketCategory, many: int = 1, **more: str) -> dict[str, str]:
    return {
        f"n-{one.id}": str(many), "moyen": "cash", "form_key": secrets.token_hex(12),
    } | more  # fmt: skip


def said(answer) -> str:
    return html.unescape(answer.text)


# ── the counter ───────────────────────────────────────────────────────────────────────────────


def test_cash_goes_into_the_till_once(
    full: TicketCategory, night: Event, bob: Colleague, world: World
) -> None:
    sent = basket(full, 2, nom="Passante")
    for _twice in range(2):
        answer = bob.post(there(night.id, "guichet"), **sent)
        assert answer.status_code == 303, said(answer)[:2000]
    found = last()
    assert (found.state, found.way, found.origin, found.price_cents) == (
        "confirmed", "cash", "door", 2400,
    )  # fmt: skip
    assert payments.due_on("ticket_order", found.id) == 0
    assert drawer.in_books("EUR", world.a.site) == 2400
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 1
    assert answer.headers["Location"].endswith(f"/commandes/{found.id}")
    assert "Espèces" in bob.read(answer.headers["Location"])
    whole()


def test_a_passer_by_who_pays_later_is_asked_for_it_at_the_desk(
    full: TicketCategory, night: Event, bob: Colleague
) -> None:
    bob.post(there(night.id, "guichet"), **basket(full, moyen="desk", nom="Léa"))
    found = last()
    assert payments.due_on("ticket_order", found.id) == 1200
    page = bob.read(there(night.id, "commandes", found.id))
    assert "Reste à payer" in html.unescape(page)
    act = there(night.id, "commandes", found.id, "paiement")
    refused = bob.post(act, moyen="terminal", montant="11,00")
    assert refused.status_code == 422
    assert "Il reste 12" in said(refused)
    assert bob.post(act, moyen="terminal", montant="12,00").status_code == 303
    assert bob.post(act, moyen="terminal", montant="12,00").status_code == 422
    assert payments.due_on("ticket_order", found.id) == 0
    whole()


def test_twenty_names_are_twenty_tickets_or_none(
    full: TicketCategory, night: Event, bob: Colleague
) -> None:
    big = shelf.describe(night.id, Kind("Groupe", "fixed", 900, 25))
    names = [f"Élève {n}" for n in range(18)] + ["Roux, Ada; ADA@example.org", "علي\t a@b.fr "]
    sent = basket(full, 0, moyen="terminal", nom="Lycée", categorie=str(big.id))
    wrong = [*names[:2], " ; personne@", "x" * 121, *names[2:]]
    answer = bob.post(there(night.id, "guichet"), **sent, noms="\n".join(wrong))
    assert answer.status_code == 422
    for line in ("Ligne 3 :", "Ligne 4 :"):
        assert line in said(answer)
    assert "Élève 17" in said(answer)
    assert not db.session.scalars(select(TicketOrder)).all()
    answer = bob.post(there(night.id, "guichet"), **sent, noms="\n\n".join(names))
    assert answer.status_code == 303, said(answer)[:3000]
    rows = read.tickets(last().id)
    assert len(rows) == 20
    assert ("Roux, Ada", "ada@example.org") in {(t.holder_name, t.holder_email) for t in rows}
    more = sent | {"form_key": secrets.token_hex(12)}
    answer = bob.post(there(night.id, "guichet"), **more, noms="\n".join(names[:6]))
    assert answer.status_code == 409
    assert "Il ne reste que 5 places" in said(answer)
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 20
    whole()


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"moyen": "shells"}, "moyen", "comment ce sera payé"),
        ({"moyen": "on_account", "email": "leo@example.org"}, "moyen", "pas de compte"),
        ({"moyen": "company"}, "email", "achète pour une entreprise"),
        ({"email": "leo@"}, "email", "incomplète"),
        ({"email": "nobody@example.org"}, "nom", "Indiquez son nom"),
        ({"n": "-1"}, "n", "nombre de 0"),
        ({"n": "0"}, "billets", "au moins un billet"),
        ({"n": "8"}, "n", "Il ne reste que 7"),
        ({"promo": "RIEN"}, "promo", "Ce code"),
        ({"form_key": "short"}, "billets", "rechargez"),
        ({"noms": "Ada", "categorie": "0"}, "categorie", "catégorie"),
    ],
)
def test_the_counter_refuses_and_keeps_what_was_typed(
    full: TicketCategory, night: Event, bob: Colleague, more: dict[str, str], field: str, words: str
) -> None:
    person_by_email("leo@example.org", "Léo")
    sent = basket(full, 1, reference="PO-77")
    if "n" in more:
        more = {f"n-{full.id}": more.pop("n")}
        field = f"n-{full.id}" if field == "n" else field
    answer = bob.post(there(night.id, "guichet"), **(sent | more))
    assert answer.status_code in (409, 422), said(answer)[:500]
    assert words in said(answer)
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert "PO-77" in answer.text
    assert not db.session.scalars(select(TicketOrder)).all()


def test_a_company_pays_within_its_month(
    full: TicketCategory, night: Event, bob: Colleague, world: World
) -> None:
    firm = Company(kind="fr_business", name="Studio Nord", search="studio nord", budget_cents=3000)
    db.session.add(firm)
    leo = person_by_email("leo@example.org", "Léo")
    db.session.flush()
    db.session.add(Seat(company_id=firm.id, person_id=leo.id, may_spend=True))
    db.session.flush()
    sent = basket(full, 2, moyen="company", email="leo@example.org")
    assert bob.post(there(night.id, "guichet"), **sent).status_code == 303
    found = last()
    assert (found.company_id, found.way) == (firm.id, "on_account")
    assert "Encaisser" not in bob.read(there(night.id, "commandes", found.id))
    # PostgreSQL noted its own day, in another month than the tests'
    found.created_at = clock.now()
    db.session.commit()
    other = Company(kind="fr_business", name="Studio Sud", search="studio sud")
    db.session.add(other)
    db.session.flush()
    db.session.add(Seat(company_id=other.id, person_id=leo.id, may_spend=True))
    db.session.flush()
    asked = bob.post(
        there(night.id, "guichet"), **basket(full, 1, moyen="company", email=leo.email)
    )
    assert "choisissez laquelle paie" in said(asked)
    again = basket(full, 1, moyen="company", email=leo.email, entreprise=str(other.id))
    assert f'<option value="{other.id}"' in asked.text
    assert bob.post(there(night.id, "guichet"), **again).status_code == 303
    assert last().company_id == other.id
    again = basket(full, 1, moyen="company", email="leo@example.org", entreprise=str(firm.id))
    answer = bob.post(there(night.id, "guichet"), **again)
    assert "Le budget du mois" in said(answer)
    whole()


def test_who_buys_at_the_door_is_in(
    full: TicketCategory,
    night: Event,
    client: Opener,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_clock(monkeypatch, night.starts_at)
    bob = Colleague(client(world.a.host), "bob")
    assert there(night.id, "guichet") in bob.read(there(night.id, "entrees"))
    bob.post(there(night.id, "guichet"), **basket(full, 2, entrent="1"))
    assert {one.state for one in read.tickets(last().id)} == {"used"}
    assert db.session.scalar(select(func.count()).select_from(Passage)) == 2
    page = re.sub(r"<[^>]+>", "", bob.read(there(night.id, "entrees")))
    assert re.search(r"2\s*/\s*2", page)


def test_nothing_is_sold_once_it_is_over(
    full: TicketCategory,
    night: Event,
    client: Opener,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = basket(full)
    set_clock(monkeypatch, night.ends_at)
    bob = Colleague(client(world.a.host), "bob")
    assert "La vente est fermée" in html.unescape(bob.read(there(night.id, "guichet")))
    assert bob.post(there(night.id, "guichet"), **sent).status_code == 410
    assert not db.session.scalars(select(TicketOrder)).all()


# ── the list ──────────────────────────────────────────────────────────────────────────────────


def test_orders_are_found_sorted_and_taken_away(
    full: TicketCategory, night: Event, alice: Colleague, bob: Colleague
) -> None:
    first = order(full, 1, name="=SUM(A1)", way="desk", places=(Place(full.id, name="Zoé"),))
    second = order(full, 2, email="leo@example.org", name="Léo", way="desk")
    order(full, 1, email="held@example.org", name="Attend")
    here = there(night.id, "commandes")
    page = alice.read(here)
    assert page.index(second.code) < page.index(first.code)
    page = alice.read(f"{here}?tri=total")
    assert page.index(first.code) < page.index(second.code)
    for words in ("zo%C3%A9", "ZOE", first.code.lower()):
        page = alice.read(f"{here}?q={words}")
        assert first.code in page
        assert second.code not in page
    assert first.code not in alice.read(f"{here}?etat=held")
    assert "Aucune commande ne répond" in alice.read(f"{here}?q=%25")
    assert alice.read(f"{here}?page=99")
    raw = alice.read(f"{here}/export.csv?etat=confirmed").removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(raw)))
    assert len(rows) == 4
    assert rows[1][2] == "'=SUM(A1)"
    assert {row[10] for row in rows[1:]} == {"12.00"}
    assert bob.get(f"{here}/export.csv").status_code == 404
    assert "Exporter" not in bob.read(here)


def test_another_venue_has_none_of_it(
    full: TicketCategory, night: Event, client: Opener, world: World, alice: Colleague
) -> None:
    found = order(full, 1, way="desk")
    wait = queue.join(full.event_id, full.id, 7, ("a@example.org", "A"), "fr")
    promo = shelf.promise(Code("ETE", percent=10))
    db.session.commit()
    dora = Colleague(client(world.b.host), "dora")
    [ticket] = read.tickets(found.id)
    for path in ("billetterie", "commandes", f"commandes/{found.id}", "commandes/export.csv",
                 "attente", "guichet", "codes", f"billetterie/categories/{full.id}"):  # fmt: skip
        assert dora.get(there(night.id, path)).status_code == 404
    sent = {"billets": str(ticket.id), "billet": str(ticket.id), "nom": "Dora", "raison": "x",
            "combien": "all"} | basket(full)  # fmt: skip
    for path in ("billetterie", "billetterie/depart", "guichet", "codes",
                 f"attente/{wait.id}/proposition", f"attente/{wait.id}/retrait",
                 *(f"commandes/{found.id}/{act}" for act in
                   ("retour", "cession", "titulaire", "lettre", "paiement"))):  # fmt: skip
        assert dora.post(there(night.id, path), **sent).status_code == 404, path
    assert dora.post(f"/gestion/evenements/codes/{promo.id}/archive").status_code == 404
    db.session.expire_all()
    with world.a.entered():
        assert read.tickets(found.id)[0].state == "valid"


# ── one order ─────────────────────────────────────────────────────────────────────────────────


def test_staff_give_back_by_the_terms_or_all_with_a_reason(
    full: TicketCategory, night: Event, alice: Colleague, bob: Colleague
) -> None:
    shelf.set_terms(night.id, Terms(free_hours=8000, late_percent=50))
    found = order(full, 3)
    pay(found)
    one, two, three = read.tickets(found.id)
    act = there(night.id, "commandes", found.id, "retour")
    assert bob.post(act).status_code == 422
    for _twice in range(2):
        assert bob.post(act, billets=str(one.id), combien="terms").status_code == 303
    assert db.session.scalars(select(Refund.amount_cents)).all() == [600]
    assert bob.post(act, billets=str(two.id), combien="all", raison="x").status_code == 404
    refused = alice.post(act, billets=str(two.id), combien="all")
    assert refused.status_code == 422
    assert "Dites pourquoi" in said(refused)
    assert alice.post(act, billets=str(two.id), combien="all", raison="Malade").status_code == 303
    assert sorted(db.session.scalars(select(Refund.amount_cents)).all()) == [600, 1200]
    noted = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "ticketing.given_back")
    ).all()
    assert noted[-1].detail["reason"] == "Malade"
    db.session.refresh(three)
    assert three.state == "valid"
    page = html.unescape(alice.read(there(night.id, "commandes", found.id)))
    assert "− 12\u00a0€" in page
    other = order(full, 1, way="desk")
    [foreign] = read.tickets(other.id)
    assert alice.post(act, billets=str(foreign.id), combien="terms").status_code == 422
    whole()


def test_a_name_is_corrected_a_ticket_handed_on(
    full: TicketCategory, night: Event, bob: Colleague
) -> None:
    found = order(full, 1, way="desk")
    [ticket] = read.tickets(found.id)
    code, here = ticket.code, there(night.id, "commandes", found.id)
    sent = {"billet": str(ticket.id), "nom": "  Zoé\u200b  Béal ", "email": ""}
    assert bob.post(f"{here}/titulaire", **sent).status_code == 303
    assert [(t.holder_name, t.code) for t in read.tickets(found.id)] == [("Zoé Béal", code)]
    assert bob.post(f"{here}/titulaire", billet=str(ticket.id), nom=" ").status_code == 422
    wrong = bob.post(f"{here}/cession", billet=str(ticket.id), nom="Ada", email="ada@")
    assert wrong.status_code == 422
    assert 'value="Ada"' in wrong.text
    sent = {"billet": str(ticket.id), "nom": "Ada", "email": "ada@example.org"}
    for _twice in range(2):
        assert bob.post(f"{here}/cession", **sent).status_code == 303
    other = sent | {"nom": "Bo"}
    assert bob.post(f"{here}/cession", **other).status_code == 422
    assert bob.post(f"{here}/titulaire", **sent).status_code == 422
    old, new = read.tickets(found.id)
    assert (old.state, new.state, new.holder_name) == ("transferred", "valid", "Ada")
    assert new.code != code
    run_jobs(only="ticketing.handed_letter")
    assert db.session.scalar(select(Mail.recipient)) == "ada@example.org"
    assert "un billet pour vous" in bob.read(here)
    whole()


def test_the_tickets_are_sent_again_once_for_each_click(
    full: TicketCategory, night: Event, bob: Colleague
) -> None:
    bob.post(there(night.id, "guichet"), **basket(full, nom="Léa"))
    found = last()
    act = there(night.id, "commandes", found.id, "lettre")
    refused = bob.post(act, adresse="")
    assert "cette commande n’en a pas" in said(refused)
    page = bob.read(there(night.id, "commandes", found.id))
    sent = {"csrf_token": re.search(r'csrf_token" value="([^"]+)', page)[1],
            "adresse": "lea@example.org", "idempotency_key": "again-1"}  # fmt: skip
    for _twice in range(2):
        assert bob.client.post(act, data=sent).status_code == 303
    run_jobs(only="ticketing.letter")
    assert db.session.scalars(select(Mail.recipient)).all() == ["lea@example.org"]
    db.session.refresh(found)
    assert found.person_id == person_by_email("lea@example.org", "x").id
    bob.post(act, adresse="lea@example.org")
    run_jobs(only="ticketing.letter")
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 2


# ── who waits ─────────────────────────────────────────────────────────────────────────────────


def test_a_place_is_offered_by_hand_and_a_name_taken_off(
    full: TicketCategory, night: Event, bob: Colleague
) -> None:
    found = order(full, 6, way="desk")
    large = queue.join(full.event_id, full.id, 3, ("a@example.org", "Groupe"), "fr")
    small = queue.join(full.event_id, full.id, 2, ("b@example.org", "Paire"), "fr")
    here = there(night.id, "attente")
    refused = bob.post(f"{here}/{large.id}/proposition")
    assert refused.status_code == 409
    assert "Il ne reste que 1 place" in said(refused)
    giving_back.give_back(found.id, [read.tickets(found.id)[0].id], giving_back.STAFF)
    assert small.state == "offered"
    for _twice in range(2):
        assert bob.post(f"{here}/{small.id}/retrait").status_code == 303
    assert _now(small, full) == ("left", 5)
    big = order(full, 1, way="desk")
    giving_back.give_back(big.id, [t.id for t in read.tickets(big.id)], giving_back.STAFF)
    shelf.describe(night.id, Kind("Plein tarif", "fixed", 1200, 8), full.id)
    run_jobs(only="ticketing.offer_letter")
    assert _now(large, full) == ("offered", 8)
    page = html.unescape(bob.read(here))
    assert "Place proposée" in page
    assert "Ne veut plus" in page
    other = bob.post(there(night.id + 999, "attente", large.id, "retrait"))
    assert other.status_code == 404
    whole()


def test_who_did_not_answer_is_asked_again(
    full: TicketCategory, night: Event, bob: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.set_terms(night.id, Terms(offer_hours=1))
    found = order(full, 7, way="desk")
    wait = queue.join(full.event_id, full.id, 2, ("a@example.org", "Ada"), "fr")
    giving_back.give_back(found.id, [t.id for t in read.tickets(found.id)][:2], giving_back.STAFF)
    run_jobs(only="ticketing.offer_letter")
    queue.tidy(counting.gate(night.id))
    set_clock(monkeypatch, instant(11))
    queue.tidy(counting.gate(night.id))
    assert wait.state == "expired"
    act = there(night.id, "attente", wait.id, "proposition")
    for _twice in range(2):
        assert bob.post(act).status_code == 303
    assert _now(wait, full) == ("offered", 7)
    before = db.session.scalar(select(func.count()).select_from(Mail))
    run_jobs(only="ticketing.offer_letter")  # written before: this is another offer
    assert db.session.scalar(select(func.count()).select_from(Mail)) == before + 1
    whole()


def _now(wait: TicketWait, kind: TicketCategory) -> tuple[str, int]:
    """As the database has it after a request of somebody else."""
    db.session.refresh(wait)
    db.session.refresh(kind)
    return wait.state, kind.taken


# ── codes ─────────────────────────────────────────────────────────────────────────────────────


def test_codes_are_made_listed_and_withdrawn(
    full: TicketCategory, night: Event, alice: Colleague, bob: Colleague
) -> None:
    every, mine = "/gestion/evenements/codes", there(night.id, "codes")
    assert alice.post(every, code="été 26", genre="percent", remise="15").status_code == 303
    assert alice.post(mine, code="duo", genre="amount", remise="2,50", fois="1").status_code == 303
    order(full, 1, promo="duo", way="desk")
    page = html.unescape(alice.read(mine))
    for text in ("ETE26", "− 15 %", "DUO", "2,50\u00a0€", "1 sur 1", "Épuisé", night.title_fr):
        assert text in page
    one = db.session.scalars(select(PromoCode).where(PromoCode.code == "ETE26")).one()
    assert alice.post(f"{every}/{one.id}/archive", retirer="1", next=mine).location == mine
    db.session.refresh(one)
    assert one.archived_at is not None
    assert bob.get(every).status_code == bob.post(every, code="x").status_code == 404
    assert there(night.id, "codes") in alice.read(there(night.id, "billetterie"))
    assert every in alice.read("/gestion/evenements")
    assert every not in bob.read("/gestion/evenements")


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"code": "a"}, "code", "3 à 40"),
        ({"code": "PRIS"}, "code", "existe déjà"),
        ({"remise": "0"}, "remise", "de 1 à 100"),
        ({"remise": "12,5"}, "remise", "pourcentage de 1 à 100"),
        ({"remise": "-4"}, "remise", "pourcentage de 1 à 100"),
        ({"genre": "amount", "remise": "1,999"}, "remise", "deux décimales"),
        ({"fois": "0"}, "fois", "nombre de 1"),
        ({"depuis": "2026-12-02T10:00", "jusque": "2026-12-01T10:00"}, "jusque", "après le début"),
        ({"jusque": "2027-03-28T02:30"}, "jusque", "n’existe pas"),
    ],
)
def test_a_code_that_is_none_is_refused(
    night: Event, alice: Colleague, more: dict[str, str], field: str, words: str
) -> None:
    shelf.promise(Code("PRIS", percent=5))
    sent = {"code": "Noël 2026", "genre": "percent", "remise": "10"} | more
    answer = alice.post(there(night.id, "codes"), **sent)
    assert answer.status_code == 422
    assert words in said(answer)
    assert f'href="#{field}"' in answer.text
    assert html.escape(sent["code"]) in answer.text
    assert db.session.scalar(select(func.count()).select_from(PromoCode)) == 1


# ── at a glance, and letters ──────────────────────────────────────────────────────────────────


def test_what_was_sold_at_a_glance(full: TicketCategory, night: Event, bob: Colleague) -> None:
    full.name_fr = "<i>Plein</i>"
    found = order(full, 2)
    pay(found)
    order(full, 1, email="b@example.org", way="desk")
    order(full, 1, email="c@example.org")
    giving_back.give_back(found.id, [read.tickets(found.id)[0].id], giving_back.STAFF)
    raw = bob.read(there(night.id))
    assert "<i>Plein" not in raw
    page = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", raw)))
    for text in ("2 places prises sur 60", "1 gardées", "24 € TTC", "dont TVA 20 % : 4 €",
                 "12 € rendus", "Reste à recevoir : 12 €"):  # fmt: skip
        assert text in page, page


def test_letters_reach_each_holder_once(
    full: TicketCategory, night: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = order(
        full, email="maya@example.org", way="desk",
        places=(Place(full.id), Place(full.id, "Ada", "ADA@example.org"), Place(full.id, "Bo")),
    )  # fmt: skip
    gift = order(full, email="leo@example.org", way="desk",
                 places=(Place(full.id, "Eva", "eva@example.org"),))  # fmt: skip
    order(full, email="none@example.org")  # not paid: nobody comes
    guests = {one.email.lower(): one.url for one in seams.guests(night)}
    assert set(guests) == {f"{one}@example.org" for one in ("maya", "ada", "eva", "leo")}
    assert guests["maya@example.org"] == f"/billets/{found.token}"
    assert guests["ada@example.org"] == f"/billets/billet/{read.tickets(found.id)[1].code}"
    run_jobs(only="nothing")
    set_clock(monkeypatch, night.starts_at - DAY / 2)
    for _twice in range(2):
        event_jobs.letters()
    everybody = ["ADA@example.org", "eva@example.org", "leo@example.org", "maya@example.org"]
    assert _to(event_mails.REMINDER) == everybody
    set_clock(monkeypatch, instant(10))
    events.move(night.id, Interval(night.starts_at + DAY, night.ends_at + DAY))
    run_jobs(only="ticketing")
    assert _to("ticketing/mail_tickets", "du changement") == everybody
    events.cancel(night.id, "La salle a pris l’eau.")
    run_jobs(only="ticketing")
    run_jobs(only="ticketing")
    assert _to("ticketing/mail_tickets", "c’est annulé") == everybody
    assert gift.id


def _to(template: str, subject: str = "") -> list[str]:
    rows = db.session.scalars(
        select(Mail.recipient).where(Mail.template == template, Mail.subject.contains(subject))
    )
    return sorted(rows)


# ── calling it off ────────────────────────────────────────────────────────────────────────────


def test_calling_off_says_what_it_costs_and_pays_everybody_back_once(
    full: TicketCategory,
    night: Event,
    alice: Colleague,
    teller: Teller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(posts, "deliver", lambda message, url: None)
    shelf.set_terms(night.id, Terms(free_hours=8000, late_percent=50))
    for n in range(3):
        pay(order(full, 2, email=f"p{n}@example.org"))
    first = db.session.scalars(select(TicketOrder).order_by(TicketOrder.id).limit(1)).one()
    giving_back.give_back(first.id, [read.tickets(first.id)[0].id])  # 6 € kept, 6 € back
    alice.post(there(night.id, "guichet"), **basket(full, 1, moyen="desk", nom="Léa"))
    run_jobs(only="payments")
    page = html.unescape(alice.read(there(night.id, "annulation")))
    assert "6 billets sont annulés, 60\u00a0€ sont remboursés" in page
    assert "12\u00a0€ qui restaient à payer" in page
    assert "pris sur place" not in page  # all of it by card
    assert alice.post(there(night.id, "annulation"), raison="Inondation").status_code == 303
    assert "0 commandes sur 4" in html.unescape(alice.read(there(night.id)))
    assert 'hx-trigger="every 3s"' in alice.read(there(night.id))
    assert alice.post(there(night.id, "annulation"), raison="Encore").status_code in (303, 422)
    run_jobs()
    run_jobs()
    assert sorted(cents for _payment, cents in teller.refunds) == [600, 1200, 2400, 2400]
    assert {one.state for one in db.session.scalars(select(Refund))} == {"done"}
    page = html.unescape(alice.read(there(night.id)))
    assert "4 commandes annulées, l’argent est rendu" in page
    assert "every 3s" not in page
    assert "6\u00a0€" in page  # what the terms let the venue keep before
    kept = db.session.scalar(select(func.sum(Charge.gross_cents)))
    assert kept == 600
    db.session.flush()
    assert invariants.breaches(db.session.connection()) == []
    assert alice.post(there(night.id, "guichet"), **basket(full)).status_code == 410
    assert not db.session.scalars(select(TicketWait)).all()
