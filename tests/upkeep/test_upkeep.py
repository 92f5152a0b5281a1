"""Machines, checks with proofs, the slot that costs the least, and the day on a sheet."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.core.errors import Taken
from app.incidents.models import Asset
from app.occupancy.models import Occupancy
from app.rates.group import Displaced
from app.spaces.models import Site
from app.upkeep import rules
from app.upkeep.models import DayTask, DayTick, Plan, Proof, Visit
from tests.at_desk import Colleague, set_clock
from tests.booking.test_desk_day import DAY, book, instant
from tests.core import hostile
from tests.world import World

HERE = "/gestion/entretien"


@pytest.fixture
def alice(
    world: World, client: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> Colleague:
    set_clock(monkeypatch, instant(9))
    return Colleague(client(world.a.host), "alice")


def legal(**more: str) -> dict[str, str]:
    return {"nom": "Extincteurs", "genre": "legal", "jours": "365", "echeance": "2027-03-01",
            "minutes": "60", **more}  # fmt: skip


def planned(world: World, alice: Colleague, **more: str) -> Plan:
    answer = alice.post(HERE, **legal(lieu=f"s{world.a.room}", **more))
    assert answer.status_code == 303, answer.text[:2000]
    return db.session.scalars(select(Plan).order_by(Plan.id.desc()).limit(1)).one()


def test_a_check_is_late_until_it_is_done_with_its_proof(world: World, alice: Colleague) -> None:
    one = planned(world, alice)
    assert "en retard" in alice.read(HERE)
    assert "Extincteurs : échéance passée" in alice.read("/gestion")
    paper = (io.BytesIO(hostile.pdf(b"<</Type /Catalog>>")), "rapport.pdf")
    there = f"{HERE}/{one.id}/visites"
    assert alice.post(there, resultat="ok", cout="120", preuve=paper).status_code == 303
    db.session.expire_all()
    assert rules.plan(one.id).due_on == DAY + dt.timedelta(days=365)
    assert "en retard" not in alice.read(HERE)
    proof = db.session.scalars(select(Proof)).one()
    kept = alice.get(f"{HERE}/preuves/{proof.id}")
    assert kept.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in kept.headers["Content-Security-Policy"]


def test_the_sheet_of_the_team_is_that_of_the_building_s_day(
    alice: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At twenty past midnight in Paris it is still yesterday in UTC."""
    set_clock(monkeypatch, instant(1 / 3))
    assert f"/entretien/jour/{DAY}" in alice.read(HERE)


def test_a_check_that_failed_stays_due(world: World, alice: Colleague) -> None:
    one = planned(world, alice)
    alice.post(f"{HERE}/{one.id}/visites", resultat="failed")
    db.session.expire_all()
    assert rules.plan(one.id).due_on == dt.date(2027, 3, 1)


def test_a_proof_that_acts_is_refused_and_nothing_is_written(
    world: World, alice: Colleague
) -> None:
    one = planned(world, alice)
    bad = (io.BytesIO(hostile.pdf(b"<</OpenAction <</S /JavaScript /JS (x)>>>>")), "r.pdf")
    answer = alice.post(f"{HERE}/{one.id}/visites", resultat="ok", note="Vu", preuve=bad)
    assert answer.status_code == 422
    assert "Vu" in answer.text
    assert db.session.scalars(select(Visit)).all() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("nom", ""), ("nom", "\u200b\u202e"), ("jours", "0"), ("jours", "9" * 5000), ("jours", ""),
     ("echeance", "hier"), ("heures", "5"), ("minutes", "5")],
)  # fmt: skip
def test_a_plan_without_sense_is_told(world: World, alice: Colleague, name, value) -> None:
    answer = alice.post(HERE, **legal(lieu=f"s{world.a.room}") | {name: value})
    assert answer.status_code == 422
    assert db.session.scalars(select(Plan)).all() == []


def machine(world: World, alice: Colleague) -> Asset:
    answer = alice.post(
        f"{HERE}/machines/nouvelle", nom="Découpeuse laser", lieu=f"s{world.a.room}",
        garantie="2028-01-01", valeur="4200",
    )  # fmt: skip
    assert answer.status_code == 303, answer.text[:2000]
    return db.session.scalars(select(Asset)).one()


def test_hours_of_use_make_it_due(world: World, alice: Colleague, monkeypatch) -> None:
    one = machine(world, alice)
    one.created_at = instant(8)
    planned(world, alice, machine=str(one.id), jours="", echeance="", heures="3")
    book(world.a.room, 10, 4)
    assert not rules.all_due()[0].late
    set_clock(monkeypatch, instant(15))
    found = rules.all_due()[0]
    assert (found.hours, found.late) == (-1, True)
    rules.done(found.plan, {"resultat": "ok"}, 0, None)
    assert rules.all_due()[0].hours == 3


def test_its_counter_is_read_and_never_runs_backwards(world: World, alice: Colleague) -> None:
    one = machine(world, alice)
    planned(world, alice, machine=str(one.id), jours="", echeance="", heures="100")
    there = f"{HERE}/machines/{one.id}/compteur"
    assert alice.post(there, compteur="1200").status_code == 303
    db.session.expire_all()
    assert rules.all_due()[0].hours == 100  # the first one tells where the counter stood
    assert alice.post(there, compteur="1310").status_code == 303
    db.session.expire_all()
    assert rules.all_due()[0].late
    for typed in ("1309", "", "x", "-1"):
        assert alice.post(there, compteur=typed).status_code == 422, typed


def test_too_many_at_once_are_told(world: World, alice: Colleague) -> None:
    site = db.session.scalars(select(Site)).one()
    book(world.a.room, 14, people=4)
    book(world.a.hall, 15, people=60)
    site.erp_capacity = 60
    db.session.commit()
    assert "trop de monde" not in alice.read("/gestion")  # they follow one another
    book(world.a.pool, 15, people=1)
    db.session.commit()
    page = alice.read("/gestion")
    assert "trop de monde à 15:00" in page
    assert "61 personnes attendues, 60 admises (ERP)." in page


def test_a_machine_shows_what_became_of_it(world: World, alice: Colleague) -> None:
    one = machine(world, alice)
    assert "4200,00" in alice.read(f"{HERE}/machines/{one.id}")
    assert "Découpeuse laser" in alice.read("/gestion/incidents/codes")
    assert alice.post(f"{HERE}/machines/{one.id}", nom="", lieu="s1").status_code == 422


def test_the_slot_displaces_the_least_and_is_taken(
    world: World, alice: Colleague, monkeypatch
) -> None:
    def worth(space, block, units=None, *, now):
        return Displaced(100 if block.start.hour == 13 else 5000, 0, 0.0, 0)

    monkeypatch.setattr("app.upkeep.rules.group.displaced", worth)
    one = planned(world, alice)
    book(world.a.room, 14)  # 13 h UTC is 14 h here in winter: today's cheapest hour is taken
    alice.post(f"{HERE}/{one.id}/creneau")
    row = db.session.scalars(select(Visit)).one()
    assert row.starts_at == instant(14, DAY + dt.timedelta(days=1))
    assert row.displaced_cents == 100
    with pytest.raises(Taken):
        rules.occupancy.take(
            rules.occupancy.place(world.a.room),
            rules.Interval(row.starts_at, row.ends_at),
            1,
            rules.Taking("closure", "closure"),
        )
    alice.post(f"{HERE}/{one.id}/creneau")
    taken = db.session.scalars(select(Occupancy).where(Occupancy.source == "upkeep")).all()
    assert len(taken) == 1


def test_the_day_is_ticked_on_a_phone_and_unticked(world: World, alice: Colleague) -> None:
    made = book(world.a.room, 14, people=4, person_id=world.carla_person)
    there = f"{HERE}/jour/2027-03-10"
    alice.post(f"{there}/taches", texte="Palette de papier", sorte="delivery", heure="10:30")
    page = alice.read(there)
    for words in ("Carla Roux", "Préparer pour 4 personnes", "Palette de papier", "Livraisons"):
        assert words in page
    line = f"arrival-{made.id}"
    alice.post(f"{there}/coches", ligne=line)
    assert db.session.scalars(select(DayTick.line)).all() == [line]
    alice.post(f"{there}/coches", ligne=line)
    alice.post(f"{there}/coches", ligne="arrival-999")
    assert db.session.scalars(select(DayTick)).all() == []


def test_a_task_needs_words(world: World, alice: Colleague) -> None:
    alice.post(f"{HERE}/jour/2027-03-10/taches", texte=" \u200b", sorte="task")
    alice.post(f"{HERE}/jour/2027-03-10/taches", texte="x", sorte="task", heure="25:00")
    assert db.session.scalars(select(DayTask)).all() == []


def test_a_day_beyond_all_calendars_is_not_found(world: World, alice: Colleague) -> None:
    for far in ("9999-12-31", "0001-01-01", "2027-02-30"):
        for page in (f"{HERE}/jour/{far}", f"/gestion/jour/{far}", f"/gestion/jour/{far}/feuille"):
            assert alice.get(page).status_code == 404, page
        assert alice.get(f"/gestion/planning?semaine={far}").status_code == 404
    assert alice.get(f"{HERE}/jour/2200-12-31").status_code == 200


def test_another_venue_sees_nothing_of_it(world: World, alice: Colleague, client) -> None:
    one = planned(world, alice, nom="Contrôle du zèbre").id
    dora = Colleague(client(world.b.host), "dora")
    assert dora.get(f"{HERE}/{one}").status_code == 404
    assert dora.post(f"{HERE}/{one}/visites", resultat="ok").status_code == 404
    assert "zèbre" not in dora.read(HERE)
