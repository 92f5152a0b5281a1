"""An event is written on one page: what was typed stays, what is in the way is named, and a click
takes what is free instead."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from app.booking import confirm, hold
from app.core.db import db
from app.core.files import StoredFile
from app.core.slots import Interval
from app.events import read, rules
from app.events.models import Event, EventSeries
from app.incidents.models import Incident, Outage
from app.occupancy.models import Occupancy
from app.rates import rules as rates
from app.spaces.models import Site
from tests.at_desk import Colleague
from tests.events.conftest import DAY, instant
from tests.world import World, space

HERE = "/gestion/evenements"
NEXT = "2026-12-03"
Plan = Callable[..., Event]


@pytest.fixture
def alice(world: World, client: Callable[[str], FlaskClient], morning: None) -> Colleague:
    return Colleague(client(world.a.host), "alice")


def form(world: World, **more: object) -> dict[str, object]:
    given: dict[str, object] = {
        "titre": "La nuit des ateliers 🎉", "jour": NEXT, "debut": "18:30", "fin": "22:00",
        "places": "60", "public": "public", "montage": "120", "rangement": "60",
        "espaces": [str(world.a.hall)], "rappel": "24",
    }  # fmt: skip
    return given | more


def last() -> Event:
    db.session.expire_all()
    return db.session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()


def test_publishes_what_was_written_with_its_picture(world: World, alice: Colleague) -> None:
    assert "Aucun événement à venir" in alice.read(HERE)
    picture = io.BytesIO()
    Image.new("RGB", (600, 300), "#884422").save(picture, "PNG")
    picture.seek(0)
    answer = alice.post(f"{HERE}/nouveau", **form(world, photo=(picture, "../nuit.png")))
    assert answer.status_code == 303, answer.text[:3000]
    one = last()
    page = alice.read(f"{HERE}/{one.id}")
    assert "La nuit des ateliers 🎉" in page
    assert "Personne ne le voit encore" in page
    assert alice.post(f"{HERE}/{one.id}/publication").status_code == 303
    found = alice.client.get(f"/agenda/{one.slug}")
    assert found.status_code == 200
    shown = alice.client.get(f"/agenda/{one.slug}/image")
    assert shown.mimetype == "image/jpeg"
    listed = alice.read(f"{HERE}?q=nuit&etat=published&espace={world.a.hall}")
    assert one.title_fr in listed
    assert one.title_fr not in alice.read(f"{HERE}?q=autre")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"jour": "2020-01-01"}, "Cette date est passée"),
        ({"jour": "hier"}, "Indiquez un jour"),
        ({"jour": "0001-01-01"}, "Indiquez un jour"),
        ({"jour": "9999-12-31", "repeter": "weekly", "fois": "5"}, "Indiquez un jour"),
        ({"jour": "2199-12-31"}, "avance au plus"),
        ({"autre": "9999-12-31T23:00+00:00/9999-12-31T23:59+00:00|1", "places": "0"}, "nombre"),
        ({"titre": "\u200b"}, "Donnez un titre"),
        ({"jour": "2027-03-28", "debut": "02:30"}, "02:30 n’existe pas"),
        ({"fin": "18:00"}, "pour finir après minuit"),
        ({"places": "-3"}, "Indiquez un nombre de 1"),
        ({"places": "12,5"}, "Indiquez un nombre de 1"),
        ({"montage": "-15"}, "Indiquez un nombre de 0"),
        ({"espaces": []}, "Choisissez au moins un espace"),
        ({"public": "companies"}, ""),
        ({"contact": "pas une adresse"}, "adresse e-mail"),
        ({"repeter": "weekly"}, "jusqu’à quand"),
        ({"repeter": "weekly", "fois": "0"}, "Indiquez un nombre de 1"),
    ],
)
def test_a_refusal_keeps_what_was_typed(
    world: World, alice: Colleague, more: dict[str, object], words: str
) -> None:
    typed = form(world, **more, **{"texte-fr": "שלום <b>gras</b>"})
    answer = alice.post(f"{HERE}/nouveau", **typed)
    page = html.unescape(answer.text)
    if not words:  # a draft may name its companies later, publishing may not
        assert answer.status_code == 303
        refused = alice.post(f"{HERE}/{last().id}/publication")
        assert refused.status_code == 422
        assert "entreprises invitées" in refused.text
        return
    assert answer.status_code == 422, page[:500]
    assert words in page
    assert str(typed["titre"]) in page
    assert "שלום <b>gras</b>" in page
    assert "<b>gras</b>" not in answer.text
    assert db.session.scalar(select(Event.id)) is None


def test_a_picture_too_heavy_loses_nothing(world: World, alice: Colleague) -> None:
    heavy = (io.BytesIO(b"\xff\xd8\xff" + b"0" * (10 * 1024 * 1024 + 1)), "lourde.jpg")
    answer = alice.post(f"{HERE}/nouveau", **form(world, photo=heavy))
    assert answer.status_code == 422
    assert "dépasse 10" in html.unescape(answer.text)
    assert "La nuit des ateliers" in answer.text
    fake = (io.BytesIO(b"<svg onload=alert(1)>"), "image.jpg")
    assert alice.post(f"{HERE}/nouveau", **form(world, photo=fake)).status_code == 422


def test_a_good_picture_survives_another_refusal(world: World, alice: Colleague) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (60, 30), "red").save(picture, "PNG")
    picture.seek(0)
    answer = alice.post(f"{HERE}/nouveau", **form(world, places="0", photo=(picture, "a.png")))
    ticket = re.search(r'name="image" value="([^"]+)"', answer.text)
    assert ticket
    again = alice.post(f"{HERE}/nouveau", **form(world, image=html.unescape(ticket[1])))
    assert again.status_code == 303
    kept = last().picture_id
    assert kept is not None
    fields = form(world, **{"sans-photo": "1"})
    assert alice.post(f"{HERE}/{last().id}/modifier", **fields).status_code == 303
    assert last().picture_id is None
    assert db.session.scalar(select(StoredFile.id).where(StoredFile.id == kept)) is None


def test_what_is_in_the_way_is_named_and_a_click_takes_what_is_free(
    world: World, alice: Colleague, planned: Plan
) -> None:
    planned(title_fr="Répétition")
    answer = alice.post(f"{HERE}/nouveau", **form(world, places="6"))
    page = html.unescape(answer.text)
    assert answer.status_code == 409
    assert "Répétition" in page
    offers = re.findall(r'name="autre" value="([^"]+)"', page)
    assert any(offer.endswith(f"|{world.a.room}") for offer in offers), "another room"
    other = next(o for o in offers if o.endswith(f"|{world.a.hall}") and NEXT not in o)
    taken = alice.post(f"{HERE}/nouveau", **form(world, places="6", autre=other))
    assert taken.status_code == 303
    assert last().starts_at.isoformat()[:10] in other


def test_moving_on_the_form_moves_the_space(world: World, alice: Colleague, planned: Plan) -> None:
    one = planned(publish=True)
    db.session.commit()
    fields = form(world, titre=one.title_fr, jour="2026-12-04", espaces=[str(world.a.room)])
    assert alice.post(f"{HERE}/{one.id}/modifier", **fields).status_code == 303
    db.session.expire_all()
    rows = db.session.scalars(select(Occupancy).where(Occupancy.source == "event")).all()
    assert {row.space_id for row in rows} == {world.a.room}
    assert "Prévu d’abord le" in alice.read(f"{HERE}/{one.id}")
    assert "La date a changé" in alice.read(f"/agenda/{one.slug}")


def test_a_series_shows_each_conflict_before_anything_is_written(
    world: World, alice: Colleague, planned: Plan
) -> None:
    planned(title_fr="Répétition", starts_at=instant(18) + 14 * DAY, ends_at=instant(22) + 14 * DAY)
    db.session.commit()
    fields = form(world, repeter="weekly", fois="3")
    page = alice.post(f"{HERE}/nouveau", **fields)
    assert page.status_code == 200
    assert "Répétition" in page.text
    assert db.session.scalar(select(EventSeries.id)) is None
    chosen = re.findall(r'name="date" value="([^"]+)" checked', page.text)
    assert chosen == ["2026-12-03", "2026-12-17"]
    bad = alice.post(f"{HERE}/nouveau", **fields, vu="1", date=["2026-12-10", "2026-12-17"])
    assert bad.status_code == 409
    assert db.session.scalar(select(EventSeries.id)) is None
    answer = alice.post(f"{HERE}/nouveau", **fields, vu="1", date=chosen)
    assert answer.status_code == 303
    one = last()
    assert [e.starts_at.date().isoformat() for e in (*read.siblings(one), one)] == chosen
    alice.post(f"{HERE}/{one.id}/publication", partout="1")
    db.session.expire_all()
    assert {e.state for e in (*read.siblings(one), one)} == {"published"}


def test_a_series_refuses_the_hour_that_the_clock_jumps_over(
    world: World, alice: Colleague
) -> None:
    fields = form(world, jour="2027-03-21", debut="02:30", fin="04:00", montage="0",
                  repeter="weekly", fois="3")  # fmt: skip
    page = html.unescape(alice.post(f"{HERE}/nouveau", **fields).text)
    assert "02:30 n’existe pas" in page
    dates = ["2027-03-21", "2027-03-28"]
    assert alice.post(f"{HERE}/nouveau", **fields, vu="1", date=dates).status_code == 422


def test_cancelling_and_copying(world: World, alice: Colleague, planned: Plan) -> None:
    one = planned(publish=True)
    db.session.commit()
    assert "Ses espaces sont libres aussitôt" in alice.read(f"{HERE}/{one.id}/annulation")
    assert alice.post(f"{HERE}/{one.id}/annulation", raison="Panne").status_code == 303
    assert "Panne" in alice.read(f"/agenda/{one.slug}")
    copy = alice.read(f"{HERE}/nouveau?copie={one.id}")
    assert 'value="2026-12-10"' in copy
    assert "La nuit des ateliers" in copy
    for model in ("afterwork", "workshop", "open_day"):
        assert 'name="titre" value=""' not in alice.read(f"{HERE}/nouveau?modele={model}")


def test_the_desk_reads_the_name_of_its_own_language(
    world: World, alice: Colleague, planned: Plan
) -> None:
    one = planned(title_fr="La nuit des ateliers", title_en="The night of the workshops")
    db.session.commit()
    for page in (HERE, f"{HERE}/{one.id}", f"{HERE}/{one.id}/annulation"):
        assert "The night of the workshops" in alice.read(f"{page}?lang=en")
        assert "La nuit des ateliers" in alice.read(f"{page}?lang=fr")


def test_the_desk_sees_it_on_the_day_the_week_and_the_sheet(
    world: World, alice: Colleague, planned: Plan
) -> None:
    one = planned(title_fr="La grande soirée")
    db.session.commit()
    day = alice.read(f"/gestion/jour/{NEXT}")
    assert "La grande soirée" in day
    assert f"{HERE}/{one.id}" in day
    assert "slot--public" in day
    sheet = alice.read(f"/gestion/entretien/jour/{NEXT}")
    for words in ("Monter : La grande soirée", "Ranger : La grande soirée", "16:00", "22:00"):
        assert words in sheet
    assert 'class="public"' in alice.read(f"/gestion/planning?semaine={NEXT}")


def sit(world: World, hour: float) -> None:
    """Somebody has a desk for an hour today."""
    slot = Interval(instant(hour), instant(hour + 1))
    quote = rates.ask(rates.Asked(space(world.a.pool), slot, 1, "staff"))
    confirm.confirm(hold.hold(quote, hold.Terms(origin="desk", way="desk")).id)
    db.session.commit()


def test_who_comes_to_an_event_counts_for_what_the_building_may_hold(
    world: World, alice: Colleague, planned: Plan
) -> None:
    site = db.session.scalars(select(Site)).one()
    site.erp_capacity = 60
    one = planned(starts_at=instant(15), ends_at=instant(17), setup_minutes=60)
    sit(world, 14)  # while it is set up nobody is there yet
    assert "trop de monde" not in alice.read("/gestion")
    sit(world, 16)
    page = alice.read("/gestion")
    assert "trop de monde à 16:00" in page
    assert "61 personnes attendues, 60 admises (ERP)." in page
    rules.cancel(one.id)
    db.session.commit()
    assert "trop de monde" not in alice.read("/gestion")


def test_front_desk_looks_and_does_not_write(
    world: World, client: Callable[[str], FlaskClient], planned: Plan
) -> None:
    one = planned()
    db.session.commit()
    bob = Colleague(client(world.a.host), "bob")
    assert one.title_fr in bob.read(HERE)
    assert bob.get(f"{HERE}/nouveau").status_code == 404
    assert bob.post(f"{HERE}/{one.id}/publication").status_code == 404
    dora = Colleague(client(world.b.host), "dora")
    assert dora.get(f"{HERE}/{one.id}").status_code == 404


def test_a_broken_space_is_told_where_the_event_is_run(
    world: World, alice: Colleague, planned: Plan
) -> None:
    soon = {"starts_at": instant(18) + 3 * DAY, "ends_at": instant(20) + 3 * DAY}
    one = planned(publish=True, space_ids=(world.a.room,), **soon)
    units = db.session.scalars(select(Occupancy.unit_id).where(Occupancy.source == "event")).all()
    incident = Incident(
        code="AB12", site_id=world.a.site, space_id=world.a.room, category="power", usable="no",
        respond_by=instant(12), resolve_by=instant(18), state="reported", description="",
        priority="normal", supplier="", reported_at=instant(9),
    )  # fmt: skip
    db.session.add(incident)
    db.session.flush()
    out = Outage(
        incident_id=incident.id, space_id=world.a.room, unit_ids=[units[0]], displaced_cents=0,
        starts_at=instant(9), ends_at=instant(9) + 30 * DAY, at=instant(9),
    )  # fmt: skip
    db.session.add(out)
    db.session.commit()
    assert "Un espace est en panne" in alice.read(f"{HERE}/{one.id}")
    assert "un espace est en panne" in alice.read("/gestion")
    out.ended_at = instant(9)
    db.session.commit()
    assert "en panne" not in alice.read("/gestion")


def test_the_front_page_says_what_comes(world: World, alice: Colleague, planned: Plan) -> None:
    planned(publish=True, title_fr="Tout le monde")
    planned(title_fr="Pas encore", space_ids=(world.a.room,))
    db.session.commit()
    page = alice.read("/")
    assert "Tout le monde" in page
    assert "Pas encore" not in page
