"""An event takes its spaces with set-up and clear-down, and moves, or nothing happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.booking import closures
from app.core.db import db
from app.core.errors import Refused, Taken
from app.core.signals import _hearers, publish
from app.core.slots import Interval
from app.events import read, rules
from app.events.facts import EventCancelled, EventMoved, EventResizing
from app.events.models import Event, EventMove
from app.events.taking import InTheWay
from app.occupancy.models import Occupancy
from app.spaces.facts import SpaceRetiring, UnitsLeaving
from tests.events.conftest import DAY, instant, wish
from tests.world import World, space

Plan = Callable[..., Event]
NEXT = 7 * DAY


def taken(event_id: int) -> set[tuple[str, dt.datetime, dt.datetime]]:
    query = select(Occupancy).where(Occupancy.source == "event", Occupancy.source_id == event_id)
    return {(r.kind, r.during.lower, r.during.upper) for r in db.session.scalars(query)}


def test_takes_set_up_and_clear_down(world: World, planned: Plan) -> None:
    one = planned()
    start, end = one.starts_at, one.ends_at
    assert taken(one.id) == {
        ("buffer", start - dt.timedelta(hours=2), start),
        ("event", start, end + dt.timedelta(hours=1)),
    }


def test_refuses_an_overlapping_set_up_by_name(world: World, planned: Plan) -> None:
    planned()
    late = wish(
        world,
        title_fr="Atelier du soir",
        space_ids=(world.a.half,),
        starts_at=instant(23) + NEXT,
        ends_at=instant(23) + NEXT + dt.timedelta(hours=1),
        setup_minutes=30,
    )
    with pytest.raises(InTheWay, match="La nuit des ateliers"):
        rules.create(late)
    rules.create(replace(late, setup_minutes=0))


def test_a_hall_and_its_half_share_units(world: World, planned: Plan) -> None:
    one = planned(space_ids=(world.a.hall, world.a.half))
    query = select(Occupancy).where(Occupancy.source_id == one.id, Occupancy.kind == "event")
    assert len(db.session.scalars(query).all()) == 2


def test_moving_moves_the_space_and_keeps_history(world: World, planned: Plan) -> None:
    one = planned(publish=True)
    old, heard = one.starts_at, []
    _hearers[EventMoved].append(heard.append)
    try:
        rules.move(one.id, Interval(old + DAY, one.ends_at + DAY), space_ids=[world.a.room])
    finally:
        _hearers[EventMoved].pop()
    assert {start for _, start, _ in taken(one.id)} == {
        old + DAY,
        old + DAY - dt.timedelta(hours=2),
    }
    assert [s.id for s in read.spaces(one.id)] == [world.a.room]
    assert one.sequence == 1
    assert heard[0].from_starts_at == old
    row = db.session.scalars(select(EventMove)).one()
    assert (row.from_spaces, row.to_spaces) == ([world.a.hall], [world.a.room])
    planned(title_fr="À sa place")  # what it left is free


def test_a_move_onto_something_leaves_all_as_it_was(world: World, planned: Plan) -> None:
    one, other = planned(), planned(title_fr="Demain", starts_at=instant(18) + NEXT + DAY,
                                    ends_at=instant(22) + NEXT + DAY)  # fmt: skip
    before = taken(one.id)
    with pytest.raises(InTheWay, match="Demain"):
        rules.move(one.id, Interval(other.starts_at, other.ends_at))
    with pytest.raises(InTheWay, match="Demain"):
        rules.change(one.id, replace(rules.wish_of(other), title_fr="Ailleurs"))
    with pytest.raises(InTheWay, match="La nuit"):
        rules.create(wish(world))
    assert taken(one.id) == before  # nobody rolled anything back
    assert one.title_fr == "La nuit des ateliers"
    assert db.session.scalars(select(Event.id).order_by(Event.id)).all() == [one.id, other.id]


def test_a_small_move_is_not_in_its_own_way(world: World, planned: Plan) -> None:
    one = planned()
    half, before = dt.timedelta(minutes=30), taken(one.id)
    wanted = Interval(one.starts_at + half, one.ends_at + half)
    rules.move(one.id, wanted)
    assert Interval(one.starts_at, one.ends_at) == wanted
    assert len(taken(one.id)) == len(before)
    assert taken(one.id) != before


def test_cancelling_frees_the_space_once(world: World, planned: Plan) -> None:
    one, heard = planned(publish=True), []
    _hearers[EventCancelled].append(heard.append)
    try:
        rules.cancel(one.id, "Panne de chauffage")
        rules.cancel(one.id)
    finally:
        _hearers[EventCancelled].pop()
    assert not taken(one.id)
    assert [fact.reason for fact in heard] == ["Panne de chauffage"]
    assert (one.state, one.sequence) == ("cancelled", 1)
    with pytest.raises(Refused, match="annulé"):
        rules.publish(one.id)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"starts_at": instant(8), "ends_at": instant(10)}, "passée"),
        ({"ends_at": instant(17) + NEXT}, "après le début"),
        ({"title_fr": " "}, "titre"),
        ({"capacity": -3}, "1 à"),
        ({"space_ids": ()}, "espace"),
        ({"space_ids": (2**40,)}, "espace"),
        ({"setup_minutes": -1}, "0 à"),
        ({"title_fr": "é" * 121}, "120"),
        ({"audience": "companies", "company_ids": (2**40,)}, "entreprises"),
    ],
)
def test_refuses_with_words(world: World, more: dict[str, object], words: str) -> None:
    with pytest.raises(Refused, match=words):
        rules.create(wish(world, **more))


def test_whoever_sold_more_refuses_a_smaller_capacity(world: World, planned: Plan) -> None:
    one = planned()

    def sold(fact: EventResizing) -> None:
        if fact.capacity < 50:
            raise Refused("50 sold")

    _hearers[EventResizing].append(sold)
    try:
        with pytest.raises(Refused, match="50 sold"):
            rules.change(one.id, replace(rules.wish_of(one), capacity=40))
    finally:
        _hearers[EventResizing].pop()


def test_a_new_title_is_on_the_desks_calendar(world: World, planned: Plan) -> None:
    one = planned()
    rules.change(one.id, replace(rules.wish_of(one), title_fr="Emoji 🎉 شمس"))
    labels = db.session.scalars(select(Occupancy.label).where(Occupancy.source_id == one.id))
    assert all("Emoji 🎉 شمس" in label for label in labels)
    assert one.slug.startswith("la-nuit-des-ateliers-")  # an address is for life


def test_two_events_of_one_name_have_two_addresses(world: World, planned: Plan) -> None:
    first = planned()
    second = planned(space_ids=(world.a.room,))
    assert first.slug != second.slug


def test_a_space_that_an_event_takes_may_not_go(world: World, planned: Plan) -> None:
    one = planned(title_fr="Grand soir")
    hall = space(world.a.hall)
    with pytest.raises(Taken, match="Grand soir"):
        publish(SpaceRetiring(hall.id))
    units = db.session.scalars(select(Occupancy.unit_id).where(Occupancy.source == "event")).all()
    with pytest.raises(Taken, match="Grand soir"):
        publish(UnitsLeaving(tuple(units)))
    rules.cancel(one.id)
    publish(SpaceRetiring(hall.id))
    publish(UnitsLeaving(tuple(units)))


def test_a_published_invitation_keeps_a_company(world: World, planned: Plan) -> None:
    one = planned(publish=True)
    with pytest.raises(Refused, match="entreprises"):
        rules.change(one.id, replace(rules.wish_of(one), audience="companies"))


@pytest.mark.parametrize("title", ["\u200b\u200d", "\u202e", "\x00\x07", "\u00a0"])
def test_an_invisible_title_is_none(world: World, title: str) -> None:
    with pytest.raises(Refused, match="titre"):
        rules.create(wish(world, title_fr=title))


def test_a_title_turns_no_words_around_it(world: World, planned: Plan) -> None:
    assert planned(title_fr="عشاء \u202eEvil\u2066").title_fr == "عشاء Evil"


def test_a_closure_says_which_event_is_there(world: World, planned: Plan) -> None:
    one = planned(title_fr="Grand soir", space_ids=(world.a.room,))
    when = Interval(one.starts_at, one.ends_at)
    closed = closures.Wish(space(world.a.room), when, "repair", "Peinture")
    with pytest.raises(Taken, match="Grand soir"):
        closures.close(closed, {}, None)
