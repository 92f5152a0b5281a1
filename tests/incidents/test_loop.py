"""A broken room: out of sale, its people somewhere equal, its cost, and back again."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, select, text

from app.booking import cancel, hold
from app.booking.models import Booking, Cancellation, Move
from app.core.db import db
from app.core.errors import Refused, Taken
from app.core.mail import Mail
from app.core.slots import Interval
from app.incidents import (
    bill,
    choosing,
    matching,
    moving,
    offers,
    outages,
    promises,
    proposals,
    read,
    rules,
)
from app.incidents.matching import Need, Option
from app.incidents.models import Incident, IncidentPolicy, Outage, OutageOffer
from app.incidents.outages import Span
from app.incidents.report import Reporter, Wish, report
from app.invoicing.models import Charge
from app.ledger.models import LedgerEntry
from app.occupancy import rules as occupancy
from app.payments import rules as payments
from app.payments.models import Refund
from app.rates import rules as rates
from app.rates.group import Displaced
from app.spaces import build
from app.spaces.models import Site, Space
from tests.at_desk import Colleague, set_clock, token_in
from tests.booking.test_desk_day import book, instant
from tests.jobs import run_jobs
from tests.world import World, space

BY = rules.Hand(None, "Bob")


def broken(space_id: int) -> Incident:
    where = space(space_id)
    wish = Wish(read.Where(where.site, where), "screen", "no")
    made = report(wish, Reporter(staff=True))
    return read.locked(made.incident_id)


def desk(no_equal: str = "refund") -> moving.Desk:
    kept = IncidentPolicy(no_equal=no_equal, discount_percent=30, targets={})
    return moving.Desk(kept, None, "Panne")


def slot(hour: float, hours: float = 1) -> Interval:
    return Interval(instant(hour), instant(hour + hours))


def ready(out: Outage) -> list[proposals.Proposal]:
    return proposals.of(out, outages.affected(out), promises.policy())


def pay(made: Booking) -> None:
    payments.record_at_desk(payments.Due("booking", made.id, made.price_cents), "cash", None)


def fresh(made: Booking) -> Booking:
    db.session.expire_all()
    return db.session.scalars(select(Booking).where(Booking.id == made.id)).one()


def test_every_free_minute_is_gone_at_once_and_bookings_stand(morning: World, twin: Space) -> None:
    made = book(morning.a.room, 14)
    out = outages.begin(broken(morning.a.room).id, Span(instant(20)), None)
    with pytest.raises(Taken):
        book(morning.a.room, 11)
    assert [u.source_id for u in outages.affected(out)] == [made.id]
    assert fresh(made).state == "confirmed"
    assert outages.fill(out) == 0


def test_one_click_moves_all_tells_them_and_shuts_the_rest(
    morning: World, twin: Space, bob: Colleague
) -> None:
    made = book(morning.a.room, 14, person_id=morning.carla_person)
    pay(made)
    price = made.price_cents
    one = broken(morning.a.room).id
    here = f"/gestion/incidents/{one}"
    bob.post(f"{here}/retrait", **{"jusqu-au": "2027-03-10", "heure": "20:00"})
    page = bob.read(here)
    assert f'value="space:{twin.id}" selected' in page
    assert "Carla Roux" in page
    bob.post(f"{here}/deplacements", **{f"sort-{made.id}": f"space:{twin.id}"})
    moved = fresh(made)
    assert (moved.space_id, moved.price_cents) == (twin.id, price)
    out = db.session.scalars(select(Outage)).one()
    assert outages.affected(out) == []
    taken = occupancy.spans(out.unit_ids, slot(9, 11))
    assert sum(b - a for spans in taken.values() for a, b in spans) == 11 * 3600
    assert "déplacée" in bob.read(here)
    assert db.session.scalars(select(Refund)).all() == []


def test_two_of_one_hour_are_never_sent_to_the_same_room(morning: World, twin: Space) -> None:
    site = db.session.scalars(select(Site)).one()
    pair = build.space(site, "Salle Marie", "meeting_room", capacity=6, base_cents=1800)
    first, second = book(morning.a.room, 14), book(pair.id, 14)
    out = outages.begin(broken(morning.a.room).id, Span(instant(20)), None)
    assert [p.target for p in ready(out)] == [twin]
    cancel.cancel(second.id, cancel.Policy(24, 50), cancel.Actor("staff"))
    assert [p.target.name for p in ready(out)] == ["Salle Marie"]
    assert first.state == "confirmed"


def test_no_smaller_no_less_equipped_no_less_open_room_is_equal(
    morning: World, twin: Space
) -> None:
    room = space(morning.a.room)
    assert proposals.is_equal(twin, room)
    room.equipment = ["screen"]
    assert not proposals.is_equal(twin, room)
    twin.equipment = ["screen", "whiteboard"]
    assert proposals.is_equal(twin, room)
    room.accessibility = {"step_free": True}
    assert not proposals.is_equal(twin, room)


def test_where_no_equal_is_free_all_goes_back_with_its_ledger_entry(morning: World) -> None:
    made = book(morning.a.room, 14)
    pay(made)
    out = outages.begin(broken(morning.a.room).id, Span(instant(20)), None)
    proposal = ready(out)[0]
    assert (proposal.target, proposal.fate) == (None, "refund")
    moving.settle(out, {made.id: proposal.fate}, desk())
    assert db.session.scalars(select(Cancellation.refund_cents)).one() == made.price_cents
    assert db.session.scalars(select(LedgerEntry).where(LedgerEntry.event == "cancelled")).one()
    one = read.incident(out.incident_id)
    assert bill.of(one).back_cents == made.price_cents * 5 // 6


def test_on_account_what_is_given_back_becomes_a_credit_note(morning: World) -> None:
    made = book(morning.a.room, 14)
    out = outages.begin(broken(morning.a.room).id, Span(instant(20)), None)
    moving.settle(out, {made.id: "refund"}, desk())
    cents = db.session.scalars(select(Charge.gross_cents).order_by(Charge.id)).all()
    assert cents == [made.price_cents, -made.price_cents]


def test_a_venue_may_give_a_discount_instead(morning: World) -> None:
    db.session.add(IncidentPolicy(no_equal="discount", discount_percent=30, targets={}))
    made = book(morning.a.room, 14)
    pay(made)
    price = made.price_cents
    out = outages.begin(broken(morning.a.room).id, Span(instant(20)), None)
    assert ready(out)[0].fate == "discount"
    moving.settle(out, {made.id: "discount"}, desk("discount"))
    assert (fresh(made).state, fresh(made).price_cents) == ("confirmed", price - price * 3 // 10)
    assert [r.amount_cents for r in db.session.scalars(select(Refund))] == [price * 3 // 10]


def test_a_booking_that_nobody_named_stops_all_of_it(morning: World, twin: Space) -> None:
    first, second = book(morning.a.room, 11), book(morning.a.room, 14)
    out = outages.begin(broken(morning.a.room).id, Span(instant(20)), None)
    with pytest.raises(moving.Unsaid):
        moving.settle(out, {first.id: f"space:{twin.id}"}, desk())
    with pytest.raises(Refused):
        moving.settle(out, {first.id: "refund", second.id: "space:999999"}, desk())
    assert db.session.scalars(select(Move)).all() == []


def test_who_stays_is_decided_once_and_may_still_be_moved(morning: World, twin: Space) -> None:
    made, other = book(morning.a.room, 11), book(morning.a.room, 14)
    out = outages.begin(broken(morning.a.room).id, Span(instant(20)), None)
    assert len(moving.undecided(out)) == 2
    stays = {made.id: "stays", other.id: "stays"}
    assert len(moving.settle(out, stays, desk())) == 2
    assert moving.settle(out, stays, desk()) == []  # said already
    assert moving.undecided(out) == []
    moving.settle(out, stays | {made.id: f"space:{twin.id}"}, desk())
    told = [(fate.fate, fate.booking_id) for fate, _b in moving.of_incident(out.incident_id)]
    assert sorted(told) == [("moved", made.id), ("stays", other.id)]


def test_whoever_pays_meanwhile_is_listed_whoever_leaves_is_shut_out(
    morning: World, twin: Space
) -> None:
    quote = rates.ask(rates.Asked(space(morning.a.room), slot(11), 1, "staff"))
    held = hold.hold(quote, hold.Terms())
    out = outages.begin(broken(morning.a.room).id, Span(instant(20)), None)
    assert (outages.affected(out), outages.paying(out)) == ([], 1)
    hold.give_up(held)
    assert outages.fill(out) == 1
    with pytest.raises(Taken):
        book(morning.a.room, 11)


def test_undone_everybody_is_back_and_the_rest_stays_shut(morning: World, twin: Space) -> None:
    made = book(morning.a.room, 14)
    out = outages.begin(broken(morning.a.room).id, Span(instant(20)), None)
    moving.settle(out, {made.id: f"space:{twin.id}"}, desk())
    assert moving.undo(out, desk()) == 1
    assert fresh(made).space_id == morning.a.room
    assert [u.source_id for u in outages.affected(out)] == [made.id]
    with pytest.raises(Taken):
        book(morning.a.room, 16)
    assert moving.undo(out, desk()) == 0
    assert moving.of_incident(out.incident_id) == []


def _letters() -> list[str]:
    run_jobs(only="booking.letter")
    return [m.subject for m in db.session.scalars(select(Mail).order_by(Mail.id))]


def _sent_away(world: World, twin: Space, monkeypatch) -> tuple[Outage, Booking]:
    made = book(world.a.room, 14, person_id=world.carla_person)
    run_jobs(only="booking.letter")
    db.session.execute(delete(Mail))
    out = outages.begin(broken(world.a.room).id, Span(instant(20)), None)
    moving.settle(out, {made.id: f"space:{twin.id}"}, desk())
    return out, made


def test_taken_back_at_once_nobody_ever_hears_of_it(
    morning: World, twin: Space, monkeypatch
) -> None:
    out, made = _sent_away(morning, twin, monkeypatch)
    moving.undo(out, desk())
    set_clock(monkeypatch, instant(9.2))
    assert _letters() == []
    assert fresh(made).space_id == morning.a.room


def test_the_letter_of_a_move_waits_and_goes_once(morning: World, twin: Space, monkeypatch) -> None:
    out, _made = _sent_away(morning, twin, monkeypatch)
    waits = db.session.execute(
        text("select scheduled_at from procrastinate_jobs where task_name = 'booking.letter'"
             " and status = 'todo' order by id desc limit 1")
    ).scalar_one()  # fmt: skip
    assert waits == instant(9) + offers.DOUBT
    set_clock(monkeypatch, instant(9.2))
    assert len(_letters()) == 1
    moving.undo(out, desk())  # they know: they are told again
    assert len(_letters()) == 2


def _asked(world: World, fate: str = "choice") -> tuple[Outage, Booking, OutageOffer]:
    made = book(world.a.room, 14, person_id=world.carla_person)
    pay(made)
    out = outages.begin(broken(world.a.room).id, Span(instant(20)), None)
    moving.settle(out, {made.id: fate}, desk())
    return out, made, db.session.scalars(select(OutageOffer)).one()


def test_whoever_booked_chooses_by_the_link_of_a_letter(
    morning: World, twin: Space, client, monkeypatch
) -> None:
    _out, made, offer = _asked(morning)
    price = made.price_cents
    assert (offer.space_id, offer.ends_at) == (twin.id, instant(13))  # an hour before they come
    set_clock(monkeypatch, instant(9.1))
    run_jobs(only="incidents.offer")
    letter = db.session.scalars(select(Mail).where(Mail.template == "incidents/mail_offer")).one()
    assert f"/choix/{offer.token}" in letter.text
    passer = client(morning.a.host)
    page = passer.get(f"/choix/{offer.token}").text
    assert "Salle Hugo" in page
    assert fresh(made).space_id == morning.a.room  # nothing happens by opening it
    said = {"csrf_token": token_in(page), "choix": f"space:{morning.a.hall}"}
    assert passer.post(f"/choix/{offer.token}", data=said).status_code == 422
    said["choix"] = f"space:{twin.id}"
    assert passer.post(f"/choix/{offer.token}", data=said).status_code == 303
    assert (fresh(made).space_id, fresh(made).price_cents) == (twin.id, price)
    said["choix"] = "refund"
    assert passer.post(f"/choix/{offer.token}", data=said).status_code == 422  # once
    assert client(morning.b.host).get(f"/choix/{offer.token}").status_code == 404


def test_who_chooses_their_money_has_all_of_it_once(morning: World, twin: Space) -> None:
    _out, made, offer = _asked(morning)
    choosing.choose(offer.id, "refund")
    with pytest.raises(Refused):
        choosing.choose(offer.id, "refund")
    assert fresh(made).state == "cancelled"
    assert [r.amount_cents for r in db.session.scalars(select(Refund))] == [made.price_cents]


def test_without_an_answer_what_was_announced_happens_not_before(
    morning: World, twin: Space, monkeypatch
) -> None:
    _out, made, offer = _asked(morning)
    choosing.fall_due(offer.id)
    assert fresh(made).space_id == morning.a.room
    set_clock(monkeypatch, instant(13))
    with pytest.raises(Refused):
        choosing.choose(offer.id, "refund")
    choosing.fall_due(offer.id)
    choosing.fall_due(offer.id)
    assert fresh(made).space_id == twin.id
    assert len(db.session.scalars(select(Move)).all()) == 1


def test_without_an_answer_and_without_a_room_all_goes_back(
    morning: World, twin: Space, monkeypatch
) -> None:
    _out, made, offer = _asked(morning)
    book(twin.id, 14)
    set_clock(monkeypatch, instant(13))
    choosing.fall_due(offer.id)
    assert fresh(made).state == "cancelled"


def test_repaired_meanwhile_nobody_has_to_choose(morning: World, twin: Space, monkeypatch) -> None:
    out, made, offer = _asked(morning)
    set_clock(monkeypatch, instant(10))
    run_jobs(only="incidents.offer")
    outages.end(out, None)
    run_jobs(only="incidents.offer")
    subjects = db.session.scalars(select(Mail.subject).where(
        Mail.template == "incidents/mail_offer").order_by(Mail.id)).all()  # fmt: skip
    assert subjects[-1] == "Salle Curie est réparé : rien ne change"
    assert (offer.answer, fresh(made).space_id) == ("stays", morning.a.room)
    with pytest.raises(Refused):
        choosing.choose(offer.id, f"space:{twin.id}")


def test_a_choice_that_is_taken_back_at_once_is_never_heard_of(
    morning: World, twin: Space, monkeypatch
) -> None:
    out, _made, offer = _asked(morning)
    moving.undo(out, desk())
    set_clock(monkeypatch, instant(9.2))
    run_jobs(only="incidents.offer")
    assert offer.answer == "withdrawn"
    assert (
        db.session.scalars(select(Mail).where(Mail.template == "incidents/mail_offer")).all() == []
    )


def test_nobody_is_asked_who_cannot_answer(morning: World, twin: Space) -> None:
    soon = book(morning.a.room, 10, person_id=morning.carla_person)
    nameless = book(morning.a.room, 14)
    out = outages.begin(broken(morning.a.room).id, Span(instant(20)), None)
    for one, other in ((soon, nameless), (nameless, soon)):
        with pytest.raises(Refused):
            moving.settle(out, {one.id: "choice", other.id: "stays"}, desk())


def test_resolved_it_sells_again_reopened_it_is_shut_again(morning: World) -> None:
    one = broken(morning.a.room)
    outages.begin(one.id, Span(instant(20)), None)
    rules.advance(one.id, "resolved", BY)
    assert book(morning.a.room, 14).state == "confirmed"
    rules.advance(one.id, "reopened", BY)
    with pytest.raises(Taken):
        book(morning.a.room, 16)
    assert len(read.outages(one.id)) == 2


def test_the_bill_names_lost_sales_money_back_and_repair(
    morning: World, twin: Space, monkeypatch
) -> None:
    monkeypatch.setattr(
        "app.rates.group.displaced",
        lambda space, block, units=None, *, now: Displaced(12 * block.minutes, 0, 0.0, 2000),
    )
    made = book(morning.a.room, 14)
    one = broken(morning.a.room)
    out = outages.begin(one.id, Span(instant(20)), None)
    moving.settle(out, {made.id: f"space:{twin.id}"}, desk())
    rules.spend(one.id, "Lampe", 18000, BY)
    said = bill.of(one)
    assert (said.repair_cents, said.back_cents) == (18000, 0)
    assert said.displaced_cents == 10 * (11 * 60 + 60)  # its own hours, and one of the other room
    outages.end(out, None)
    assert bill.of(one).displaced_cents == 10 * 60  # nothing of the first was lost in the end


def test_a_part_of_a_pool_goes_out_and_the_others_sell_on(morning: World) -> None:
    one = broken(morning.a.pool)
    out = outages.begin(one.id, Span(instant(20), 3), None)
    assert len(out.unit_ids) == 3
    assert book(morning.a.pool, 14, people=4).state == "confirmed"
    with pytest.raises(Taken):
        book(morning.a.pool, 14)


@pytest.mark.parametrize("hour", [8.5, 9.0])
def test_an_outage_never_ends_before_it_begins(morning: World, hour: float) -> None:
    with pytest.raises(Refused):
        outages.begin(broken(morning.a.room).id, Span(instant(hour)), None)
    with pytest.raises(Refused):
        outages.begin(broken(morning.a.room).id, Span(instant(9) + dt.timedelta(days=93)), None)


def test_the_whole_hall_is_shut_with_one_half(morning: World) -> None:
    outages.begin(broken(morning.a.half).id, Span(instant(20)), None)
    with pytest.raises(Taken):
        book(morning.a.hall, 14, people=60)


# ── who goes where ────────────────────────────────────────────────────────────────────────────


def need(key: int, hour: int, *spaces: int) -> Need:
    start = dt.datetime(2027, 3, 10, hour, tzinfo=dt.UTC)
    until = start + dt.timedelta(hours=2)
    return Need(key, start, tuple(Option(s, (s,), 1, until, (s,)) for s in spaces))


def test_more_placed_beats_a_better_fit() -> None:
    assert matching.match([need(1, 10, 1, 2), need(2, 10, 1)], {}) == {1: 2, 2: 1}
    assert matching.match([need(1, 10, 1), need(2, 12, 1)], {}) == {1: 1, 2: 1}
    assert len(matching.match([need(1, 10, 1), need(2, 11, 1)], {})) == 1


def test_a_search_without_end_ends_with_a_good_answer() -> None:
    crowd = [need(n, 10, *range(1, 13)) for n in range(14)]
    found = matching.match(crowd, {})
    assert len(found) == 12
    assert len(set(found.values())) == 12
