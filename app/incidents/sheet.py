"""The page of one incident at the desk, and how an act on it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import team
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import local_day
from app.incidents import (
    bill,
    deadlines,
    moving,
    offers,
    outages,
    promises,
    proposals,
    read,
    rules,
    waiting,
    words,
)
from app.incidents.models import Incident
from app.incidents.read import Where
from app.web import edge, navigation
from app.web.actor import actor

YEAR = dt.timedelta(days=365)


def found(incident_id: int) -> Incident:
    """An incident of this venue; 404 for any other."""
    one = read.incident(incident_id)
    if one is None:
        abort(404)
    return one


def hand() -> rules.Hand:
    """Whoever is signed in."""
    return rules.Hand(actor().account_id, actor().name)


def page(incident_id: int, status: int = 200, fault: Refused | None = None) -> Response:
    """All of it: what is ready, what was promised, what it costs, what was said."""
    one = found(incident_id)
    where = read.where_of(one)
    out = read.outage(one.id)
    ready = proposals.of(out, outages.affected(out), promises.policy()) if out else []
    return navigation.page(
        "incidents/desk_incident.html",
        "incidents",
        status,
        incident=one,
        where=where,
        out=out,
        ready=ready,
        paying=outages.paying(out) if out else 0,
        settled=moving.of_incident(one.id),
        undoable=len(moving.moved(out)) + len(offers.fresh(out.id)) if out else 0,
        asked=offers.open_of(out.id) if out else {},
        left=moving.left(out) if out else {},
        undecided=len(moving.undecided(out)) if out else 0,
        bill=bill.of(one),
        record=bill.record(where.asset, clock.now() - YEAR) if where.asset else None,
        promised=_promised(one, where),
        steps=read.steps(one.id),
        comments=read.comments(one.id),
        followers=read.followers(one.id),
        ratings=read.ratings(one.id),
        team=[(person.id, person.name) for _grant, person in team.team()],
        categories=words.categories(),
        states=words.states(),
        kinds=words.KINDS,
        priorities=words.priorities(),
        fates=words.fates(),
        usable_tag=words.usable_tag(one),
        policy=promises.policy(),
        units=len(outages.bare(where.space).units) if where.space else 0,
        zone=where.site.zone,
        now=clock.now(),
        typed=request.form,
        fault=fault,
    )


def _promised(one: Incident, where: Where) -> list[dict[str, Any]]:
    """Each promise: until when, how much of it is used up in opening hours."""
    steps = read.steps(one.id)
    began, still = waiting.began(steps), waiting.stands_still(one)
    first = local_day(began, where.site.zone)
    windows = deadlines.windows_of(where.site, where.space, first)
    now, made = clock.now(), []

    def running(until: dt.datetime, paused: list[waiting.Pause]) -> int:
        stood = sum(
            deadlines.spent(a, min(b or now, until), first, windows) for a, b in paused if a < until
        )
        return deadlines.spent(began, until, first, windows) - stood

    for name, due, done, paused in (
        (_("Répondre"), one.respond_by, one.responded_at, []),
        (_("Réparer"), one.resolve_by, one.resolved_at, waiting.pauses(steps)),
    ):
        pause = still and bool(paused)
        ended = [p for p in paused if p[1] is not None]
        made.append(
            {
                "name": name,
                "due": due,
                "done": done,
                "used": running(done or now, paused),
                "whole": max(1, running(due, ended)),
                "late": (done or now) > due and not pause,
                "still": pause,
            }
        )
    return made


def attempt(incident_id: int, work: Callable[[], str]) -> Response:
    """Do it, say so, come back; a refusal is said on the page, nothing typed is lost."""
    found(incident_id)
    try:
        said = edge.act(work)
    except Refused as error:
        return page(incident_id, error.status, error)
    navigation.say(said)
    if request.form.get("next"):
        return navigation.back("/gestion")
    return redirect(url_for("incidents_desk.incident", incident_id=incident_id), 303)
