"""Dates of the town: read all or nothing, learnt as a flag, kept apart between venues."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.booking.models import Booking
from app.core import clock, slots
from app.core.db import db
from app.rates import learn, local
from app.rates.models import LocalDate
from tests.at_desk import Colleague
from tests.rates.test_desk_steering import alice  # noqa: F401  # a fixture
from tests.rates.test_learn import past
from tests.world import World, space

PASTED = "début;fin;nom\n2027-06-05;2027-06-06;Fête de la musique\n21/06/2027;Marathon"


def test_lines_are_read_as_people_write_them(world: World) -> None:
    first, second = local.read(PASTED)
    assert first == local.Noted("Fête de la musique", dt.date(2027, 6, 5), dt.date(2027, 6, 6))
    assert second == local.Noted("Marathon", dt.date(2027, 6, 21), dt.date(2027, 6, 21))
    assert local.read("2027-06-05\t2027-06-07\tSalon, hall B")[0].name == "Salon, hall B"


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("2027-02-30;Rien", "colonne 1"),
        ("2027-06-05;2027-06-01;Rebours", "colonne 2"),
        ("2027-06-05;2027-12-31;Long", "60 jours"),
        ("2027-06-05;;", "colonne 3"),
        ("2027-06-05;2027-06-06;" + "x" * 81, "colonne 3"),
        ("0001-01-01;Jadis", "colonne 1"),
        ("2027-06-05", "deux ou trois"),
        ("a;b;c;d;2", "deux ou trois"),
    ],
)
def test_a_line_that_is_none_is_named_and_nothing_kept(
    world: World,
    alice: Colleague,  # noqa: F811
    line: str,
    where: str,
) -> None:
    answer = alice.post("/gestion/tarifs/dates", lignes=f"2027-06-04;Vrai\n{line}")
    assert answer.status_code == 422
    assert "Ligne 2" in answer.text
    assert where in answer.text
    assert "Vrai" in answer.text
    assert db.session.scalars(select(LocalDate)).all() == []


def test_dates_are_noted_replaced_and_taken_away(world: World, alice: Colleague) -> None:  # noqa: F811
    assert alice.post("/gestion/tarifs/dates", lignes=PASTED).status_code == 302
    alice.post("/gestion/tarifs/dates", lignes="2027-06-05;2027-06-08;Fête de la musique")
    held = {one.name: one for one in local.known()}
    assert held["Fête de la musique"].last_day == dt.date(2027, 6, 8)
    assert len(held) == 2
    assert "Marathon" in alice.read("/gestion/tarifs/dates")
    alice.post(f"/gestion/tarifs/dates/{held['Marathon'].id}/retrait")
    alice.post(f"/gestion/tarifs/dates/{held['Marathon'].id}/retrait")
    assert [one.name for one in local.known()] == ["Fête de la musique"]


def test_what_such_days_brought_is_expected_of_those_to_come(world: World) -> None:
    past(world, 9)
    room = space(world.a.room)
    today = slots.local_day(clock.now(), room.site.zone)
    lived = [today - dt.timedelta(days=n) for n in range(1, 260)]
    fairs = [day for day in lived if day.weekday() < 5][::10]
    for day in fairs:
        _sold_out(room, day)
    coming = today + dt.timedelta(days=3 if today.weekday() < 2 else 8 - today.weekday())
    lines = [local.Noted("Foire", day, day) for day in [*fairs, coming]]
    without = _wanted(room, today, coming)
    local.note(lines, None)
    db.session.flush()
    assert learn.known([coming, coming + dt.timedelta(days=1)], room).event.tolist() == [1.0, 0.0]
    assert _wanted(room, today, coming) > 1.5 * without


def _wanted(room, today: dt.date, day: dt.date) -> float:
    found = learn.learn(room, today)
    assert found is not None
    return float(found.estimate.intensity.mean(learn.known([day], room))[0].sum())


def _sold_out(room, day: dt.date) -> None:
    for hour in (12, 14, 16, 18):
        start = slots.at(day, hour * 60, room.site.zone)
        db.session.add(
            Booking(
                code=f"F{day:%j}{hour}{day.year}",
                token=f"f{day}{hour}",
                space_id=room.id,
                starts_at=start,
                ends_at=start + dt.timedelta(hours=2),
                state="confirmed",
                payment_way="free",
                price_cents=0,
                vat_bp=2000,
                organisation={},
                created_at=start - dt.timedelta(days=3),
            )
        )
    db.session.flush()
