"""Imports: faults with file, line and column, all or nothing, and what went out comes back in."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from app.booking.models import Booking
from app.core import clock
from app.core.db import db
from app.core.slots import Interval
from app.occupancy import rules as occupancy
from app.occupancy.models import Occupancy
from app.spaces.models import Site, Space
from app.transfer import bookings, export, rules, spaces
from app.transfer.models import ImportRun
from app.transfer.sheet import Unreadable, money
from tests.jobs import run_jobs
from tests.world import World, space

PARIS = ZoneInfo("Europe/Paris")


def site() -> Site:
    return db.session.scalars(select(Site)).one()


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def read(text: str, profile: str = "bookings"):
    return bookings.read("past.csv", text.encode(), bookings.profile(profile), PARIS)


HEAD = "space,starts_at,ends_at,price\n"


def test_every_fault_is_named_with_its_place(world: World) -> None:
    sheet, _found = read(
        HEAD
        + "Salle Curie,2025-03-01 10:00,2025-03-01 09:00,12\n"
        + "Salle Curie,yesterday,2025-03-01 12:00,12.345\n"
        + "Salle Curie,2025-03-01 13:00,,12\n"
    )
    assert [str(f).split(":")[:3] for f in sheet.faults] == [
        ["past.csv", "3", " starts_at"],
        ["past.csv", "3", " price"],
        ["past.csv", "4", " ends_at"],
        ["past.csv", "2", " ends_at"],
    ]


def test_a_missing_column_is_said_once(world: World) -> None:
    sheet, found = read("space,starts_at\nSalle Curie,2025-03-01 10:00\n")
    assert [(f.line, f.column) for f in sheet.faults] == [(1, "ends_at")]
    assert not found


def test_an_unknown_space_stops_everything(world: World) -> None:
    sheet, found = read(
        HEAD
        + "Salle Curie,2025-03-01 10:00,2025-03-01 11:00,12\n"
        + "Salle X,2025-03-01 10:00,2025-03-01 11:00,12\n"
    )
    before = count(Booking)
    with pytest.raises(Unreadable) as error:
        bookings.apply(sheet, found, bookings.by_name())
    assert error.value.faults[0].line == 3
    assert count(Booking) == before


def test_a_room_that_was_booked_twice_names_the_line(world: World) -> None:
    sheet, found = read(
        HEAD
        + "Salle Curie,2025-03-01 10:00,2025-03-01 12:00,12\n"
        + "Salle Curie,2025-03-01 11:00,2025-03-01 13:00,12\n"
    )
    with pytest.raises(Unreadable) as error, db.session.begin_nested():
        bookings.apply(sheet, found, bookings.by_name())
    assert error.value.faults[0].line == 3


def test_half_hours_become_bookings(world: World) -> None:
    sheet, found = read(
        "room,ts,booking\nPlateau,2024-07-23 19:00:00,1\nPlateau,2024-07-23 19:30:00,1\n"
        "Plateau,2024-07-23 21:00:00,1\nPlateau,2024-07-23 19:00:00,2\n",
        "half_hours",
    )
    assert not sheet.faults
    lengths = sorted((p.ends_at - p.starts_at).seconds // 60 for p in found)
    assert lengths == [30, 30, 60]
    assert bookings.apply(sheet, found, bookings.by_name()) == 3
    assert count(Occupancy) == 3


def test_a_trial_writes_nothing_and_the_job_applies(world: World) -> None:
    text = HEAD + "Salle Curie,2025-03-01 10:00,2025-03-01 11:00,12\n"
    for dry, expected in ((True, 0), (False, 1)):
        run = rules.ask(
            ImportRun(
                what="bookings",
                dry=dry,
                file_name="past.csv",
                content=text.encode(),
                site_id=site().id,
                report={},
            )
        )
        run_jobs(only="transfer.run")
        db.session.refresh(run)
        assert (run.state, run.rows) == ("done", 1)
        assert count(Booking) == expected


def test_spaces_are_made_with_their_units(world: World) -> None:
    text = "name;kind;units;base_rate\nSalle Zoé;meeting_room;1;18,50\nBureaux;desk_pool;24;4\n"
    made = spaces.apply(spaces.read("spaces.csv", text.encode()), site())
    assert [(s.slug, s.base_cents) for s in made] == [("salle-zoe", 1850), ("bureaux", 400)]


def test_what_went_out_comes_back_in(world: World) -> None:
    sheet, found = read(HEAD + "Salle Curie,2025-03-30 10:00,2025-03-30 12:00,39.50\n")
    bookings.apply(sheet, found, bookings.by_name())
    text = "".join(export.bookings())
    again_sheet, again = read(text)
    assert not again_sheet.faults
    assert (again[0].starts_at, again[0].price_cents) == (found[0].starts_at, 3950)
    assert again[0].starts_at == dt.datetime(2025, 3, 30, 8, tzinfo=dt.UTC)


@pytest.mark.parametrize("cell", ["=1+1", "+33", "-1", "@cmd", "\tx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert export.defused(cell).startswith("'")


@pytest.mark.parametrize(
    ("text", "cents"), [("39", 3900), ("39,5", 3950), ("1 040,00 €", 104_000), ("0.05", 5)]
)
def test_money_is_read_as_people_write_it(text: str, cents: int) -> None:
    assert money(text) == cents


@pytest.mark.parametrize("text", ["39,555", "-3", "abc", "1,2,3", ""])
def test_money_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="montant"):
        money(text)


def test_the_space_of_another_tenant_is_unknown(world: World) -> None:
    theirs = {s.id for s in bookings.by_name().values()}
    assert world.b.room not in theirs
    assert db.session.get(Space, world.b.room) is None


def refused(name: str, content: bytes, what: str = "bookings") -> list[str]:
    """What a trial of a file says against it; it always ends."""
    run = rules.ask(
        ImportRun(what=what, file_name=name, content=content, site_id=site().id, report={})
    )
    rules.perform(run.id)
    assert run.state == "refused"
    return run.report["faults"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x1f\x8bxxxx", "abîmé"),
        (f"{HEAD}{'x' * 200_000},,,\n".encode(), "2: : cette ligne"),
        (b"", "colonne manque"),
        (HEAD.encode(), "aucune ligne"),
        (HEAD.encode("utf-16"), "aucune ligne"),
    ],
)
def test_no_file_waits_for_ever(world: World, content: bytes, says: str) -> None:
    assert says in refused("past.csv", content)[0]


def test_a_wrong_address_is_a_fault_with_its_place(world: World) -> None:
    head = "space,starts_at,ends_at,email\n"
    row = "Salle Curie,2025-03-01 10:00,2025-03-01 11:00,nobody\n"
    said = refused("past.csv", (head + row).encode())
    assert said[0].startswith("past.csv:2: email: ")


STAY = ",".join(bookings.profile("hotel").columns.values()) + "\n"
GOOD_STAY = dict(
    zip(
        bookings.profile("hotel").columns,
        "2016 July 3 1 2 30 80.5 0 7/1/2016 2".split(),
        strict=True,
    )
)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        *((column, "") for column in GOOD_STAY),
        *(("rate", cell) for cell in ("inf", "nan", "1e30", "9999999")),
        *(("status_date", cell) for cell in ("2016-07-01", "7/1", "7/1/9999")),
        ("day", "32"),
        ("month", "juillet"),
    ],
)
def test_a_stay_that_is_half_told_is_a_fault(world: World, column: str, cell: str) -> None:
    """Its line and the file's own word for the column; never a file that waits for ever."""
    by = bookings.profile("hotel")
    row = ",".join({**GOOD_STAY, column: cell}.values())
    good = ",".join(GOOD_STAY.values())
    sheet, found = bookings.read("h.csv", f"{STAY}{good}\n{row}\n".encode(), by, PARIS)
    assert [(f.line, f.column) for f in sheet.faults] == [(3, by.columns[column])]
    assert len(found) == 1


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Salle Curie,0001-01-01 00:00,2025-03-01 11:00,12", "starts_at"),
        ("Salle Curie,2025-03-01 10:00,9999-12-31 23:59-10:00,12", "ends_at"),
        ("Salle Curie,2025-03-01 10:00,2025-03-01 11:00,99999999999", "price"),
        ("Salle Curie,2025-03-01 10:00,2025-03-01 11:00,²", "price"),
    ],
)
def test_what_no_calendar_and_no_till_holds_is_a_fault(world: World, row: str, column: str) -> None:
    assert refused("past.csv", f"{HEAD}{row}\n".encode())[0].startswith(f"past.csv:2: {column}: ")


@pytest.mark.parametrize(
    ("column", "cell"), [("vat", "100"), ("rounding", "0"), ("base_rate", "99999999")]
)
def test_a_tariff_that_nobody_could_apply_is_a_fault(world: World, column: str, cell: str) -> None:
    cells = {"name": "Neuve", "kind": "office", "base_rate": "10", column: cell}
    text = ",".join(cells) + "\n" + ",".join(cells.values()) + "\n"
    assert refused("s.csv", text.encode(), "spaces")[0].startswith(f"s.csv:2: {column}: ")


def test_an_unknown_room_is_named_by_the_word_of_its_file(world: World) -> None:
    text = "room,ts,booking\nNulle part,2024-07-23 19:00:00,1\n"
    sheet, found = read(text, "half_hours")
    with pytest.raises(Unreadable) as error:
        bookings.apply(sheet, found, bookings.by_name())
    assert (error.value.faults[0].line, error.value.faults[0].column) == (2, "room")


def taken_before(world: World, kind: str, expires: dt.datetime | None) -> None:
    """Something from ten to noon in the calendar already."""
    start = dt.datetime(2025, 3, 1, 9, tzinfo=dt.UTC)
    interval = Interval(start, start + dt.timedelta(hours=2))
    taking = occupancy.Taking(kind, kind, expires_at=expires)
    occupancy.take(occupancy.place_of(space(world.a.room)), interval, 1, taking)


@pytest.mark.parametrize(
    ("hours", "line"),
    [(("08:00-10:00", "12:00-13:00"), 0), (("12:30-13:00", "11:59-12:30"), 3),
     (("08:00-09:00", "09:00-10:01"), 3), (("09:00-13:00", "14:00-15:00"), 2)],
)  # fmt: skip
def test_what_meets_the_calendar_names_its_line(
    world: World, hours: tuple[str, ...], line: int
) -> None:
    taken_before(world, "closure", None)
    days = [f"Salle Curie,2025-03-01 {h[:5]},2025-03-01 {h[6:]},12\n" for h in hours]
    sheet, found = read(HEAD + "".join(days))
    if not line:
        assert bookings.apply(sheet, found, bookings.by_name()) == 2
        return
    with pytest.raises(Unreadable) as error, db.session.begin_nested():
        bookings.apply(sheet, found, bookings.by_name())
    assert [f.line for f in error.value.faults] == [line]


def test_the_time_to_clean_is_in_the_way_and_a_dead_hold_is_not(world: World) -> None:
    """Both would else be refused by the constraint, as a fault of ours."""
    space(world.a.room).buffer_minutes = 30
    db.session.flush()
    taken_before(world, "hold", clock.now() - dt.timedelta(minutes=1))
    sheet, found = read(HEAD + "Salle Curie,2025-03-01 10:30,2025-03-01 11:00,12\n")
    assert bookings.apply(sheet, found, bookings.by_name()) == 1
    sheet, found = read(HEAD + "Salle Curie,2025-03-01 11:15,2025-03-01 12:00,12\n")
    with pytest.raises(Unreadable):
        bookings.apply(sheet, found, bookings.by_name())


def test_a_column_nobody_reads_is_said(world: World) -> None:
    text = HEAD.replace("price", "prix") + "Salle Curie,2025-03-01 10:00,2025-03-01 11:00,12\n"
    run = rules.ask(
        ImportRun(
            file_name="p.csv", what="bookings", content=text.encode(), site_id=site().id, report={}
        )
    )
    rules.perform(run.id)
    assert run.state == "done"
    assert "prix" in run.report["text"]


def test_a_quote_before_a_formula_is_not_part_of_a_name(world: World) -> None:
    sheet, found = read(
        HEAD.replace("price", "name") + "Salle Curie,2025-03-01 10:00,2025-03-01 11:00,'=Zoé\n"
    )
    assert not sheet.faults
    assert found[0].name == "=Zoé"


def test_spaces_come_back_with_their_rules_and_parts(world: World) -> None:
    hall, half = space(world.a.hall), space(world.a.half)
    half.vat_bp, half.floor_percent, half.horizon_days, half.audience = 1000, 80, 400, "members"
    db.session.flush()
    text = "".join(export.spaces())
    for name in (s.name for s in db.session.scalars(select(Space))):
        text = text.replace(name, f"Neuve {name}")
    spaces.apply(spaces.read("spaces.csv", text.encode()), site())
    made = {s.name: s for s in db.session.scalars(select(Space))}
    again, part = made[f"Neuve {hall.name}"], made[f"Neuve {half.name}"]
    assert (again.takes, again.capacity, again.base_cents) == (
        "all",
        hall.capacity,
        hall.base_cents,
    )
    assert again.site_id == hall.site_id
    assert set(occupancy.place_of(part).units) < set(occupancy.place_of(again).units)
    kept = ("vat_bp", "floor_percent", "horizon_days", "audience", "step_minutes", "rounding_cents")
    assert [getattr(part, name) for name in kept] == [getattr(half, name) for name in kept]


def test_a_whole_names_spaces_that_are(world: World) -> None:
    head = "name,kind,base_rate,parts\n"
    rows = "Tout,event_hall,30,Ici|Ailleurs\nSeul,event_hall,30,Salle Curie\n"
    said = refused("s.csv", (head + rows).encode(), "spaces")
    assert [fault.split(": ")[1] for fault in said] == ["parts"] * 2


def test_a_group_comes_back_on_as_many_seats(world: World) -> None:
    head = "space,starts_at,ends_at,people,units\n"
    pool = space(world.a.pool)
    row = f"{pool.name},2025-03-03 10:00,2025-03-03 12:00,3,3\n"
    sheet, found = read(head + row)
    bookings.apply(sheet, found, bookings.by_name())
    assert count(Occupancy) == 3
    _sheet, again = read("".join(export.bookings()))
    assert (again[0].people, again[0].units) == (3, 3)
