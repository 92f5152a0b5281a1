"""Things, people and suppliers of events: short when they meet, warned of where it is seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.errors import Refused
from app.core.signals import publish
from app.events import rules as events
from app.events.models import Event
from app.members.facts import AccountErased, PersonErased
from app.needs import read, rules, sheet
from app.needs.models import Need, SharedThing, Shift, Supply
from app.needs.rules import Of
from app.occupancy import rules as occupancy
from app.requests import rules as requests
from app.spaces.models import Space
from app.upkeep import daysheet
from tests.at_desk import Colleague
from tests.events.conftest import DAY, instant, morning, planned, wish
from tests.requests.conftest import END, START, UNTIL, asked
from tests.world import World

__all__ = ["asked", "morning", "planned"]  # fixtures

Plan = Callable[..., Event]
WEEK = 7 * DAY


@pytest.fixture
def chairs(world: World) -> SharedThing:
    made = rules.stock(world.a.site, "Chaise", 100)
    db.session.flush()
    return made


def other(world: World, plan: Plan, hour: float, **more: object) -> Event:
    """A second event, in the meeting room, two hours long."""
    given = {"title_fr": "L’autre", "space_ids": (world.a.room,), "capacity": 4,
             "starts_at": instant(hour) + WEEK, "ends_at": instant(hour + 2) + WEEK,
             "setup_minutes": 0, "clear_minutes": 0}  # fmt: skip
    return plan(**(given | more))


def range_of() -> tuple[dt.datetime, dt.datetime]:
    return instant(0) + 6 * DAY, instant(0) + 9 * DAY


def stock_of() -> read.Stock:
    return read.stocks(*range_of())[0]


def test_events_that_meet_are_short_and_those_that_do_not_are_not(
    world: World, planned: Plan, chairs: SharedThing
) -> None:
    one = planned()  # 18-22, set up from 16, cleared by 23
    rules.need(Of(event_id=one.id), chairs, 80)
    before = other(world, planned, 14)  # up to 16 exactly
    rules.need(Of(event_id=before.id), chairs, 80)
    db.session.flush()
    assert (stock_of().peak, stock_of().lacks) == (80, ())
    events.change(before.id, wish(world, title_fr="L’autre", space_ids=(world.a.room,), capacity=4,
        starts_at=instant(14) + WEEK, ends_at=instant(16) + WEEK, setup_minutes=0,
        clear_minutes=30))  # fmt: skip
    found = stock_of()
    assert found.peak == 160
    lack = found.lacks[0]
    assert lack.span.quantity == 60
    assert (lack.span.start, lack.span.end) == (instant(16) + WEEK, instant(16.5) + WEEK)
    assert {s.title for s in lack.subjects} == {"La nuit des ateliers", "L’autre"}
    assert sheet.lacks_of(read.of_event(one))
    events.cancel(before.id)
    assert stock_of().lacks == ()
    assert sheet.lacks_of(read.of_event(before)) == []


def test_a_request_counts_from_its_quote_on_and_hands_over(
    world: World, planned: Plan, chairs: SharedThing, asked
) -> None:
    one = asked()
    rules.need(Of(request_id=one.id), chairs, 120)
    rules.shift(Of(request_id=one.id), "Bob", "accueil", START, END)
    rules.supply(Of(request_id=one.id), "La Table", "80 repas", START.date(), START.date())
    db.session.flush()
    assert stock_of().peak == 0, "nothing was promised yet"
    assert sheet.lacks_of(read.of_request(one))[0].span.quantity == 20, "what would be short"
    requests.hold(one.id, db.session.get_one(Space, world.a.hall), UNTIL)
    assert stock_of().lacks[0].span.quantity == 20
    occupancy.release("request", one.id)
    requests._take(one, db.session.get_one(Space, world.a.hall), None)
    one.state, one.held_until = "accepted", None
    made = requests.convert(one.id, None)
    db.session.expire_all()
    for table in (Need, Shift, Supply):
        row = db.session.scalars(select(table)).one()
        assert (row.event_id, row.request_id) == (made.id, None)
    assert stock_of().lacks[0].subjects[0].kind == "event"


def test_one_person_in_two_places_is_shown(world: World, planned: Plan) -> None:
    one, two = planned(), other(world, planned, 14)
    at = instant(14) + WEEK
    rules.shift(Of(event_id=one.id), "Zoé  Lam", "bar", at, at + dt.timedelta(hours=2))
    rules.shift(Of(event_id=two.id), "zoe lam", "", at + dt.timedelta(hours=2), at + DAY / 4)
    db.session.flush()
    assert read.doubled(read.shifts(*range_of())) == [], "one after the other"
    rules.shift(Of(event_id=two.id), "Zoé Lam", "", at + dt.timedelta(hours=1), at + DAY / 8)
    db.session.flush()
    found = read.doubled(read.shifts(*range_of()))
    assert {clash.titles for clash in found} >= {("La nuit des ateliers", "L’autre")}
    assert sheet.doubled_of(read.of_event(one))
    events.cancel(two.id)
    assert read.doubled(read.shifts(*range_of())) == []


def test_whoever_is_forgotten_worked_without_a_name(world: World, planned: Plan) -> None:
    one, at = planned(), instant(14) + WEEK
    for who in ("Bob", "Zoé Lam", "Anna"):
        rules.shift(Of(event_id=one.id), who, "", at, at + DAY / 8)
    db.session.flush()
    publish(AccountErased(world.people["bob"]))
    publish(PersonErased(0, "zoe@example.org", "zoé lam"))
    db.session.expire_all()
    assert sorted(row.who for row in db.session.scalars(select(Shift))) == ["", "", "Anna"]
    assert read.doubled(read.shifts(*range_of())) == [], "nobody is not one person"


def test_the_desk_writes_needs_and_sees_what_is_short(
    world: World, planned: Plan, chairs: SharedThing, client
) -> None:
    one = planned()
    db.session.commit()
    alice = Colleague(client("a.localhost"), "alice")
    place = f"/gestion/besoins/evenement/{one.id}"
    for path, bad, words in (
        ("materiel", {"chose": "999999", "quantite": "5"}, "Choisissez un matériel"),
        ("materiel", {"chose": str(chairs.id), "quantite": "-5"}, "Indiquez un nombre"),
        ("equipe", {"qui": "", "jour": "2026-12-03", "debut": "16:00", "fin": "23:00"},
         "Ce champ est nécessaire"),
        ("equipe", {"qui": "Bob", "jour": "2026-12-03", "debut": "16:00", "fin": "15:00"},
         "La fin vient après"),
        ("fournisseurs", {"fournisseur": "La Table", "quoi": "60 repas", "avant": "2026-12-20"},
         "On commande avant"),
    ):  # fmt: skip
        sent = alice.post(f"{place}/{path}", **bad)
        assert sent.status_code == 422, path
        assert words in sent.text
    assert alice.post(f"{place}/materiel", chose=str(chairs.id), quantite="130").status_code == 303
    team = {"qui": "Bob", "jour": "2026-12-03", "debut": "16:00", "fin": "23:00"}
    assert alice.post(f"{place}/equipe", **team).status_code == 303
    brought = {"fournisseur": "La Table", "quoi": "60 repas", "avant": "2026-11-30"}
    assert alice.post(f"{place}/fournisseurs", **brought).status_code == 303
    assert "Il manque 30 × Chaise" in alice.read(f"/gestion/evenements/{one.id}")
    page = alice.read("/gestion/besoins?du=2026-11-26&au=2026-12-10")
    assert "Il manque 30 × Chaise" in page
    assert "60 repas" in page
    assert "Il manque" not in alice.read("/gestion/besoins?du=2026-12-10&au=2026-12-01")
    assert db.session.scalars(select(Shift)).one().account_id == world.people["bob"]
    lines = [line.what for line in daysheet.lines(dt.date(2026, 12, 3))]
    assert "130 × Chaise pour La nuit des ateliers" in lines
    assert "Bob, 16:00 – 23:00" in lines
    due = [line.what for line in daysheet.lines(dt.date(2026, 11, 30))]
    assert "Commander chez La Table : 60 repas" in due
    supply = db.session.scalars(select(Supply)).one()
    assert alice.post(f"/gestion/besoins/fournisseurs/{supply.id}/commande").status_code == 303
    db.session.expire_all()
    assert daysheet.lines(dt.date(2026, 11, 30)) == []
    with pytest.raises(Refused, match="en a besoin"):
        rules.drop_thing(chairs)
    need = db.session.scalars(select(Need)).one()
    assert alice.post(f"/gestion/besoins/lignes/{need.id}/retrait").status_code == 303
    assert alice.post(f"/gestion/besoins/materiel/{chairs.id}/retrait").status_code == 303
    assert alice.post("/gestion/besoins/materiel", nom="Micro", quantite="4",
                      site=str(world.a.site)).status_code == 303  # fmt: skip
    assert [thing.name for thing in read.things()] == ["Micro"]
    dora = Colleague(client("b.localhost"), "dora")
    assert dora.get(place).status_code == 404
