"""Prices and revenue: a month at a glance, why each price, the manager's word, pace and pick-up."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app.core import audit, clock, outbox
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, day_name
from app.rates import month as months
from app.rates import rules, words
from app.rates.models import SolveRun, ValueTable
from app.rates.month import Cell, Month
from app.spaces.models import Space
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("rates_desk", __name__, url_prefix="/gestion/tarifs")
blueprints = (pages,)


def _spaces() -> list[Space]:
    return list(
        db.session.scalars(
            select(Space).where(Space.retired_at.is_(None)).order_by(Space.position, Space.id)
        )
    )


def _space(space_id: int) -> Space:
    found = next((s for s in _spaces() if s.id == space_id), None)
    if found is None:
        abort(404)
    return found


def _day(raw: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(raw) if raw else None
    except ValueError:
        abort(404)


def _that_day(raw: str) -> dt.date:
    day = _day(raw)
    if day is None:
        abort(404)
    return day


def _cents(typed: str) -> int:
    bare = re.sub(r"[\s€\u00a0\u202f]|/h", "", typed).replace(",", ".")
    if not re.fullmatch(r"\d{1,6}(\.\d{1,2})?", bare):
        raise Refused(_("Indiquez un prix par heure, par exemple 18 ou 18,50."), field="prix")
    whole, _dot, part = bare.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def _here(space: Space, day: dt.date | None) -> str:
    return url_for("rates_desk.month", espace=space.id, jour=day)


@pages.get("")
@needs("rates.see")
def month() -> Response:
    """A month of one space, and one day of it in full."""
    spaces = _spaces()
    if not spaces:
        return navigation.page("rates/desk_none.html", "rates")
    wanted = request.args.get("espace", type=int)
    space = _space(wanted) if wanted is not None else spaces[0]
    return _show(space, _day(request.args.get("jour")), _day(request.args.get("mois")))


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
    one = months.load(space, first, now)
    chosen = day if day in one.cells else _first_open(one, today)
    context = {
        "month": one,
        "space": space,
        "spaces": [(s.id, s.name) for s in _spaces()],
        "title": _("Tarifs de %(month)s", month=day_name(first, "year").split(" ", 1)[1]),
        "weeks": [[_shape(cell, space, chosen) for cell in row] for row in one.weeks],
        "before": (first - dt.timedelta(days=1)).replace(day=1),
        "after": one.last + dt.timedelta(days=1),
        "fault": fault,
        "typed": request.form,
        "run": _last_run(space.id),
        "origin": _origin(space.id),
        "may_edit": actor().can("rates.edit"),
        "pickup": _pick_up(one),
    }
    context |= _of_day(one, chosen) if chosen else {"cell": None}
    return navigation.page("rates/desk_month.html", "rates", status, **context)


def _first_open(one: Month, today: dt.date) -> dt.date | None:
    open_days = [d for d, c in one.cells.items() if c.state == "open" and d >= today]
    return min(open_days, default=None)


def _shape(cell: Cell | None, space: Space, chosen: dt.date | None) -> dict[str, Any] | None:
    if cell is None:
        return None
    if cell.state in ("closed", "past"):
        text = cell.why or _("fermé") if cell.state == "closed" else f"{cell.sold} %"
        return {"day": cell.day.day, "off": text}
    return {
        "day": cell.day.day,
        "url": _here(space, cell.day) + "#jour",
        "cents": cell.cents if cell.cents is not None else space.base_cents,
        "heat": cell.heat,
        "sold": cell.sold,
        "pace": cell.pace,
        "locked": cell.locked,
        "event": _("complet") if cell.state == "full" else None,
        "current": cell.day == chosen,
    }


@dataclass(frozen=True)
class Example:
    """One price of a day, taken apart; said to nobody."""

    steps: list[tuple[str, int]]
    span: str
    why: str
    total: int


def _example(one: Month, day: dt.date) -> Example:
    quote = months.example(one, day)
    if quote is None:
        return Example([], "", "", one.cells[day].cents or 0)
    zone = one.space.site.zone
    start, end = quote.starts_at.astimezone(zone), quote.ends_at.astimezone(zone)
    minutes = int((end - start).total_seconds() // 60)
    lines = words.lines(quote.steps, one.space, minutes)
    return Example(
        [(line.label, line.cents) for line in lines],
        f"{start:%H:%M} – {end:%H:%M}",
        words.why(quote),
        quote.price_cents,
    )


def _of_day(one: Month, day: dt.date) -> dict[str, Any]:
    """The side panel: evidence, waterfall, bounds, lock, pace."""
    space, lock = one.space, months.lock_of(one, day)
    panel = {
        "cell": one.cells[day],
        "chosen": day,
        "low": space.base_cents * space.floor_percent // 100,
        "high": space.base_cents * space.ceiling_percent // 100,
        "lock": lock,
        "pace": _pace(one, day),
    }
    return panel | {"example": edge.glance(lambda: _example(one, day))}


def _pace(one: Month, day: dt.date) -> dict[str, Any]:
    curve = months.pace(one, day)
    notes = [{"x": curve.actual[-1][0], "y": min(96, curve.actual[-1][1] + 6), "strong": True,
              "text": _("%(n)d %% vendu", n=round(curve.actual[-1][1])),
              "anchor": "end" if curve.actual[-1][0] > 20 else "start"}]  # fmt: skip
    if curve.forecast:
        end = curve.forecast[-1]
        notes.append({"x": 100, "y": min(98, end[1] + 5), "anchor": "end", "strong": True,
                      "text": _("%(n)d %% attendu", n=round(end[1]))})  # fmt: skip
    if curve.usual:
        x, y = curve.usual[len(curve.usual) // 2]
        notes.append({"x": x, "y": max(2, y - 8), "text": _("d’habitude")})
    usual = dict(curve.usual)
    rows = [
        [
            _("J−%(n)d", n=round(60 * (1 - x / 100))),
            f"{y:.0f} %",
            f"{usual[x]:.0f} %" if x in usual else "–",
        ]
        for x, y in curve.actual
    ]
    return {
        "actual": curve.actual,
        "forecast": curve.forecast,
        "usual": curve.usual,
        "band": curve.band,
        "notes": notes,
        "x_labels": [
            (0, _("J−60")),
            (25, _("J−45")),
            (50, _("J−30")),
            (75, _("J−15")),
            (100, _("jour J")),
        ],
        "y_labels": [(0, "0 %"), (25, ""), (50, "50 %"), (75, ""), (100, "100 %")],
        "table": {"head": [_("Jour"), _("Vendu"), _("D’habitude")], "rows": rows},
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


def _last_run(space_id: int) -> SolveRun | None:
    return db.session.scalars(
        select(SolveRun).where(SolveRun.space_id == space_id).order_by(SolveRun.id.desc()).limit(1)
    ).one_or_none()


def _origin(space_id: int) -> str:
    """Where the tables of a space come from: `prior` until something was learnt."""
    return str(
        db.session.scalar(
            select(ValueTable.origin)
            .where(ValueTable.space_id == space_id)
            .group_by(ValueTable.origin)
            .order_by(func.count().desc())
            .limit(1)
        )
        or "none"
    )


@pages.post("/<int:space_id>/<raw>/prix")
@needs("rates.edit")
def fix(space_id: int, raw: str) -> Response:
    """The manager's word: a price per hour, for one day or several."""
    space, day = _space(space_id), _that_day(raw)

    def work() -> None:
        last = _day(request.form.get("au")) or day
        cents = _cents(request.form.get("prix", ""))
        reason = request.form.get("raison", "").strip()[:200]
        rules.fix_price(_space(space_id), day, last, cents, by=actor().account_id, reason=reason)
        audit.note(
            "rates.fixed",
            f"space:{space_id}",
            actor_id=actor().account_id,
            first=str(day),
            last=str(last),
            cents=cents,
        )

    try:
        edge.act(work)
    except Refused as error:
        return _show(_space(space_id), day, status=error.status, fault=error)
    navigation.say(_("Le prix est fixé."))
    return redirect(_here(space, day) + "#jour")


@pages.post("/<int:space_id>/<raw>/prix/retrait")
@needs("rates.edit")
def release(space_id: int, raw: str) -> Response:
    """Let the engine price that day again."""
    space, day = _space(space_id), _that_day(raw)

    def work() -> None:
        rules.free_price(_space(space_id), day)
        audit.note("rates.freed", f"space:{space_id}", actor_id=actor().account_id, day=str(day))

    edge.act(work)
    navigation.say(_("Le prix suit de nouveau le remplissage."))
    return redirect(_here(space, day) + "#jour")


@pages.post("/<int:space_id>/calcul")
@needs("rates.edit")
def solve(space_id: int) -> Response:
    """Reckon the prices of a space anew."""
    space = _space(space_id)
    edge.act(
        lambda: outbox.defer(
            "rates.solve_space", space_id=space.id, once=f"solve:{space.id}", lane="solve"
        )
    )
    navigation.say(_("Les prix se recalculent."))
    return navigation.back(url_for("rates_desk.month", espace=space_id))
