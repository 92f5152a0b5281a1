"""Handle an incident: states, promises in opening hours, words, satisfaction, who is told."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.core import slots
from app.core.db import db
from app.core.errors import Refused
from app.core.mail import Mail
from app.core.slots import Interval
from app.incidents import deadlines, jobs, read, rules
from app.incidents.models import IncidentAlert, IncidentComment, IncidentStep
from tests.at_desk import Colleague, set_clock
from tests.booking.test_desk_day import DAY, instant
from tests.incidents.conftest import Passer, last
from tests.jobs import run_jobs
from tests.world import World, space

BY = rules.Hand(None, "Bob")
ZONE = ZoneInfo("Europe/Paris")


def letters() -> list[tuple[str, str]]:
    run_jobs(only="incidents.letter")
    return [(m.recipient, m.subject) for m in db.session.scalars(select(Mail).order_by(Mail.id))]


def test_states_are_rows_that_say_who_and_when(passer: Passer, bob: Colleague) -> None:
    passer.report(email="lea@example.org")
    here = f"/gestion/incidents/{last().id}"
    for state in ("acknowledged", "in_progress", "waiting", "resolved", "reopened"):
        assert bob.post(f"{here}/etats", etat=state).status_code == 303
    rows = db.session.scalars(select(IncidentStep).order_by(IncidentStep.id)).all()
    assert [row.state for row in rows][-1] == last().state == "reopened"
    assert {row.by_name for row in rows[1:]} == {"Bob"}
    assert [subject.split(" : ")[1] for _to, subject in letters()] == [
        "signalé", "pris en charge", "en cours de réparation", "en attente du fournisseur",
        "résolu", "rouvert",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"), [("reported", "reopened"), ("resolved", "in_progress"), ("reported", "x")]
)
def test_no_state_is_skipped_backwards(passer: Passer, before: str, after: str) -> None:
    passer.report()
    one = last().id
    if before != "reported":
        rules.advance(one, before, BY)
    with pytest.raises(Refused):
        rules.advance(one, after, BY)


# ── promises ──────────────────────────────────────────────────────────────────────────────────


def eight_to_eight(day: dt.date) -> list[Interval]:
    if day.weekday() == 6:
        return []
    return [Interval(slots.at(day, 480, ZONE), slots.at(day, 1200, ZONE))]


def at(day: int, hour: float) -> dt.datetime:
    return slots.at(DAY + dt.timedelta(days=day), int(hour * 60), ZONE)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ((0, 9), 60, (0, 10)),
        ((0, 19), 120, (1, 9)),  # the night stops the clock
        ((0, 22), 60, (1, 9)),
        ((3, 19), 120, (5, 9)),  # Saturday evening: Sunday does not count
        ((0, 8), 12 * 60, (0, 20)),
        ((17, 19), 24 * 60, (20, 19)),  # over the night on which the clock changes
    ],
)
def test_promises_count_opening_hours(world: World, start, minutes: int, end) -> None:
    first = DAY + dt.timedelta(days=start[0])
    assert deadlines.after(at(*start), minutes, first, eight_to_eight) == at(*end)
    assert deadlines.spent(at(*start), at(*end), first, eight_to_eight) == minutes


def test_whoever_never_opens_counts_real_time(world: World) -> None:
    assert deadlines.after(at(0, 9), 90, DAY, lambda _day: []) == at(0, 10.5)


def test_a_promise_is_counted_with_the_hours_of_the_place(passer: Passer, monkeypatch) -> None:
    set_clock(monkeypatch, instant(19.5))
    passer.report()
    assert last().respond_by == at(1, 8.5)  # an hour: half of it tonight, half of it tomorrow


def test_a_broken_promise_is_told_once_to_those_who_answer_for_it(
    morning: World, passer: Passer, monkeypatch
) -> None:
    passer.report()
    set_clock(monkeypatch, instant(10.2))
    jobs.watch()
    jobs.watch()
    told = db.session.scalars(select(Mail.recipient)).all()
    assert told == ["alice@example.org"]
    assert db.session.scalars(select(IncidentAlert.kind)).all() == ["respond"]
    rules.advance(last().id, "acknowledged", BY)
    set_clock(monkeypatch, at(2, 12))
    jobs.watch()
    assert db.session.scalars(select(IncidentAlert.kind).order_by(IncidentAlert.id)).all() == [
        "respond", "resolve",
    ]  # fmt: skip


def test_what_was_answered_breaks_no_promise(passer: Passer, monkeypatch) -> None:
    passer.report()
    rules.advance(last().id, "acknowledged", BY)
    set_clock(monkeypatch, instant(10.2))
    jobs.watch()
    assert db.session.scalars(select(IncidentAlert)).all() == []


def test_the_day_says_that_the_clock_stands_still(passer: Passer, bob: Colleague) -> None:
    passer.report(utilisable="partly")
    rules.advance(last().id, "waiting", BY)
    db.session.commit()
    assert "en pause" in bob.read("/gestion")


def test_a_supplier_who_is_waited_for_stops_the_clock(
    passer: Passer, bob: Colleague, monkeypatch
) -> None:
    passer.report(
        utilisable="partly"
    )  # to be repaired within 12 open hours: at 21 there is no hour left today
    due, one = last().resolve_by, last().id
    left = due - instant(10)
    set_clock(monkeypatch, instant(10))
    rules.advance(one, "waiting", BY)
    db.session.commit()
    assert "en pause" in bob.read(f"/gestion/incidents/{one}")
    set_clock(monkeypatch, at(3, 10))  # long past it
    jobs.watch()
    assert db.session.scalars(select(IncidentAlert)).all() == []
    rules.advance(one, "in_progress", BY)
    assert last().resolve_by > at(3, 10)
    assert last().resolve_by - at(3, 10) >= left  # as much is left; a Sunday does not count
    rules.advance(one, "waiting", BY)  # twice: each pause counts
    set_clock(monkeypatch, at(4, 10))
    rules.entrust(one, rules.Charge(None, "Lumitech", "high"))
    db.session.flush()
    rules.advance(one, "in_progress", BY)
    kept = last().resolve_by
    rules.entrust(one, rules.Charge(None, "Lumitech", "low"))
    db.session.flush()
    rules.entrust(one, rules.Charge(None, "Lumitech", "high"))
    db.session.flush()
    assert last().resolve_by == kept  # told again from the start it comes to the same
    set_clock(monkeypatch, kept + dt.timedelta(minutes=1))
    jobs.watch()
    assert db.session.scalars(select(IncidentAlert.kind)).all() == ["resolve"]


def test_the_day_says_that_a_supplier_is_waited_for(passer: Passer, bob: Colleague) -> None:
    passer.report(utilisable="partly")
    rules.advance(last().id, "waiting", BY)
    db.session.commit()
    assert "le délai est en pause" in bob.read("/gestion")


def test_a_promise_that_was_broken_before_is_told_though_one_waits_now(
    passer: Passer, monkeypatch
) -> None:
    passer.report()
    rules.advance(last().id, "acknowledged", BY)
    set_clock(monkeypatch, last().resolve_by + dt.timedelta(hours=1))
    rules.advance(last().id, "waiting", BY)
    jobs.watch()
    assert db.session.scalars(select(IncidentAlert.kind)).all() == ["resolve"]


def test_nobody_without_an_address_is_promised_a_letter(passer: Passer) -> None:
    assert "Vous serez prévenu" not in passer.client.get(passer.report()).text
    seen = passer.report(email="lea@example.org", vus=last().code)
    assert "Vous serez prévenu" in passer.client.get(seen).text


def test_somebody_is_given_it_and_told(world: World, passer: Passer, bob: Colleague) -> None:
    passer.report()
    here = f"/gestion/incidents/{last().id}"
    bob.post(f"{here}/charge", qui=str(world.people["alice"]), fournisseur="Lumitech",
             priorite="urgent")  # fmt: skip
    one = last()
    assert (one.assignee_id, one.supplier) == (world.people["alice"], "Lumitech")
    assert one.respond_by == instant(9.5)
    run_jobs(only="incidents.staff_letter")
    assert db.session.scalars(select(Mail.recipient)).all() == ["alice@example.org"]
    refused = bob.post(f"{here}/charge", qui=str(world.people["dora"]), priorite="low")
    assert refused.status_code == 422


# ── words ─────────────────────────────────────────────────────────────────────────────────────


def test_what_the_team_says_to_itself_reaches_nobody_else(passer: Passer, bob: Colleague) -> None:
    link = passer.report(email="lea@example.org")
    here = f"/gestion/incidents/{last().id}/messages"
    bob.post(here, texte="Encore ce vieux truc", pour="equipe")
    bob.post(here, texte="Merci, on arrive", pour="tous")
    page = passer.client.get(link).text
    assert "Merci, on arrive" in page
    assert "vieux truc" not in page
    assert "vieux truc" not in str([m.text for m in db.session.scalars(select(Mail))])
    assert [subject for _to, subject in letters()][-1].endswith("un message du lieu")


def test_whoever_follows_answers_rates_and_opens_it_again(passer: Passer, bob: Colleague) -> None:
    link = passer.report()
    one = last().id
    assert passer.send(f"{link}/messages", texte="Toujours noir").status_code == 303
    assert "Toujours noir" in bob.read(f"/gestion/incidents/{one}")
    assert passer.send(f"{link}/avis", etoiles="5").status_code == 422  # not before it is resolved
    rules.advance(one, "resolved", BY)
    passer.send(f"{link}/avis", etoiles="4", mot="Rapide")
    assert [(r.stars, r.note) for r in read.ratings(one)] == [(4, "Rapide")]
    passer.send(f"{link}/avis", **{"pas-repare": "1"})
    assert last().state == "reopened"


def test_whoever_stops_following_is_not_written_to(passer: Passer) -> None:
    link = passer.report(email="lea@example.org")
    letters()
    passer.send(f"{link}/arret")
    rules.advance(last().id, "resolved", BY)
    assert len(letters()) == 1


def test_an_empty_message_is_no_message(passer: Passer, bob: Colleague) -> None:
    passer.report()
    answer = bob.post(f"/gestion/incidents/{last().id}/messages", texte=" \u200b ", pour="tous")
    assert answer.status_code == 422
    assert db.session.scalars(select(IncidentComment)).all() == []


@pytest.mark.parametrize("typed", ["", "abc", "12,345", "-4", "1e99", "NaN"])
def test_a_cost_is_an_amount(passer: Passer, bob: Colleague, typed: str) -> None:
    passer.report()
    here = f"/gestion/incidents/{last().id}/couts"
    answer = bob.post(here, libelle="Lampe", montant=typed)
    assert answer.status_code == 422
    assert 'value="Lampe"' in answer.text


def test_a_cost_has_a_name_that_is_seen(passer: Passer, bob: Colleague) -> None:
    passer.report()
    answer = bob.post(f"/gestion/incidents/{last().id}/couts", libelle="\u200b", montant="5")
    assert answer.status_code == 422
    assert "Dites pour quoi" in answer.text


def test_the_list_is_filtered_by_its_address_and_the_day_has_its_card(
    morning: World, passer: Passer, bob: Colleague
) -> None:
    passer.report(precisions="Écran noir")
    here = "/gestion/incidents"
    code = last().code
    for query in ("", "?q=ecran", "?priorite=high", f"?espace={morning.a.room}", "?etat=reported"):
        assert code in bob.read(here + query), query
    for query in ("?q=dragon", "?etat=resolved", "?qui=1", f"?espace={morning.a.hall}"):
        assert code not in bob.read(here + query), query
    assert "Signalé inutilisable, encore en vente." in bob.read("/gestion")
    assert space(morning.a.room).name in bob.read("/gestion")


def test_the_rules_of_the_venue_are_its_own(morning: World, client) -> None:
    alice = Colleague(client(morning.a.host), "alice")
    here = "/gestion/reglages/incidents"
    said = {"trusted": "staff", "no_equal": "discount", "discount_percent": "25"}
    said |= {f"respond-{p}": "20" for p in ("urgent", "high", "normal", "low")}
    said |= {f"resolve-{p}": "8" for p in ("urgent", "high", "normal", "low")}
    assert alice.post(here, **said).status_code == 302
    page = alice.read(here)
    assert 'value="25"' in page
    assert alice.post(here, **said | {"respond-low": "900"}).status_code == 422
    assert alice.post(here, **said | {"discount_percent": "0"}).status_code == 422
