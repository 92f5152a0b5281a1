"""The door through its pages: what phones send, what staff see, papers and badges."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.doors import rules, tickets
from app.doors.models import Passage
from app.doors.rules import Heard, Phone
from app.doors.settling import IN, SLIP
from app.doors.tickets import Holder
from app.events.models import Event
from app.ticketing import counting, glance, rows, shelf
from app.ticketing.models import Ticket, TicketCategory, TicketOrder
from app.ticketing.shelf import Kind
from tests.at_desk import Colleague, set_clock, token_in
from tests.events.conftest import DAY, instant
from tests.events.conftest import planned as planned  # noqa: PLC0414  a fixture
from tests.ticketing.conftest import order
from tests.world import World

Opener = Callable[[str], FlaskClient]
NIGHT = instant(18) + 7 * DAY


class Book:
    """Tickets that somebody sells, and what the door told of them."""

    def __init__(self) -> None:
        self.holders: dict[int, list[Holder]] = {}
        self.entries: dict[int, dt.datetime | None] = {}

    def of_event(self, event_id: int) -> list[Holder]:
        return self.holders.get(event_id, [])

    def note_entry(self, ticket_id: int, at: dt.datetime | None) -> bool:
        self.entries[ticket_id] = at
        return True

    def change(self, event: Event, n: int, **more: object) -> None:
        self.holders[event.id][n] = replace(self.holders[event.id][n], **more)


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Book:
    made = Book()
    monkeypatch.setattr(tickets, "BOOKS", [made])
    return made


@pytest.fixture
def evening(
    world: World, book: Book, planned: Callable[..., Event], monkeypatch: pytest.MonkeyPatch
) -> Event:
    """The doors of an event are open, five tickets are out, one of them cancelled."""
    set_clock(monkeypatch, instant(9))
    one = planned(publish=True)
    names = ("Maya Roux", "Samir Koné", "Ève Aït-Ali", "=cmd|' /C calc'!A0", "Paul Ortiz")
    book.holders[one.id] = [
        Holder(n, f"Code{n}xxxxxxxxxxxxxxxx", name, "Plein tarif", cancelled=n == 5)
        for n, name in enumerate(names, 1)
    ]
    db.session.commit()
    set_clock(monkeypatch, NIGHT)
    return one


def came(n: int, mark: str, minutes: float = 0, **more: str) -> Heard:
    at = NIGHT + dt.timedelta(minutes=minutes)
    return Heard(mark, SLIP if more.get("undoes") else IN, n + 1, at, **more)


A, B = Phone("phone-a", "Porte A"), Phone("phone-b", "Porte B")


def later(monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
    set_clock(monkeypatch, NIGHT + dt.timedelta(minutes=minutes))


def test_the_first_scan_wins_whoever_sends_first(evening: Event, book: Book, monkeypatch) -> None:
    later(monkeypatch, 60)
    assert rules.take(evening.id, [came(0, "b-arrival", 2)], B) == {"b-arrival": "entry"}
    said = rules.take(evening.id, [came(0, "a-arrival", 1)], A)
    assert said == {"a-arrival": "entry"}
    again = rules.take(evening.id, [came(0, "b-arrival", 2)], B)
    assert again == {"b-arrival": "duplicate"}
    assert book.entries[1] == NIGHT + dt.timedelta(minutes=1)
    assert db.session.scalar(select(func.count(Passage.id))) == 2  # sent twice, kept once
    found = rules.look(evening)
    assert (found.inside, found.good, len(found.troubles)) == (1, 4, 1)


def test_an_entry_is_taken_back_also_before_it_is_known(
    evening: Event, book: Book, monkeypatch
) -> None:
    later(monkeypatch, 60)
    slip = came(1, "a-slip-01", 3, undoes="a-arrival")
    assert rules.take(evening.id, [slip], A) == {"a-slip-01": "undone"}
    said = rules.take(evening.id, [came(1, "a-arrival", 2)], A)
    assert said == {"a-arrival": "undone"}
    assert book.entries[2] is None


def test_cancelled_while_the_phone_was_away(evening: Event, book: Book, monkeypatch) -> None:
    later(monkeypatch, 60)
    book.change(evening, 2, cancelled=True)
    said = rules.take(evening.id, [came(2, "a-arrival", 2)], A)
    assert said == {"a-arrival": "cancelled"}
    found = rules.look(evening)
    assert (found.inside, len(found.troubles)) == (0, 1)
    assert book.entries[3] is None


def test_a_phone_whose_clock_is_wrong_is_put_right(evening: Event, monkeypatch) -> None:
    """A phone one hour ahead scanned second; what it says is put on our clock."""
    later(monkeypatch, 60)
    ahead = NIGHT + dt.timedelta(minutes=120)
    who = rules.phone({"device": "fast", "now": ahead.timestamp() * 1000}, None)
    rules.take(evening.id, [came(0, "fast-0001", 65)], who)  # five past, really
    rules.take(evening.id, [came(0, "right-001", 3)], A)
    row = next(one for one in rules.look(evening).rows if one.holder.name == "Maya Roux")
    assert [one.mark for one in row.settled.duplicates] == ["fast-0001"]
    assert row.settled.duplicates[0].at == NIGHT + dt.timedelta(minutes=5)


def test_another_events_ticket_is_unknown_and_writes_nothing(
    evening: Event, world: World, planned: Callable[..., Event], monkeypatch
) -> None:
    set_clock(monkeypatch, instant(9))
    other = planned(publish=True, space_ids=(world.a.room,), capacity=5)
    later(monkeypatch, 1)
    assert rules.take(other.id, [came(0, "a-arrival")], A) == {"a-arrival": "unknown"}
    assert db.session.scalar(select(func.count(Passage.id))) == 0


NOTED = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.integers(0, 4), st.booleans()),
    min_size=1,
    max_size=10,
)


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(NOTED, st.randoms())
def test_any_order_of_batches_ends_the_same(evening: Event, monkeypatch, noted, chance) -> None:
    """Two phones note arrivals and slips; batches are cut and sent in any order, some twice."""
    later(monkeypatch, 60)
    said = [_noted(n, *one) for n, one in enumerate(noted)]
    results = []
    for _turn in range(2):
        point = db.session.begin_nested()
        order = said + chance.sample(said, len(said) // 2)
        chance.shuffle(order)
        while order:
            size = chance.randint(1, len(order))
            batch, order = order[:size], order[size:]
            rules.take(evening.id, batch, A)
        found = rules.look(evening)
        results.append(([row.settled for row in found.rows], [w.mark for w in found.walk_ins]))
        point.rollback()
    assert results[0] == results[1]


def _noted(n: int, ticket: int, phone: str, minute: int, slip: bool) -> Heard:
    undoes = f"{phone}-mark-{max(0, n - 1):04}" if slip else ""
    return came(ticket, f"{phone}-mark-{n:04}", minute, undoes=undoes)


def test_people_without_a_ticket_are_counted_against_the_capacity(
    evening: Event, monkeypatch
) -> None:
    later(monkeypatch, 60)
    assert rules.look(evening).left == 56  # sixty, less four good tickets
    group = Heard("a-group-01", IN, None, NIGHT, people=3, name="Les Ortiz")
    alone = Heard("a-alone-01", IN, None, NIGHT)
    for _turn in range(2):
        assert set(rules.take(evening.id, [group, alone], A).values()) == {"entry"}
    found = rules.look(evening)
    assert (found.inside, found.without_ticket, found.left) == (4, 4, 52)
    slip = Heard("a-slip-001", SLIP, None, NIGHT, undoes="a-group-01")
    assert rules.take(evening.id, [slip], A) == {"a-slip-001": "undone"}
    assert rules.look(evening).inside == 1
    crowd = [Heard(f"crowd-{n:04}", IN, None, NIGHT, people=50) for n in range(2)]
    rules.take(evening.id, crowd, B)  # they are inside: the list says so, and that it is too many
    assert rules.look(evening).left == 60 - 4 - 101


def test_who_comes_without_a_ticket_takes_a_place_that_is_sold_no_more(
    planned: Callable[..., Event], monkeypatch
) -> None:
    """Public, desk and gate say the same; a slip brings the place back; the door counts holds."""
    set_clock(monkeypatch, instant(9))
    night = planned(publish=True, capacity=10)
    kind = shelf.describe(night.id, Kind("Plein tarif", "fixed", 1200, 10))
    order(kind, 2, way="desk")
    order(kind, 3)  # somebody is paying
    assert rules.look(night).left == 5
    rules.take(night.id, [Heard("a-group-01", IN, None, NIGHT, people=4)], A)
    assert rules.look(night).left == 1
    assert rows.shelf(night, None).left == 1
    seen = glance.look(night.id, ZoneInfo("Europe/Paris"))
    assert (seen.left, seen.let_in, seen.kinds[0].left) == (1, 4, 1)
    with pytest.raises(counting.SoldOut, match="Il ne reste que 1 place"):
        order(kind, 2, way="desk", staff=True)
    order(kind, 1, way="desk")
    assert rows.shelf(night, None).left == 0
    rules.take(night.id, [Heard("a-slip-001", SLIP, None, NIGHT, undoes="a-group-01")], A)
    assert rows.shelf(night, None).left == 4


# ── through the pages ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def bob(world: World, evening: Event, client: Opener) -> Colleague:
    return Colleague(client(world.a.host), "bob")


def at_door(event: Event, path: str = "") -> str:
    return f"/gestion/evenements/{event.id}/entrees{path}"


def send(bob: Colleague, event: Event, body: object):
    page = bob.get("/gestion/plus").text
    return bob.client.post(
        at_door(event, "/passages"), json=body, headers={"X-CSRFToken": token_in(page)}
    )


def test_a_phone_takes_the_list_along_without_codes_or_addresses(
    evening: Event, bob: Colleague
) -> None:
    answer = bob.get(at_door(evening, "/liste.json"))
    told = answer.json
    assert "Code1xxxx" not in answer.text
    assert "@" not in answer.text
    assert told["count"] == {"inside": 0, "good": 4, "left": 56}
    hidden = hashlib.sha256(f"{evening.uid}:Code1xxxxxxxxxxxxxxxx".encode()).hexdigest()[:20]
    assert [one["name"] for one in told["tickets"] if one["hash"] == hidden] == ["Maya Roux"]


def test_what_was_noted_offline_comes_in_once(evening: Event, bob: Colleague) -> None:
    now = clock.now().timestamp() * 1000
    body = {
        "device": "d1", "door": "Porte A", "now": now,
        "passages": [
            {"mark": "0123456789", "kind": "in", "ticket": 1, "at": now - 60_000},
            {"mark": "0123456780", "kind": "in", "ticket": 2, "at": now - 50_000},
        ],
    }  # fmt: skip
    for _turn in range(2):
        answer = send(bob, evening, body)
        assert answer.json["outcomes"] == {"0123456789": "entry", "0123456780": "entry"}
        assert answer.json["list"]["count"]["inside"] == 2
    assert "Maya Roux" in bob.read(at_door(evening))
    row = db.session.scalars(select(Passage).where(Passage.mark == "0123456789")).one()
    assert (row.door, row.device, row.by_account is not None) == ("Porte A", "d1", True)


ARRIVAL = {"mark": "0123456789", "kind": "in", "ticket": 1, "at": 1}


@pytest.mark.parametrize(
    "body",
    [
        [], {}, {"passages": "x"}, {"passages": [1]},
        {"passages": [ARRIVAL | {"mark": "x"}]},
        {"passages": [ARRIVAL | {"kind": "out"}]},
        {"passages": [ARRIVAL | {"ticket": "1; drop"}]},
        {"passages": [ARRIVAL | {"ticket": True}]},
        {"passages": [ARRIVAL | {"people": 2}]},
        {"passages": [ARRIVAL | {"ticket": None, "people": 51}]},
        {"passages": [ARRIVAL | {"ticket": None, "people": 0}]},
        {"passages": [ARRIVAL | {"at": -1}]},
        {"passages": [ARRIVAL | {"at": 1e300}]},
        {"passages": [ARRIVAL | {"at": True}]},
        {"passages": [ARRIVAL | {"kind": "slip"}]},
        {"passages": [ARRIVAL | {"undoes": "0123456789"}]},
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_words(evening: Event, bob: Colleague, body: object) -> None:
    answer = send(bob, evening, body)
    assert answer.status_code == 422, answer.text
    assert db.session.scalar(select(func.count(Passage.id))) == 0


def test_too_many_at_once(evening: Event) -> None:
    many = [came(0, f"mark-{n:06}") for n in range(3)]
    with pytest.raises(Refused):
        rules.take(evening.id, many * (rules.MOST // 3 + 1), A)


def test_without_a_script_a_code_and_a_name_do(evening: Event, book: Book, bob: Colleague) -> None:
    here = at_door(evening)
    assert bob.post(here, code="nothing").status_code == 422
    shown = "https://a.localhost/billet/Code1xxxxxxxxxxxxxxxx?x=1"
    assert bob.post(here, code=shown).status_code == 303
    assert "<span data-inside>1</span> / <span data-good>4</span>" in bob.read(here)
    assert "Ève Aït-Ali" in bob.read(f"{here}?q=eve+ait")
    bob.post(here, billet="3")
    mark = db.session.scalars(select(Passage.mark).where(Passage.ticket_id == 3)).one()
    bob.post(here, billet="3", annule=mark)
    assert book.entries[3] is None


def test_people_without_a_ticket_by_the_form(evening: Event, bob: Colleague) -> None:
    here = at_door(evening)
    assert bob.post(here, sans="1", personnes="0").status_code == 422
    assert bob.post(here, sans="1", personnes="²").status_code == 422
    assert bob.post(here, sans="1", personnes="2", nom="Les Ortiz").status_code == 303
    page = bob.read(here)
    assert "Les Ortiz (2 personnes)" in page
    assert "54 places libres sur 60" in page
    mark = db.session.scalars(select(Passage.mark)).one()
    bob.post(here, sans="1", annule=mark)
    assert "Les Ortiz" not in bob.read(here)


def test_an_event_without_tickets_has_a_door_too(
    evening: Event, bob: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets, "BOOKS", [])
    assert "60 places libres sur 60" in bob.read(at_door(evening))
    assert "Personne pour l’instant" in bob.read(f"/gestion/evenements/{evening.id}/presences")
    assert bob.get(f"/gestion/evenements/{evening.id}/badges.pdf").status_code == 404


def test_the_list_of_who_came_in_three_forms(
    evening: Event, bob: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules.take(evening.id, [came(0, "a-arrival")], A)
    db.session.commit()
    here = f"/gestion/evenements/{evening.id}/presences"
    assert "1 personne est entrée" in bob.read(here)
    lines = list(csv.reader(io.StringIO(bob.get(f"{here}.csv").data.decode("utf-8-sig"))))
    assert lines[0][:2] == ["Nom", "Organisation"]
    by_name = {line[0]: line for line in lines[1:]}
    assert by_name["Maya Roux"][4:] == ["Venu", "2026-12-03 18:00", "Porte A"]
    assert by_name["Paul Ortiz"][4] == "Annulé"
    assert "'=cmd|' /C calc'!A0" in by_name  # a spreadsheet runs nothing
    assert by_name["Samir Koné"][4] == "Attendu"  # nobody stayed away before the end
    set_clock(monkeypatch, evening.ends_at + dt.timedelta(minutes=1))
    after = bob.get(f"{here}.csv").data.decode("utf-8-sig")
    assert "Samir Koné,,Plein tarif,,Pas venu" in after
    book = zipfile.ZipFile(io.BytesIO(bob.get(f"{here}.xlsx").data))
    assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    assert "Samir Koné" in book.read("xl/sharedStrings.xml").decode()


def test_badges_for_good_tickets_with_names_however_long(
    evening: Event, book: Book, bob: Colleague
) -> None:
    long = "Maximiliana-Hildegarde von Habsburg-Lothringen-Österreich-Este"
    book.change(evening, 1, name=long)
    answer = bob.get(f"/gestion/evenements/{evening.id}/badges.pdf?passer=9")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]
    assert len(pages) == 2  # nine places of the first sheet are left empty, four badges
    said = "".join("".join(pages).split())
    assert "Este" in said
    assert "".join(long.split()).replace("-", "") in said.replace("-", "")
    assert "PaulOrtiz" not in said  # cancelled


def test_a_coworker_and_a_stranger_find_no_door(
    world: World, evening: Event, client: Opener
) -> None:
    for host, name in ((world.a.host, "carla"), (world.b.host, "dora")):
        browser = Colleague(client(host), name)
        for path in ("entrees", "entrees/liste.json", "presences", "presences.csv", "badges.pdf"):
            assert browser.get(f"/gestion/evenements/{evening.id}/{path}").status_code == 404


# ── with tickets that were sold ───────────────────────────────────────────────────────────────


def test_a_sold_ticket_is_used_and_given_back(
    world: World, planned: Callable[..., Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, instant(9))
    event = planned(publish=True)
    kind = TicketCategory(event_id=event.id, name_fr="Plein tarif", pricing="free", price_cents=0,
                          vat_bp=2000, quota=9)  # fmt: skip
    order = TicketOrder(code="ZZ1", token="t", form_key="f", event_id=event.id, name="Maya",
                        state="confirmed", price_cents=0,
                        organisation={"name": "Atelier Numa"})  # fmt: skip
    db.session.add_all([kind, order])
    db.session.flush()
    states = ("valid", "held", "transferred", "cancelled", "lapsed")
    sold = [
        Ticket(order_id=order.id, event_id=event.id, category_id=kind.id, code=f"c{state}",
               holder_name=state, state=state, list_cents=0, price_cents=0, vat_bp=2000,
               answers=[{"question": "Régime ?", "answer": "végétarien"}])
        for state in states
    ]  # fmt: skip
    db.session.add_all(sold)
    db.session.flush()
    found = rules.look(event)
    assert [(r.holder.name, r.holder.cancelled) for r in found.rows] == [
        ("valid", False), ("cancelled", True), ("transferred", True),
    ]  # fmt: skip
    first = found.rows[0].holder
    assert (first.company, first.note, first.order) == ("Atelier Numa", "végétarien", "ZZ1")
    set_clock(monkeypatch, NIGHT)
    arrival = Heard("a-arrival", IN, sold[0].id, NIGHT)
    assert rules.take(event.id, [arrival], A) == {"a-arrival": "entry"}
    assert (sold[0].state, sold[0].checked_in_at) == ("used", NIGHT)
    assert rules.look(event).good == 1  # a used ticket is a good one
    slip = Heard("a-slip-01", SLIP, sold[0].id, NIGHT, undoes="a-arrival")
    rules.take(event.id, [slip], A)
    assert (sold[0].state, sold[0].checked_in_at) == ("valid", None)
    late = Heard("a-late-01", IN, sold[3].id, NIGHT)
    assert rules.take(event.id, [late], A) == {"a-late-01": "cancelled"}
    assert sold[3].state == "cancelled"
