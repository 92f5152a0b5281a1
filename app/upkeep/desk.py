"""Maintenance at the desk: what is due, machines, proofs, and the day's sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flask import Blueprint, Flask, abort, current_app, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.booking import day, todo
from app.booking.day import Day
from app.booking.dossier import note
from app.booking.todo import Fix, Todo
from app.core import clock, papers
from app.core.db import db
from app.core.errors import Refused
from app.core.files import StoredFile, storage
from app.core.i18n import _, day_name
from app.core.slots import local_day, read_day
from app.incidents import read as incidents
from app.incidents import rules as money
from app.incidents import words
from app.incidents.models import Asset
from app.spaces.models import Site
from app.tenants.resolve import of_tenant
from app.upkeep import crowd, daysheet, proofs, rules
from app.upkeep.models import Plan, Proof
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("upkeep", __name__, url_prefix="/gestion/entretien")
blueprints = (pages,)


def kinds() -> dict[str, str]:
    """What sorts of plans there are."""
    return {"legal": _("Contrôle obligatoire"), "preventive": _("Entretien préventif")}


def results() -> dict[str, str]:
    """How it went."""
    return {"ok": _("Conforme"), "remarks": _("Avec remarques"), "failed": _("Non conforme")}


def _places() -> list[tuple[str, str]]:
    sites = db.session.scalars(select(Site).order_by(Site.position, Site.id)).all()
    return [(f"s{s.id}", s.name) for s in day.of_venue()] + [
        (f"b{s.id}", _("Bâtiment : %(name)s", name=s.name)) for s in sites
    ]


def _machines() -> list[Asset]:
    query = select(Asset).where(Asset.retired_at.is_(None)).order_by(Asset.name, Asset.id)
    return list(db.session.scalars(query))


def _attempt(work: Callable[[], str], again: Callable[[int, Refused], Response]) -> Response:
    """Do it and go where it says; a refusal shows the form again with all that was typed."""
    try:
        where = edge.act(work)
    except Refused as error:
        return again(error.status, error)
    return redirect(where, 303)


# ── plans ─────────────────────────────────────────────────────────────────────────────────────


def _plans(status: int = 200, fault: Refused | None = None) -> Response:
    machines = _machines()
    return navigation.page(
        "upkeep/desk_plans.html",
        "upkeep",
        status,
        rows=rules.all_due(),
        kinds=kinds(),
        places=_places(),
        machine_choices=[(a.id, a.name) for a in machines],
        names=dict(_places()) | {a.id: a.name for a in machines},
        today=_today(),
        typed=request.form,
        fault=fault,
    )


@pages.get("")
@needs("upkeep.see")
def plans() -> Response:
    """What is due, the most pressing first."""
    return _plans()


@pages.post("")
@needs("upkeep.edit")
def schedule() -> Response:
    """One more thing to be done again and again."""

    def work() -> str:
        made = rules.schedule(request.form)
        note("upkeep.plan", f"plan:{made.id}")
        return url_for("upkeep.plan", plan_id=made.id)

    return _attempt(work, _plans)


def _plan(plan_id: int) -> Plan:
    found = rules.plan(plan_id)
    if found is None:
        abort(404)
    return found


def _plan_page(plan_id: int, status: int = 200, fault: Refused | None = None) -> Response:
    one = _plan(plan_id)
    site = db.session.scalars(select(Site).where(Site.id == one.site_id)).one()
    visits = rules.visits(plan_id=one.id)
    kept = db.session.scalars(select(Proof).where(Proof.visit_id.in_([v.id for v in visits])))
    return navigation.page(
        "upkeep/desk_plan.html",
        "upkeep",
        status,
        plan=one,
        due=rules.due(one),
        planned=rules.planned(one),
        visits=visits,
        proofs=list(kept),
        kinds=kinds(),
        results=results(),
        zone=site.zone,
        may_edit=actor().can("upkeep.edit"),
        typed=request.form,
        fault=fault,
    )


@pages.get("/<int:plan_id>")
@needs("upkeep.see")
def plan(plan_id: int) -> Response:
    """One plan: when next, every time that it was done, with its proofs."""
    return _plan_page(plan_id)


@pages.post("/<int:plan_id>/creneau")
@needs("upkeep.edit")
def slot(plan_id: int) -> Response:
    """Take the free time that displaces the least."""

    def work() -> str:
        made = rules.book_slot(_plan(plan_id), actor().account_id)
        note("upkeep.slot", f"plan:{plan_id}", starts_at=made.starts_at.isoformat())
        return url_for("upkeep.plan", plan_id=plan_id)

    return _attempt(work, lambda status, fault: _plan_page(plan_id, status, fault))


@pages.post("/<int:plan_id>/visites")
@needs("upkeep.edit")
def done(plan_id: int) -> Response:
    """It was done, with its proof."""
    _plan(plan_id)
    sent = request.files.get("preuve")

    def work() -> str:
        raw = request.form.get("cout", "").strip()
        cost = money.cents_of(raw, "cout") if raw else 0
        one = _plan(plan_id)
        row = rules.done(one, request.form, cost, actor().account_id)
        if sent is not None and sent.filename:
            with sent.stream as stream:
                proofs.keep(row, stream.read(papers.HEAVIEST + 1), one.name)
        note("upkeep.done", f"plan:{plan_id}", result=row.result)
        return url_for("upkeep.plan", plan_id=plan_id)

    return _attempt(work, lambda status, fault: _plan_page(plan_id, status, fault))


@pages.get("/preuves/<int:proof_id>")
@needs("upkeep.see")
def proof(proof_id: int) -> Response:
    """A proof, to be kept and never run: as a download that opens nothing."""
    found = db.session.execute(
        select(Proof, StoredFile)
        .join(StoredFile, StoredFile.id == Proof.file_id)
        .where(Proof.id == proof_id)
    ).one_or_none()
    if found is None:
        abort(404)
    _row, file = found
    content = storage(current_app.config["SETTINGS"].storage).get(file.name)
    answer = Response(content, mimetype=file.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="preuve-{proof_id}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@pages.post("/<int:plan_id>/retrait")
@needs("upkeep.edit")
def drop(plan_id: int) -> Response:
    """No more of it; what was done stays in the books."""

    def work() -> str:
        _plan(plan_id).retired_at = clock.now()
        note("upkeep.plan", f"plan:{plan_id}")
        return url_for("upkeep.plans")

    return _attempt(work, lambda status, fault: _plan_page(plan_id, status, fault))


# ── machines ──────────────────────────────────────────────────────────────────────────────────


@pages.get("/machines")
@needs("upkeep.see")
def assets() -> Response:
    """Every machine, with what is under warranty."""
    places = dict(_places())
    return navigation.page(
        "upkeep/desk_assets.html",
        "upkeep",
        rows=_machines(),
        where=lambda a: places.get(f"s{a.space_id}") or places.get(f"b{a.site_id}", ""),
        today=_today(),
    )


def _asset(asset_id: int) -> Asset:
    found = rules.asset(asset_id)
    if found is None:
        abort(404)
    return found


def _asset_page(one: Asset | None, status: int = 200, fault: Refused | None = None) -> Response:
    history, seen = [], []
    if one is not None:
        history = incidents.listed({"machine": str(one.id), "etat": "tous"}, limit=30, offset=0)[0]
        seen = rules.visits(asset_id=one.id)
    spent = sum(c.net_cents for row in history for c in incidents.costs(row.incident.id))
    return navigation.page(
        "upkeep/desk_asset.html",
        "upkeep",
        status,
        machine=one,
        places=_places(),
        history=history,
        visits=seen,
        spent=spent + sum(v.cost_cents for v in seen),
        hours=rules.hours_used(one) if one else 0,
        readings=rules.readings(one.id) if one else [],
        categories=words.categories(),
        states=words.states(),
        results=results(),
        may_edit=actor().can("upkeep.edit"),
        may_tick=actor().can("upkeep.tick"),
        typed=request.form,
        fault=fault,
    )


@pages.get("/machines/nouvelle")
@needs("upkeep.edit")
def new_asset() -> Response:
    """One that is not known yet."""
    return _asset_page(None)


@pages.get("/machines/<int:asset_id>")
@needs("upkeep.see")
def asset(asset_id: int) -> Response:
    """What it is, how often it broke, what it cost, until when it is under warranty."""
    return _asset_page(_asset(asset_id))


@pages.post("/machines/nouvelle")
@needs("upkeep.edit")
def add_asset() -> Response:
    """Write it down; its code can be printed at once."""
    return _save(None)


@pages.post("/machines/<int:asset_id>")
@needs("upkeep.edit")
def change_asset(asset_id: int) -> Response:
    """Write what changed."""
    _asset(asset_id)
    return _save(asset_id)


def _save(asset_id: int | None) -> Response:
    def work() -> str:
        raw = request.form.get("valeur", "").strip()
        value = money.cents_of(raw, "valeur") if raw else 0
        made = rules.describe(_asset(asset_id) if asset_id else None, request.form, value)
        note("upkeep.asset", f"asset:{made.id}")
        return url_for("upkeep.asset", asset_id=made.id)

    def again(status: int, fault: Refused) -> Response:
        return _asset_page(_asset(asset_id) if asset_id else None, status, fault)

    return _attempt(work, again)


@pages.post("/machines/<int:asset_id>/compteur")
@needs("upkeep.tick")
def read_counter(asset_id: int) -> Response:
    """What its counter shows; whoever stands before it may write it down."""

    def work() -> str:
        raw = request.form.get("compteur", "")
        made = rules.read_counter(_asset(asset_id), raw, actor().account_id)
        note("upkeep.reading", f"asset:{asset_id}", hours=made.hours)
        return url_for("upkeep.asset", asset_id=asset_id)

    return _attempt(work, lambda status, fault: _asset_page(_asset(asset_id), status, fault))


# ── the day's sheet ───────────────────────────────────────────────────────────────────────────


def _today() -> dt.date:
    """The day of the first building: its sheet is the one that is asked for."""
    site = db.session.scalars(select(Site).order_by(Site.position, Site.id).limit(1)).one_or_none()
    return local_day(clock.now(), site.zone if site else of_tenant().books_zone)


def _day(raw: str) -> dt.date:
    """A day in an address; 404 for what is none, or beyond what clocks and calendars know."""
    found = read_day(raw)
    if found is None:
        abort(404)
    return found


@pages.get("/jour/<raw>")
@needs("upkeep.see")
def sheet(raw: str) -> Response:
    """Everything that somebody has to do on a day, to be ticked or printed."""
    date = _day(raw)
    lines = daysheet.lines(date)
    return navigation.page(
        "upkeep/desk_sheet.html",
        "today",
        date=date,
        title=day_name(date),
        groups=daysheet.grouped(lines),
        ticks=rules.ticks(date),
        sites=[(s.id, s.name) for s in db.session.scalars(select(Site).order_by(Site.position))],
        may_tick=actor().can("upkeep.tick"),
        before=url_for("upkeep.sheet", raw=date - dt.timedelta(days=1)),
        after=url_for("upkeep.sheet", raw=date + dt.timedelta(days=1)),
    )


@pages.post("/jour/<raw>/coches")
@needs("upkeep.tick")
def tick(raw: str) -> Response:
    """Done; or not, after all."""
    date, line = _day(raw), request.form.get("ligne", "")
    known = {one.key for one in daysheet.lines(date)}
    if line in known:
        edge.act(lambda: rules.tick(date, line, actor().account_id, actor().name))
    return redirect(url_for("upkeep.sheet", raw=date) + f"#{line}", 303)


@pages.post("/jour/<raw>/taches")
@needs("upkeep.tick")
def add_task(raw: str) -> Response:
    """A delivery, a chore. Nothing is written without words or in a building of others."""
    date = _day(raw)
    try:
        edge.act(lambda: daysheet.add(date, request.form, actor().account_id))
    except Refused as error:
        navigation.say(error.text, "warn")
    return redirect(url_for("upkeep.sheet", raw=date), 303)


# ── what is late, on the day's page ───────────────────────────────────────────────────────────


def late(_day: Day) -> list[Todo]:
    """Checks and visits that are past their time."""
    return [
        Todo(
            "history",
            "danger" if row.plan.kind == "legal" else "warn",
            _("%(what)s : échéance passée", what=row.plan.name),
            kinds()[row.plan.kind],
            (Fix(_("Ouvrir"), f"/gestion/entretien/{row.plan.id}", permission="upkeep.see"),),
        )
        for row in rules.all_due()[:3]
        if row.late
    ]


def install(_app: Flask) -> None:
    """The day's list of what is to be done asks us too."""
    for source in (late, crowd.warnings):
        if source not in todo.MORE:
            todo.MORE.append(source)
