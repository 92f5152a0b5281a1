"""Tickets after they were bought, over HTTP: who sees them, gives them back, hands them on."""

from __future__ import annotations

import datetime as dt
import io
from html import unescape

import pytest
import segno
from PIL import Image
from sqlalchemy import select, text

from app.core.db import db
from app.core.mail import Mail
from app.doors.tickets import bare
from app.events import jobs as reminders
from app.events import rules as events
from app.events.models import Event
from app.invoicing.models import Document
from app.members import rules as members
from app.payments.models import Refund
from app.ticketing import counting, giving_back, queue, read, returning, shelf
from app.ticketing.models import Ticket, TicketCategory, TicketOrder, TicketWait
from app.ticketing.shelf import Kind, Terms
from tests.at_desk import set_clock
from tests.booking.conftest import Page, Visitor, visitor
from tests.events.conftest import DAY, instant
from tests.invoicing import office
from tests.jobs import run_jobs
from tests.ticketing.conftest import order
from tests.ticketing.test_rules import pay, whole
from tests.world import World

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


# ── giving back ───────────────────────────────────────────────────────────────────────────────


def refunds() -> list[int]:
    db.session.expire_all()
    return [one.amount_cents for one in db.session.scalars(select(Refund).order_by(Refund.id))]


def test_one_of_two_in_two_steps(full: TicketCategory, visitor) -> None:
    found = sold(full)
    browser, (first, second) = visitor(), good(found)
    choose = browser.get(at(found, "/annulation"))
    assert choose.has("Lesquels ?")
    assert browser.get(at(found, "/annulation?choix=1")).status == 422
    sure = browser.get(at(found, f"/annulation?choix=1&billet={first.id}"))
    assert sure.has("Vous est rendu 12 €")
    assert refunds() == []  # nothing before the last click
    sent = browser.post(at(found, "/annulation"), sure, billet=str(first.id), promis="1200")
    assert sent.location == at(found)
    assert refunds() == [1200]
    page = browser.get(at(found))
    assert page.has("12 € rendus")
    assert of(second) in page.html
    assert of(first) not in page.html
    whole()


def test_a_double_click_refunds_once(full: TicketCategory, visitor) -> None:
    found = sold(full)
    browser, ids = visitor(), [str(one.id) for one in good(found)]
    sure = browser.get(at(found, f"/annulation?billet={ids[0]}&billet={ids[1]}"))
    for _click in range(2):
        sent = browser.post(at(found, "/annulation"), sure, billet=ids, promis="2400")
        assert sent.location == at(found)
    assert refunds() == [2400]
    assert browser.get(at(found)).has("Commande annulée")
    whole()


def test_less_than_was_shown_is_asked_again(full: TicketCategory, visitor, monkeypatch) -> None:
    shelf.set_terms(full.event_id, Terms(late_percent=50))
    found = sold(full, 1)
    browser, (one,) = visitor(), good(found)
    sure = browser.get(at(found, "/annulation"))  # the only one is chosen
    assert sure.hidden("promis") == "1200"
    set_clock(monkeypatch, instant(18) + 6 * DAY + MINUTE)
    sent = browser.post(at(found, "/annulation"), sure, billet=str(one.id), promis="1200")
    assert sent.status == 422
    assert sent.has("Le montant remboursé vient de changer")
    assert sent.has("Vous est rendu 6 €")
    assert refunds() == []
    browser.post(at(found, "/annulation"), sent, billet=str(one.id), promis=sent.hidden("promis"))
    assert refunds() == [600]


def test_nothing_is_given_back_once_it_began(full: TicketCategory, visitor, monkeypatch) -> None:
    found = sold(full, 1)
    browser, (one,) = visitor(), good(found)
    sure = browser.get(at(found, "/annulation"))
    set_clock(monkeypatch, instant(18) + 7 * DAY)
    assert browser.get(at(found, "/annulation")).location == at(found)
    sent = browser.post(at(found, "/annulation"), sure, billet=str(one.id), promis="0")
    assert sent.status == 422
    assert sent.has("L’événement a commencé")
    assert refunds() == []


def test_what_was_not_paid_is_asked_for_no_more(full: TicketCategory, visitor) -> None:
    found = order(full, 1, way="desk")
    db.session.commit()
    browser, (one,) = visitor(), good(found)
    assert browser.get(at(found)).has("Reste à régler : 12 €")
    sure = browser.get(at(found, "/annulation"))
    assert sure.has("Vous est rendu 0 €")
    assert sure.has("Ne vous est plus demandé : 12 €")
    browser.post(at(found, "/annulation"), sure, billet=str(one.id), promis=sure.hidden("promis"))
    assert refunds() == []
    assert not browser.get(at(found)).has("Reste à régler")
    whole()


def test_tickets_of_another_order_stay(full: TicketCategory, visitor) -> None:
    """Their ids in our form give nothing back, nor does what is no number."""
    mine, theirs = sold(full, 1), sold(full, 1, email="other@example.org")
    browser, (other,) = visitor(), good(theirs)
    form = browser.get(at(mine, "/annulation"))
    for wanted in (str(other.id), "-1", "9" * 30, "x"):
        sent = browser.post(at(mine, "/annulation"), form, billet=wanted, promis="0")
        assert sent.status == 422, wanted
        handed = browser.get(at(mine, f"/cession/{other.id}"))
        assert handed.status == 404
    assert refunds() == []
    assert len(good(theirs)) == 1


# ── handing on ────────────────────────────────────────────────────────────────────────────────


def hand(browser: Visitor, found: TicketOrder, one: Ticket, name: str, email: str) -> Page:
    """Both steps."""
    path = at(found, f"/cession/{one.id}")
    form = browser.get(path)
    sure = browser.post(path, form, nom=name, email=email)
    assert sure.has("Céder à cette personne ?"), sure.words
    assert one.id in [ticket.id for ticket in good(found)]  # not before the last click
    return browser.post(path, sure, nom=sure.hidden("nom"), email=sure.hidden("email"), sur="1")


@pytest.mark.parametrize("name", ["Nadia Ben", "ليلى بن صالح", "Zoé 👩🏽‍🚀🎟️", "נועה לוי"])
def test_a_ticket_becomes_anothers(full: TicketCategory, visitor, name: str) -> None:
    found = sold(full)
    browser, (one, _other) = visitor(), good(found)
    sent = hand(browser, found, one, f"  {name}\u202e ", "Nadia@Example.org")
    assert sent.location == at(found)
    again = browser.post(  # the second click of the same button
        at(found, f"/cession/{one.id}"), browser.get(at(found, f"/cession/{good(found)[0].id}")),
        nom=name, email="nadia@example.org", sur="1",
    )  # fmt: skip
    assert again.location == at(found)
    new = [t for t in read.tickets(found.id) if t.from_ticket_id == one.id]
    assert [(t.holder_name, t.holder_email, t.state) for t in new] == [
        (name, "nadia@example.org", "valid")
    ]
    assert new[0].code != one.code
    assert visitor().get(of(one)).has("Ce billet a été cédé")
    theirs = visitor().get(of(new[0]))
    assert theirs.has(name)
    assert "data:image" in theirs.html
    page = browser.get(at(found))
    assert page.has("cédé : son lien est parti à nadia@example.org")
    assert new[0].code not in page.html  # theirs alone
    run_jobs(only="ticketing.handed_letter")
    letters = db.session.scalars(select(Mail).where(Mail.recipient == "nadia@example.org")).all()
    assert [of(new[0]) in letter.text for letter in letters] == [True]
    assert found.token not in letters[0].html + letters[0].text
    whole()


def test_what_is_wrong_is_said_and_what_was_typed_stays(full: TicketCategory, visitor) -> None:
    found = sold(full, 1)
    browser, (one,) = visitor(), good(found)
    path = at(found, f"/cession/{one.id}")
    form = browser.get(path)
    for name, email, words in (
        ("", "nadia@example.org", "Indiquez un nom"),
        ("\u202e\u200d ", "nadia@example.org", "Indiquez un nom"),
        ("Nadia", "nadia", "Cette adresse e-mail est incomplète"),
        ("Nadia", "", "Cette adresse e-mail est incomplète"),
    ):
        sent = browser.post(path, form, nom=name, email=email, sur="1")
        assert sent.status == 422
        assert sent.has(words)
        assert f'value="{email}"' in sent.html
    back = browser.post(path, form, nom="Nadia", email="nadia@example.org", corriger="1")
    assert 'value="nadia@example.org"' in back.html
    assert [t.code for t in good(found)] == [one.code]


def test_a_ticket_alone_hands_nothing_on(full: TicketCategory, visitor) -> None:
    """Whoever sees a QR over a shoulder can take nothing with it."""
    found = sold(full, 1)
    browser, (one,) = visitor(), good(found)
    page = browser.get(of(one))
    assert "/cession/" not in page.html
    assert "/annulation" not in page.html
    for path in (
        of(one, "/annulation"),
        of(one, f"/cession/{one.id}"),
        f"/billets/{one.code}/annulation",
        f"/billets/{one.code}/cession/{one.id}",
    ):
        assert browser.get(path).status == 404, path
        form = browser.get(at(found, "/annulation"))
        assert browser.post(path, form, nom="X", email="x@example.org", sur="1").status == 404


def test_whoever_lost_a_ticket_is_told(full: TicketCategory, visitor) -> None:
    """Handed on again, or given back by who paid: its holder reads it in a letter of their own."""
    found = sold(full)
    browser, (one, _other) = visitor(), good(found)
    hand(browser, found, one, "Nadia", "nadia@example.org")
    second = next(t for t in good(found) if t.holder_name == "Nadia")
    hand(browser, found, second, "Paul", "paul@example.org")
    third = next(t for t in good(found) if t.holder_name == "Paul")
    sure = browser.get(at(found, f"/annulation?billet={third.id}"))
    assert sure.has("Ce billet a été cédé à Paul, qui perd sa place")
    browser.post(at(found, "/annulation"), sure, billet=str(third.id), promis="1200")
    run_jobs(only="ticketing.holder_letter")
    told = db.session.execute(
        select(Mail.recipient, Mail.subject).where(Mail.entity.like("ticket:%:ended"))
    ).all()
    lost = "La nuit des ateliers : votre billet n’est plus valable"
    assert sorted(told) == [("nadia@example.org", lost), ("paul@example.org", lost)]


def test_two_tickets_under_one_address_are_one_letter(full: TicketCategory, visitor) -> None:
    """However many seats somebody holds: one letter names them all, and their calendar loses the
    evening with the last of them alone."""
    found = sold(full)
    browser = visitor()
    for one in good(found):
        hand(browser, found, one, "Nadia", "nadia@example.org")
    giving_back.tell_holders(found, read.tickets(found.id), "moved")
    db.session.flush()
    run_jobs(only="ticketing.holder_letter")
    (moved,) = letters_to("nadia@example.org", "moved")
    assert "Vos 2 billets restent bons" in moved.text
    first, second = good(found)
    assert of(first) in moved.text
    assert of(second) in moved.text
    for one, calendars in ((first, 0), (second, 2)):
        sure = browser.get(at(found, f"/annulation?billet={one.id}"))
        browser.post(at(found, "/annulation"), sure, billet=str(one.id), promis="1200")
        run_jobs(only="ticketing.holder_letter")
        (told,) = letters_to("nadia@example.org", "ended", one.id)
        assert len(told.attachments) == calendars


def letters_to(address: str, kind: str, ticket: int | str = "%") -> list[Mail]:
    """Those of a kind."""
    asked = select(Mail).where(
        Mail.recipient == address, Mail.entity.like(f"ticket:{ticket}:{kind}")
    )
    return list(db.session.scalars(asked))


def test_letters_by_hand_have_a_limit(full: TicketCategory, visitor, monkeypatch) -> None:
    monkeypatch.setattr(returning, "HANDED", 1)
    found = sold(full)
    browser, (one, other) = visitor(), good(found)
    hand(browser, found, one, "Nadia", "nadia@example.org")
    sent = hand(browser, found, other, "Paul", "paul@example.org")
    assert sent.status == 429
    assert sent.has("Trop de messages")
    assert db.session.get_one(Ticket, other.id).state == "valid"


# ── waiting ───────────────────────────────────────────────────────────────────────────────────


def queue_of(night: Event) -> str:
    return f"/evenements/{night.slug}/attente"


def wait(browser: Visitor, night: Event, one: TicketCategory, **more: str) -> Page:
    """Join the queue."""
    fields = {"billet": str(one.id), "combien": "1", "nom": "Nadia", "email": "n@example.org"}
    path = queue_of(night)
    return browser.post(path, browser.get(path), **(fields | more))


def test_the_queue_over_http(full: TicketCategory, night: Event, visitor, monkeypatch) -> None:
    browser = visitor()
    assert browser.get(queue_of(night)).has("Il n’y a pas d’attente ici")
    found = sold(full, 7)
    first = wait(browser, night, full).location.partition("?")[0]
    second = wait(browser, night, full, email="p@example.org", nom="Paul").location.partition("?")[
        0
    ]
    assert browser.get(first).has("Vous êtes en tête de la file")
    assert browser.get(second).has("1 personne est avant vous")
    giving_back.give_back(found.id, [good(found)[0].id])
    db.session.commit()
    page = browser.get(first)
    assert page.has("Une place est à vous")
    assert page.has("jusqu’au vendredi 27 novembre, 09:00")
    token = first.rpartition("/")[2]
    assert f"/evenements/{night.slug}/billets?offre={token}" in page.html
    assert browser.get(second).has("Vous êtes en tête de la file")
    left = browser.post(f"{first}/depart", page)
    assert browser.get(left.location).has("Vous n’attendez plus")
    assert browser.get(second).has("Une place est à vous")
    set_clock(monkeypatch, instant(10) + DAY)  # nobody tidied
    page = browser.get(second)
    assert page.has("La place gardée est repartie")
    assert "offre=" not in page.html
    queue.tidy(counting.gate(night.id))
    db.session.commit()
    run_jobs(only="ticketing.wait_letter")
    told = select(Mail.recipient).where(Mail.entity.like("ticket_wait:%:expired"))
    assert db.session.scalars(told).all() == ["p@example.org"]
    assert browser.get(second).has("Attendre à nouveau")


def test_a_typed_address_opens_nobodys_place(full: TicketCategory, night: Event, visitor) -> None:
    sold(full, 7)
    place = wait(visitor(), night, full).location
    token = place.partition("?")[0].rpartition("/")[2]
    stranger = wait(visitor(), night, full, nom="Somebody else")
    assert stranger.status == 200
    assert stranger.has("Cette adresse attend déjà ces places")
    assert token not in stranger.html
    again = wait(visitor(), night, full)  # the second click of the first
    assert again.location == place
    run_jobs(only="ticketing.wait_letter")
    rows = db.session.scalars(select(Mail).where(Mail.recipient == "n@example.org")).all()
    assert len(rows) == 2
    assert all(token in row.text for row in rows)


def test_what_is_wrong_in_the_queue_is_said(
    full: TicketCategory, night: Event, visitor, planned
) -> None:
    elsewhere = shelf.describe(planned(publish=True, starts_at=instant(10) + 9 * DAY,
                                       ends_at=instant(12) + 9 * DAY).id,
                               Kind("Ailleurs", "fixed", 100, 0))  # fmt: skip
    members = shelf.describe(night.id, Kind("Membres", "fixed", 900, 0, buyers="members"))
    sold(full, 7)
    browser = visitor()
    for field, value, words in (
        ("email", "nobody", "Cette adresse e-mail est incomplète"),
        ("nom", " ", "Indiquez votre prénom et votre nom"),
        ("combien", "0", "Indiquez un nombre de 1 à 10"),
        ("combien", "-3", "Indiquez un nombre de 1 à 10"),
        ("combien", "99999999999999999999", "Indiquez un nombre de 1 à 10"),
        ("billet", "", "Choisissez pour quel billet"),
        ("billet", str(elsewhere.id), "Choisissez pour quel billet"),
        ("billet", str(members.id), "Réservé aux membres"),
    ):
        monkey = {"nom": "ليلى", field: value}
        sent = wait(browser, night, full, **monkey)
        if sent.status == 429:
            raise AssertionError("limited")
        assert sent.status == 422, (field, value)
        assert sent.has(words), (field, value, sent.words)
        if field != "nom":
            assert 'value="ليلى"' in sent.html
        db.session.execute(text("delete from rate_count"))
        db.session.commit()
    assert db.session.scalars(select(TicketWait)).all() == []


def test_the_queue_has_a_limit(full: TicketCategory, night: Event, visitor) -> None:
    sold(full, 7)
    said = [wait(visitor(), night, full, email=f"n{n}@example.org").status for n in range(7)]
    assert said == [303] * 6 + [429]


def test_whoever_waits_is_told_that_it_is_called_off(
    full: TicketCategory, night: Event, visitor
) -> None:
    found = sold(full, 7)
    browser = visitor()
    first = wait(browser, night, full).location
    second = wait(browser, night, full, email="p@example.org").location
    giving_back.give_back(found.id, [good(found)[0].id])  # offered to the first
    events.cancel(night.id, "Panne de chauffage")
    db.session.commit()
    run_jobs(only="ticketing.wait_letter")
    told = db.session.execute(
        select(Mail.recipient, Mail.text).where(Mail.entity.like("ticket_wait:%:called_off"))
    ).all()
    assert sorted(row.recipient for row in told) == ["n@example.org", "p@example.org"]
    assert all("Panne de chauffage" in row.text for row in told)
    for place in (first, second):
        assert browser.get(place).has("Cet événement est annulé")


def test_an_offer_that_is_partly_used_frees_the_rest_at_once(
    full: TicketCategory, night: Event
) -> None:
    found = sold(full, 7)
    pair = queue.join(night.id, full.id, 2, ("n@example.org", "Nadia"), "fr")
    single = queue.join(night.id, full.id, 1, ("p@example.org", "Paul"), "fr")
    giving_back.give_back(found.id, [one.id for one in good(found)[:2]])
    assert (pair.state, single.state) == ("offered", "waiting")
    order(full, 1, offer=pair.token)
    assert (pair.state, single.state) == ("taken", "offered")
    whole()


def test_a_place_in_the_queue_is_nobody_elses(full: TicketCategory, night: Event, visitor) -> None:
    found = sold(full, 7)
    place = wait(visitor(), night, full).location.partition("?")[0]
    assert visitor("b.localhost").get(place).status == 404
    assert visitor().get(place[:-1]).status == 404
    assert visitor().get(f"/billets/attente/{found.token}").status == 404
    assert visitor("b.localhost").get(queue_of(night)).status == 404
    assert visitor().get("/evenements/nulle-part/attente").status == 404


def test_a_members_ticket_stays_with_members(night: Event, visitor, world: World) -> None:
    kind = shelf.describe(night.id, Kind("Membre", "fixed", 800, 9, buyers="members"))
    carla = members.known("carla@example.org")
    assert carla is not None
    carla.standing = "member"
    found = sold(kind, 1, email="carla@example.org", known=carla)
    one = good(found)[0]
    browser, path = visitor(), at(found, f"/cession/{one.id}")
    page = browser.post(path, browser.get(path), nom="Nadia", email="nadia@example.org")
    assert page.status == 422
    assert page.has("au tarif des membres, et cette adresse n’est pas celle d’un membre")
    assert 'value="nadia@example.org"' in page.html  # nothing that was typed is lost
    page = browser.post(path, page, nom="Nadia", email="nadia@example.org", sur="1")
    assert page.status == 422
    assert [t.state for t in read.tickets(found.id)] == ["valid"]
    members.person_by_email("zoe@example.org", "Zoé").standing = "member"
    db.session.commit()
    page = browser.post(path, page, nom="Zoé", email="zoe@example.org", sur="1")
    assert page.status == 303
    assert [t.state for t in read.tickets(found.id)] == ["transferred", "valid"]


# ── the account, the invoice ──────────────────────────────────────────────────────────────────


def test_my_tickets(full: TicketCategory, night: Event, visitor, monkeypatch) -> None:
    carla = visitor()
    carla.sign_in("carla")
    assert carla.get("/moi/billets").has("Aucun billet pour l’instant")
    mine = sold(full, email="carla@example.org")
    theirs = sold(full, 1, email="other@example.org")
    given = giving_back.transfer(good(theirs)[0].id, "Carla", "Carla@example.org")
    other = sold(full, 4, email="third@example.org")
    queue.join(night.id, full.id, 1, ("carla@example.org", "Carla"), "fr")
    db.session.commit()
    page = carla.get("/moi/billets")
    assert at(mine) in page.html
    assert of(given) in page.html
    assert page.has("2 billets")
    assert page.has("En attente d’une place")
    assert other.token not in page.html
    assert theirs.token not in page.html
    assert "/moi/billets" in carla.get("/moi").html
    set_clock(monkeypatch, instant(9) + 8 * DAY)
    page = carla.get("/moi/billets")
    assert page.has("Passés et annulés")
    assert at(mine) in page.html
    assert visitor().get("/moi/billets").status == 302


def test_an_invoice_on_request(full: TicketCategory, visitor, world: World) -> None:
    office.complete(world.a.id)
    found = sold(full)
    browser = visitor()
    assert at(found, "/facture") in browser.get(at(found)).html
    form = browser.get(at(found, "/facture"))
    assert form.has("À qui faire la facture de 24 € TTC ?")
    for _click in range(2):
        sent = browser.post(at(found, "/facture"), form, name="Maya Roux", city="Grenoble")
        assert sent.location == at(found, "/facture")
    run_jobs(only="invoicing.issue")
    ready = browser.get(at(found, "/facture"))
    assert ready.has("est prête")
    paper = browser.get(at(found, "/facture.pdf")).answer
    assert paper.mimetype == "application/pdf"
    documents = db.session.scalars(select(Document)).all()
    assert [one.gross_cents for one in documents] == [2400]
    unpaid = order(full, 1, way="desk")
    db.session.commit()
    assert browser.get(at(unpaid, "/facture")).has("n’a pas de facture à demander ici")
    assert visitor("b.localhost").get(at(found, "/facture")).status == 404


def test_holders_are_reminded_of_their_own_tickets(
    full: TicketCategory, night: Event, visitor, monkeypatch
) -> None:
    found, gone = sold(full), sold(full, 1, email="gone@example.org")
    given = giving_back.transfer(good(found)[0].id, "Nadia", "nadia@example.org")
    giving_back.give_back(gone.id, [good(gone)[0].id])
    order(full, 1, email="unpaid@example.org")
    db.session.commit()
    set_clock(monkeypatch, instant(17) + 7 * DAY)
    reminders.letters()
    told = {
        one.recipient: one.text
        for one in db.session.scalars(select(Mail).where(Mail.template == "events/mail_reminder"))
    }
    assert set(told) == {"maya@example.org", "nadia@example.org"}
    assert at(found) in told["maya@example.org"]
    assert of(given) in told["nadia@example.org"]


def test_called_off_though_its_job_still_waits(full: TicketCategory, night: Event, visitor) -> None:
    found = sold(full)
    events.cancel(night.id, "Panne de chauffage")
    db.session.commit()
    page = visitor().get(at(found))
    assert page.has("Panne de chauffage")
    assert not page.has("Valable")
    assert "/annulation" not in page.html
    assert visitor().get(at(found, "/annulation")).location == at(found)
    run_jobs(only="ticketing.call_off")
    assert refunds() == [2400]
    assert visitor().get(at(found)).has("24 € rendus")


def test_a_guest_asks_to_be_forgotten_from_an_order(
    full: TicketCategory, visitor, monkeypatch
) -> None:
    found = sold(full, email="guest@example.org")
    browser = visitor()
    path = at(found, "/mes-donnees")
    assert browser.get(path).has("Billets à venir")  # first they end
    set_clock(monkeypatch, instant(9) + 9 * DAY)
    form = browser.get(path)
    sent = browser.post(path, form)
    assert browser.get(sent.location).has("Le lien part à guest@example.org")
    assert [browser.post(path, form).status for _ in range(3)] == [303, 303, 429]
    assert visitor("b.localhost").get(path).status == 404
