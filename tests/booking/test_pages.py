"""A visitor books: the pages they see, and what each of them promises."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable
from html import unescape

import pytest
import time_machine
from sqlalchemy import event, func, select

from app.booking import read, terms, views
from app.booking.models import Booking
from app.core import clock
from app.core.db import db
from app.core.mail import Mail
from app.rates.models import DemandEvent, Quote
from app.spaces import build
from app.spaces.models import Site
from app.tenants.models import Tenant
from tests.at_desk import Colleague
from tests.world import World, tomorrow

GUEST = {"email": "maya.roux@exemple.fr", "nom": "Maya Roux", "cgv": "1"}


def slot(hour: int = 10, days: int = 3) -> str:
    """The query of a start on a coming day."""
    start = tomorrow(hour, days=days)
    return f"quoi=salle&personnes=4&duree=120&jour={start:%Y-%m-%d}&heure={hour:02d}:00"


def test_the_front_door_leads_to_the_next_free_hour(world: World, visitor: Callable) -> None:
    page = visitor().get("/")
    assert page.status == 200
    assert "/reserver?quoi=salle" in page.html
    assert page.has("Libre")


def test_the_grid_says_a_price_and_why(world: World, visitor: Callable) -> None:
    page = visitor().get(f"/reserver?{slot()}")
    assert page.status == 200
    assert page.has("Pourquoi ce prix")
    assert page.has("Salle Curie")
    assert page.has("Réserver pour")
    assert page.has("dont TVA 20 %")


def test_a_guest_pays_at_the_desk(world: World, visitor: Callable) -> None:
    guest = visitor()
    page = guest.hold(slot())
    assert page.has("Payer")
    token = page.html.split("/commande/")[1].split("/")[0]
    sent = guest.post(f"/commande/{token}/paiement", page, moyen="desk", **GUEST)
    assert sent.status == 303, sent.words[:500]
    ticket = guest.get(sent.location)
    assert ticket.has("C’est réservé")
    assert ticket.has("maya.roux@exemple.fr")
    for part in ("qr.svg", "qr.png", "agenda.ics", "recu.pdf", "billet.pdf"):
        assert guest.get(f"/b/{token}/{part}").status == 200, part


def test_the_plain_pages_answer(world: World, visitor: Callable) -> None:
    guest = visitor()
    for path in ("/tarifs", "/mentions", "/accessibilite", "/espaces/salle-curie", "/hors-ligne"):
        assert guest.get(path).status == 200, path
    assert guest.get("/espaces/nulle-part").status == 404
    assert guest.get("/manifest.webmanifest").has("Le Moulin Neuf")
    assert guest.get("/icone-192.png").answer.mimetype == "image/png"
    assert guest.get("/sw.js").answer.mimetype == "text/javascript"


def paid(guest, page, **fields: str):
    """Send the form of the page that pays, with the words that it showed."""
    fields["conditions"] = page.html.split('name="conditions" value="')[1].split('"')[0]
    token = page.html.split('action="/commande/')[1].split("/")[0]
    return token, guest.post(f"/commande/{token}/paiement", page, **{**GUEST, **fields})


def booked(guest, query: str = "") -> str:
    """A confirmed booking, to be paid on the spot."""
    token, sent = paid(guest, guest.hold(query or slot()), moyen="desk")
    assert sent.status == 303, sent.words[:400]
    return token


def test_the_number_of_queries_does_not_grow_with_the_venue(
    world: World, visitor: Callable
) -> None:
    guest = visitor()

    def queries() -> int:
        asked: list[str] = []
        hear = lambda *call: asked.append(call[2])  # noqa: E731  # removed below, so it is named
        event.listen(db.engine, "before_cursor_execute", hear)
        try:
            assert guest.get(f"/reserver?{slot()}").status == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", hear)
        return len(asked)

    queries()
    before = queries()
    site = db.session.scalars(select(Site).where(Site.id == world.a.site)).one()
    for n in range(20):
        build.space(site, f"Salle {n}", "meeting_room", capacity=6, base_cents=1800)
    db.session.commit()
    assert 5 < queries() == before < 30


def test_every_chosen_cell_is_quoted_and_noted_without_a_person(
    world: World, visitor: Callable
) -> None:
    guest = visitor()
    guest.get(f"/reserver?{slot()}")
    guest.get(f"/reserver?{slot(11)}")
    events = db.session.scalars(select(DemandEvent).order_by(DemandEvent.id)).all()
    assert [(e.outcome, e.start_minute) for e in events] == [("shown", 600), ("shown", 660)]
    assert events[0].session == events[1].session
    assert db.session.scalar(select(func.count()).select_from(Quote)) == 2
    visitor().get(f"/reserver?{slot()}")
    other = db.session.scalars(select(DemandEvent).order_by(DemandEvent.id.desc())).first()
    assert other.session != events[0].session


def test_a_full_cell_offers_the_nearest_and_is_remembered(world: World, visitor: Callable) -> None:
    guest = visitor()
    guest.hold(slot())
    page = guest.get(f"/reserver?{slot()}&espace=salle-curie")
    assert page.has("Ce créneau est complet.")
    assert page.has("Les plus proches")
    outcomes = db.session.scalars(select(DemandEvent.outcome)).all()
    assert "unavailable" in outcomes


def test_the_same_address_shows_the_same_choice(world: World, visitor: Callable) -> None:
    page = visitor().get(f"/reserver?{slot(14)}")
    assert 'value="120" selected' in page.html
    assert "T14:00" in page.html.split(" checked")[0].rsplit("<input", 1)[1]


@pytest.mark.parametrize(
    "query",
    [
        "quoi=chateau&personnes=-3&duree=abc&debut=hier",
        "creneau=2026-13-45T99:99&personnes=99999999999",
        "espace=nulle-part&jour=2026-11-26",
        "debut=9999-12-31",
        "duree=0&personnes=0",
    ],
)
def test_a_senseless_address_is_a_plain_search(world: World, visitor: Callable, query: str) -> None:
    assert visitor().get(f"/reserver?{query}").status == 200


def test_htmx_gets_only_what_changes(world: World, visitor: Callable) -> None:
    headers = {"HX-Request": "true", "HX-Target": "choix"}
    page = visitor().get(f"/reserver?{slot()}", **headers)
    assert page.html.lstrip().startswith("<aside")
    assert 'hx-swap-oob="true"' in page.html
    assert "<html" not in page.html


def test_a_double_click_holds_one_room(world: World, visitor: Callable) -> None:
    guest = visitor()
    page = guest.get(f"/reserver?{slot()}")
    sent = [guest.post("/commande", page, devis=page.hidden("devis")) for _ in range(2)]
    assert sent[0].location == sent[1].location


def test_the_loser_of_a_race_is_offered_other_hours(world: World, visitor: Callable) -> None:
    first, second = visitor(), visitor()
    pages = [who.get(f"/reserver?{slot()}") for who in (first, second)]
    assert first.post("/commande", pages[0], devis=pages[0].hidden("devis")).status == 303
    lost = second.post("/commande", pages[1], devis=pages[1].hidden("devis"))
    assert lost.status == 409
    assert lost.has("Les plus proches")
    assert lost.has("Rien n’a été débité")


def test_one_address_cannot_hold_a_whole_venue(
    world: World, visitor: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_HOLDS", 2)
    guest = visitor()
    guest.hold(slot(9))
    guest.hold(slot(12))
    page = guest.get(f"/reserver?{slot(15)}")
    assert guest.post("/commande", page, devis=page.hidden("devis")).status == 429


def test_an_expired_price_is_shown_beside_the_new_one(world: World, visitor: Callable) -> None:
    guest = visitor()
    page = guest.get(f"/reserver?{slot()}")
    with time_machine.travel(clock.now() + dt.timedelta(minutes=16), tick=False):
        asked = guest.post("/commande", page, devis=page.hidden("devis"))
        assert asked.status == 409
        assert asked.has("Prix d’avant")
        assert asked.has("Prix de maintenant")
        sent = guest.post("/commande", asked, devis=asked.hidden("devis"))
        assert sent.status == 303


def test_a_price_nobody_said_is_refused(world: World, visitor: Callable) -> None:
    guest = visitor()
    page = guest.get(f"/reserver?{slot()}")
    assert guest.post("/commande", page, devis="invente").status == 410


def test_what_was_typed_is_kept_and_each_fault_is_named(world: World, visitor: Callable) -> None:
    guest = visitor()
    page = guest.hold(slot())
    _token, sent = paid(
        guest, page, moyen="desk", email="pas une adresse", cgv="", organisation="1", siren="123"
    )
    assert sent.status == 422
    assert 'value="pas une adresse"' in sent.html
    assert sent.has("Acceptez les conditions de vente")
    assert sent.has("SIREN ou SIRET ne tombe pas juste")
    assert sent.has("Indiquez le nom de l’organisation.")


def test_an_organisation_is_kept_with_its_checked_number(world: World, visitor: Callable) -> None:
    guest = visitor()
    token, sent = paid(
        guest,
        guest.hold(slot()),
        moyen="desk",
        organisation="1",
        raison="Atelier Roux",
        siren="732 829 320",
        bon="BC-2611",
    )
    assert sent.status == 303
    booking = read.by_token(token)
    assert booking.organisation == {"name": "Atelier Roux", "siren": "732829320"}
    assert booking.order_number == "BC-2611"
    assert booking.terms_at is not None


def test_the_desk_is_refused_where_the_venue_takes_no_money(
    world: World, visitor: Callable
) -> None:
    tenant = db.session.scalars(select(Tenant).where(Tenant.id == world.a.id)).one()
    tenant.desk_payment = False
    db.session.commit()
    guest = visitor()
    _token, sent = paid(guest, guest.hold(slot()), moyen="desk")
    assert sent.status == 422
    assert sent.has("Choisissez un moyen de paiement")


def test_a_guest_cannot_pay_on_account(world: World, visitor: Callable) -> None:
    guest = visitor()
    _token, sent = paid(guest, guest.hold(slot()), moyen="on_account")
    assert sent.status == 422


def test_giving_up_frees_the_room_at_once(world: World, visitor: Callable) -> None:
    guest = visitor()
    page = guest.hold(slot())
    token = page.html.split('action="/commande/')[1].split("/")[0]
    assert guest.post(f"/commande/{token}/abandon", page).status == 303
    assert visitor().hold(f"{slot()}&espace=salle-curie").status == 200
    assert "left" in db.session.scalars(select(DemandEvent.outcome)).all()


def test_after_the_hold_the_page_asks_again(world: World, visitor: Callable) -> None:
    guest = visitor()
    page = guest.hold(slot())
    token = page.html.split('action="/commande/')[1].split("/")[0]
    with time_machine.travel(clock.now() + dt.timedelta(minutes=16), tick=False):
        late = guest.get(f"/commande/{token}")
        assert late.status == 409
        assert late.has("Le temps est écoulé")


def test_cancelling_says_the_amount_before_the_last_click(world: World, visitor: Callable) -> None:
    guest = visitor()
    token = booked(guest)
    page = guest.get(f"/b/{token}/annulation")
    assert page.has("Vous est rendu")
    sent = guest.post(f"/b/{token}/annulation", page, promis=page.hidden("promis"))
    assert sent.status == 303
    assert guest.get(f"/b/{token}").has("Réservation annulée")
    ics = guest.get(f"/b/{token}/agenda.ics").html
    assert "METHOD:CANCEL" in ics
    assert "SEQUENCE:1" in ics


def test_a_refund_that_shrank_meanwhile_is_asked_again(world: World, visitor: Callable) -> None:
    guest = visitor()
    token = booked(guest)
    page = guest.get(f"/b/{token}/annulation")
    with time_machine.travel(tomorrow(9, days=3), tick=False):
        sent = guest.post(f"/b/{token}/annulation", page, promis=page.hidden("promis"))
    assert sent.status == 422
    assert sent.has("vient de changer")
    assert read.by_token(token).state == "confirmed"


def test_moving_by_an_hour_may_overlap_oneself(world: World, visitor: Callable) -> None:
    guest = visitor()
    token = booked(guest)
    start = tomorrow(11, days=3)
    page = guest.get(f"/b/{token}/deplacement?jour={start:%Y-%m-%d}&heure=11:00")
    assert page.has("Prix à la nouvelle heure")
    sent = guest.post(
        f"/b/{token}/deplacement",
        page,
        devis=page.hidden("devis"),
        promis=page.hidden("promis"),
    )
    assert sent.status == 303, sent.words[:300]
    assert read.by_token(token).starts_at == start


def test_a_secret_link_of_another_venue_is_not_there(world: World, visitor: Callable) -> None:
    token = booked(visitor())
    for path in ("", "/qr.svg", "/agenda.ics", "/recu.pdf", "/annulation", "/deplacement"):
        assert visitor("b.localhost").get(f"/b/{token}{path}").status == 404, path
    assert visitor("b.localhost").get(f"/commande/{token}").status == 404


def test_a_member_finds_their_booking_and_books_it_again(world: World, visitor: Callable) -> None:
    carla = visitor()
    carla.sign_in("carla")
    page = carla.hold(slot())
    assert page.has("Carla Roux")
    token, sent = paid(carla, page, moyen="desk", email="", nom="")
    assert sent.status == 303, sent.words[:400]
    mine = carla.get("/moi")
    assert mine.has("Salle Curie")
    assert f"/b/{token}/qr.svg" in mine.html
    assert mine.has("Reste à régler")
    again = re.search(r'href="(/reserver\?[^"]+)"[^>]*><span><b>Salle Curie', mine.html)
    assert again, mine.html
    next_week = carla.get(unescape(again[1]))
    assert next_week.has("Réserver pour")
    assert read.by_token(token).person_id == world.carla_person


def venue() -> Tenant:
    """The venue whose pages are read."""
    return db.session.scalars(select(Tenant)).one()


BOX = re.compile('name="cgv" value="1"(?! checked)')


def test_the_terms_are_ticked_until_these_very_words_were_accepted(world, visitor) -> None:
    carla = visitor()
    carla.sign_in("carla")
    first = carla.hold(slot())
    assert BOX.search(first.html)
    assert paid(carla, first, moyen="desk", cgv="")[1].status == 422
    assert paid(carla, first, moyen="desk", cgv="1")[1].status == 303
    again = carla.hold(slot(14))
    assert not BOX.search(again.html)
    assert again.has("comme la dernière fois")
    token, sent = paid(carla, again, moyen="desk", cgv="")
    assert sent.status == 303
    assert read.by_token(token).terms_mark == terms.mark_of(venue())


def test_words_that_changed_are_accepted_anew(world, visitor) -> None:
    carla, guest = visitor(), visitor()
    carla.sign_in("carla")
    paid(carla, carla.hold(slot()), moyen="desk", cgv="1")
    seen, theirs = carla.hold(slot(14)), guest.hold(slot(16))
    venue().copy = {**venue().copy, "terms": {"fr": "Tout est à vos risques."}}
    db.session.commit()
    for person, page, cgv in ((carla, seen, ""), (guest, theirs, "1")):
        refused = paid(person, page, moyen="desk", cgv=cgv)[1]
        assert refused.status == 422
        assert BOX.search(refused.html)
    assert refused.has("viennent de changer")


def test_a_guest_is_asked_each_time(world: World, visitor: Callable) -> None:
    guest = visitor()
    paid(guest, guest.hold(slot()), moyen="desk", cgv="1")
    assert BOX.search(guest.hold(slot(14)).html)


def test_my_pages_are_for_people_who_signed_in(world: World, visitor: Callable) -> None:
    for path in ("/moi", "/moi/reservations", "/moi/recus", "/moi/reglages"):
        assert visitor().get(path).status == 302, path
    carla = visitor()
    carla.sign_in("carla")
    for path in ("/moi", "/moi/reservations", "/moi/recus", "/moi/reglages"):
        assert carla.get(path).status == 200, path


def test_a_coworker_takes_away_their_data_and_nobody_elses(world, client, visitor) -> None:
    carla, maya = visitor(), visitor()
    carla.sign_in("carla")
    paid(carla, carla.hold(slot()), moyen="desk", cgv="1")
    paid(maya, maya.hold(slot(14)), moyen="desk")
    for name in ("carla", "maya"):
        letter = {"template": name, "entity": name, "sender_name": "", "text": "", "html": ""}
        owner = {"tenant_id": world.a.id, "network_id": world.network_id}
        to = {"recipient": f"{name}@example.org", "subject": f"for {name}"}
        db.session.add(Mail(**owner, **letter, **to))
    db.session.commit()
    browser = Colleague(client(world.a.host), "carla")
    answer = browser.get("/moi/reglages/donnees.zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    whole = json.loads(archive.read("donnees.json"))
    assert whole["account"]["email"] == whole["person"]["email"] == "carla@example.org"
    assert [b["space"] for b in whole["bookings"]] == ["Salle Curie"]
    assert whole["bookings"][0]["terms_at"]
    assert whole["bookings"][0]["code"] in archive.read("reservations.csv").decode()
    assert [m["subject"] for m in whole["messages"]] == ["for carla"]
    text = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert "maya" not in text
    secrets = db.session.execute(select(Booking.token)).scalars()
    assert not any(secret in text for secret in secrets)
    assert client(world.a.host).get("/moi/reglages/donnees.zip").status_code == 302


def test_a_calendar_feed_ends_when_its_address_changes(world: World, visitor: Callable) -> None:
    carla = visitor()
    carla.sign_in("carla")
    booked_page = carla.hold(slot())
    paid(carla, booked_page, moyen="desk")

    def address() -> str:
        carla.post("/moi/reglages/agenda", carla.get("/moi/reglages"))
        found = re.search(r"(/agenda/[^\"]+\.ics)", carla.get("/moi/reglages").html)
        assert found
        return found[1]

    first = address()
    assert "Salle Curie" in visitor().get(first).html
    second = address()
    assert visitor().get(first).status == 404
    assert visitor().get(second).status == 200
    assert visitor("b.localhost").get(second).status == 404


def test_the_pages_speak_english(world: World, visitor: Callable) -> None:
    guest = visitor()
    page = guest.get(f"/reserver?{slot()}&lang=en")
    assert page.has("Why this price?")
    assert page.has("Book for")


def test_a_simulated_venue_says_so_and_a_real_one_does_not(world: World, visitor: Callable) -> None:
    words = "son historique est simulé"
    guest, alice = visitor(), visitor()
    alice.sign_in("alice")
    assert not guest.get("/").has(words)
    tenant = db.session.get_one(Tenant, world.a.id)
    tenant.simulated = True
    db.session.commit()
    assert guest.get("/").has(words)
    assert alice.get("/gestion").has(words)
