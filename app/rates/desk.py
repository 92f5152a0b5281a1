"""Prices and revenue: a month at a glance, why each price, the manager's word, pace and pick-up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.core import audit, clock, outbox
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, _n, day_name
from app.rates import (
    audited,
    found,
    grouped,
    local_desk,
    pace_chart,
    proposals,
    rules,
    steered,
    verdict,
    words,
)
from app.rates import month as months
from app.rates.models import ValueTable
from app.rates.month import Cell, Month
from app.spaces.models import Space
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("rates_desk", __name__, url_prefix="/gestion/tarifs")
blueprints = (pages, steered.pages, audited.pages, grouped.pages, local_desk.pages)
PARTS = {"matin": 0, "apres-midi": 1, "soir": 2}


@pages.get("")
@needs("rates.see")
def month() -> Response:
    """A month of one space, and one day of it in full."""
    spaces = found.spaces()
    if not spaces:
        return navigation.page("rates/desk_none.html", "rates")
    wanted = request.args.get("espace", type=int)
    space = found.space(wanted) if wanted is not None else _first(spaces)
    return _show(space, found.day(request.args.get("jour")), found.day(request.args.get("mois")))


def _first(spaces: Sequence[Space]) -> Space:
    """The first space with prices that wait, else the first."""
    waiting = proposals.counts(clock.now().astimezone(spaces[0].site.zone).date())
    return next((s for s in spaces if s.id in waiting), spaces[0])


def _show(
    space: Space,
    day: dt.date | None,
    first: dt.date | None = None,
    status: int = 200,
    fault: Refused | None = None,
) -> Response:
    now = clock.now()
    today = now.astimezone(space.site.zone).date()
    first = (first or day or today).replace(day=1)
    part = request.args.get("tranche", "")
    one = months.load(space, first, now, PARTS.get(part))
    chosen = day if day in one.cells else _first_open(one, today)
    context = {
        "month": one,
        "space": space,
        "spaces": [(s.id, s.name) for s in found.spaces()],
        "parts": _part_names(),
        "part": part if part in PARTS else "",
        "title": _("Tarifs de %(month)s", month=day_name(first, "year").split(" ", 1)[1]),
        "weeks": [[_shape(cell, space, chosen, part, today) for cell in row] for row in one.weeks],
        "before": (first - dt.timedelta(days=1)).replace(day=1),
        "after": one.last + dt.timedelta(days=1),
        "fault": fault,
        "typed": request.form,
        "may_edit": actor().can("rates.edit"),
        "pickup": _pick_up(one),
        **_night(space),
        **_waiting(space, today),
    }
    context |= _of_day(one, chosen) if chosen else {"cell": None}
    return navigation.page("rates/desk_month.html", "rates", status, **context)


def _part_names() -> list[tuple[str, str]]:
    return [
        ("", _("Journée")),
        ("matin", _("Matin, avant 12 h")),
        ("apres-midi", _("Après-midi")),
        ("soir", _("Soir, après 18 h")),
    ]


def _night(space: Space) -> dict[str, Any]:
    """What the last nights decided and how far they are sure."""
    run, good = found.last_run(space.id), found.last_run(space.id, good=True)
    state, sentence = verdict.learning(good)
    return {
        "run": run,
        "state": state,
        "learning": sentence,
        "decision": verdict.decision(good, space),
        "notes": verdict.notes(good),
        "solved_at": good.ended_at if good else None,
    }


def _waiting(space: Space, today: dt.date) -> dict[str, Any]:
    """Prices that wait: day by day for this space, in sum for the others."""
    counted = proposals.counts(today)
    names = {s.id: s.name for s in found.spaces()}
    return {
        "waiting": proposals.pending(today, [space.id]) if space.id in counted else [],
        "elsewhere": [
            (id_, names[id_], count, cents)
            for id_, (count, cents) in counted.items()
            if id_ != space.id and id_ in names
        ],
        "waiting_count": sum(count for id_, (count, _cents) in counted.items() if id_ in names),
    }


def _first_open(one: Month, today: dt.date) -> dt.date | None:
    open_days = [d for d, c in one.cells.items() if c.state == "open" and d >= today]
    return min(open_days, default=None)


def _shape(
    cell: Cell | None, space: Space, chosen: dt.date | None, part: str, today: dt.date
) -> dict[str, Any] | None:
    if cell is None:
        return None
    if cell.state in ("closed", "past"):
        text = cell.why or _("fermé") if cell.state == "closed" else f"{cell.sold} %"
        return {"day": cell.day.day, "off": text}
    url = url_for(
        "rates_desk.month", espace=space.id, jour=cell.day, tranche=part or None, _anchor="jour"
    )
    return {
        "day": cell.day.day,
        "url": url,
        "cents": cell.cents if cell.cents is not None else space.base_cents,
        "heat": cell.heat,
        "sold": cell.sold,
        "pace": cell.pace,
        "locked": cell.locked,
        "event": _nothing_left(cell, today) if cell.state == "full" else None,
        "proposed": cell.proposed.then if cell.proposed else None,
        "current": cell.day == chosen,
    }


def _nothing_left(cell: Cell, today: dt.date) -> str:
    """Why a day has no hour to sell: it is sold, or what was left of today is over."""
    return _("terminé") if cell.day == today and cell.sold < 100 else _("complet")


def _of_day(one: Month, day: dt.date) -> dict[str, Any]:
    """The side panel: evidence, waterfall, bounds, expected effect, lock, pace."""
    space, lock, cell = one.space, months.lock_of(one, day), one.cells[day]
    expected = cell.proposed.expected if cell.proposed else _expected(space, day)
    return {
        "cell": cell,
        "chosen": day,
        "low": space.base_cents * space.floor_percent // 100,
        "high": space.base_cents * space.ceiling_percent // 100,
        "lock": lock,
        "pace": pace_chart.drawn(one, day),
        "outlook": "" if lock else verdict.outlook(expected, space, cell.cents),
        "example": _example(one, day),
    }


def _expected(space: Space, day: dt.date) -> dict[str, Any]:
    """What the night expected of a day on sale; nothing where prices are frozen."""
    if space.pricing == "fixed":
        return {}
    query = select(ValueTable.expected).where(
        ValueTable.space_id == space.id, ValueTable.day == day, ValueTable.state == "live"
    )
    return db.session.scalar(query) or {}


def _example(one: Month, day: dt.date) -> dict[str, Any] | None:
    taken = months.example(one, day)
    if taken is None:
        return None
    zone = one.space.site.zone
    start, end = taken.interval.start.astimezone(zone), taken.interval.end.astimezone(zone)
    lines = words.lines(taken.steps, one.space, taken.interval.minutes)
    return {
        "steps": [(line.label, line.cents) for line in lines],
        "span": f"{start:%H:%M} – {end:%H:%M}",
        "why": words.why_of(taken.evidence),
        "total": taken.price_cents,
    }


def _pick_up(one: Month) -> dict[str, Any]:
    days = months.pick_up(one)
    bars = [
        {"label": day_name(d, "short").split()[0], "value": n, "text": _hours(n)} for d, n in days
    ]
    rows = [[day_name(d, "short"), _hours(n)] for d, n in days]
    return {"bars": bars, "table": {"head": [_("Jour"), _("Heures")], "rows": rows}}


def _hours(value: float) -> str:
    text = f"{abs(value):g}".replace(".", _(","))
    return f"{'−' if value < 0 else '+'}{text} h"


@pages.post("/<int:space_id>/<raw>/prix")
@needs("rates.edit")
def fix(space_id: int, raw: str) -> Response:
    """The manager's word: a price per hour, for one day or several."""
    space, day = found.space(space_id), found.that_day(raw)

    def work() -> None:
        last = found.day(request.form.get("au")) or day
        cents = found.cents(request.form.get("prix", ""))
        reason = request.form.get("raison", "").strip()[:200]
        rules.fix_price(space, day, last, cents, by=actor().account_id, reason=reason)
        note("rates.fixed", space, first=str(day), last=str(last), cents=cents)

    try:
        edge.act(work)
    except Refused as error:
        return _show(found.space(space_id), day, status=error.status, fault=error)
    alone = request.form.get("au", raw) in ("", raw)
    back = url_for("rates_desk.release", space_id=space_id, raw=raw)
    navigation.say(_("Le prix est fixé."), undo=back if alone else None)
    return redirect(found.here(space, day) + "#jour")


def note(action: str, space: Space, **detail: Any) -> None:
    """Write down who changed the prices of a space."""
    audit.note(action, f"space:{space.id}", actor_id=actor().account_id, **detail)


@pages.post("/<int:space_id>/<raw>/prix/retrait")
@needs("rates.edit")
def release(space_id: int, raw: str) -> Response:
    """Let the engine price that day again."""
    space, day = found.space(space_id), found.that_day(raw)

    def work() -> None:
        rules.free_price(space, day)
        note("rates.freed", space, day=str(day))

    edge.act(work)
    navigation.say(_("Le prix suit de nouveau le remplissage."))
    return redirect(found.here(space, day) + "#jour")


@pages.post("/<int:space_id>/<raw>/acceptation")
@needs("rates.edit")
def accept(space_id: int, raw: str) -> Response:
    """Put the proposed prices of one day on sale."""
    space, day = found.space(space_id), found.that_day(raw)
    _accept([(space, [day])])
    return redirect(found.here(space, day) + "#jour")


@pages.post("/acceptations")
@needs("rates.edit")
def accept_all() -> Response:
    """Put the ticked prices on sale: days of the space on the page, and whole other spaces."""
    spaces = {s.id: s for s in found.spaces()}
    here = spaces.get(request.form.get("ici", type=int) or 0)
    if here is None:
        abort(404)
    today = clock.now().astimezone(here.site.zone).date()
    ticked = set(request.form.getlist("jour"))
    wanted = [(here, [p.day for p in proposals.pending(today, [here.id]) if str(p.day) in ticked])]
    for raw in request.form.getlist("espace"):
        if raw.isdigit() and int(raw) in spaces and int(raw) != here.id:
            space = spaces[int(raw)]
            wanted.append((space, [p.day for p in proposals.pending(today, [space.id])]))
    _accept(wanted)
    return redirect(url_for("rates_desk.month", espace=here.id))


def _accept(wanted: list[tuple[Space, list[dt.date]]]) -> None:
    now = clock.now()

    def work() -> int:
        count = 0
        for space, days in wanted:
            done = proposals.accept(space, days, now)
            count += done
            if done:
                note("rates.accepted", space, days=done)
        return count

    count = edge.act(work)
    if not count:
        navigation.say(_("Aucun prix n’attendait."), "warn")
        return
    navigation.say(
        _n("%(num)s prix accepté.", "%(num)s prix acceptés.", count),
        undo=url_for("rates_desk.take_back", le=now.isoformat()),
    )


@pages.post("/acceptations/retour")
@needs("rates.edit")
def take_back() -> Response:
    """Undo an acceptance: what was on sale before is on sale again."""
    try:
        moment = dt.datetime.fromisoformat(request.args.get("le", ""))
    except ValueError:
        abort(404)
    if moment.tzinfo is None:
        abort(404)

    def work() -> list[int]:
        return [s.id for s in found.spaces() if proposals.take_back(s, moment)]

    back = edge.act(work)
    if not back:
        abort(404)
    navigation.say(_("Les prix d’avant sont de nouveau en vente."))
    return redirect(url_for("rates_desk.month", espace=back[0]))


@pages.post("/<int:space_id>/calcul")
@needs("rates.edit")
def solve(space_id: int) -> Response:
    """Reckon the prices of a space anew."""
    space = found.space(space_id)
    edge.act(
        lambda: outbox.defer(
            "rates.solve_space", space_id=space.id, once=f"solve:{space.id}", lane="solve"
        )
    )
    navigation.say(_("Les prix se recalculent."))
    return navigation.back(url_for("rates_desk.month", espace=space_id))
