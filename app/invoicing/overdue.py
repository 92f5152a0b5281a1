"""What is late at the desk: by age, each with its reminders; and the venue's days for them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import case, func, select
from werkzeug.wrappers import Response

from app.core import audit
from app.core.db import db
from app.core.i18n import _
from app.invoicing import billing, penalties, read, reminders, sellers
from app.invoicing.models import Reminder
from app.tenants.resolve import of_tenant
from app.web import edge, navigation, paging
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("invoicing_overdue", __name__, url_prefix="/gestion/factures")
PAGE = 40
AGES = (30, 60, 90)


def ages() -> list[str]:
    """Columns of the balance by age."""
    return [_("1 à 30 jours"), _("31 à 60 jours"), _("61 à 90 jours"), _("Plus de 90 jours")]


def by_age(wanted: read.Wish, today: dt.date) -> list[tuple[str, int, int]]:
    """What is owed by age: words, documents, cents."""
    found = read.query(wanted, today).subquery()
    days = today - found.c.due_on
    age = case(*((days <= most, n) for n, most in enumerate(AGES)), else_=len(AGES))
    rows = db.session.execute(select(age, func.count(), func.sum(found.c.owed)).group_by(age))
    sums = {int(n): (int(many), int(cents)) for n, many, cents in rows}
    return [(name, *sums.get(n, (0, 0))) for n, name in enumerate(ages())]


def _reminded(ids: list[int]) -> dict[int, Reminder]:
    """The last reminder of each."""
    rows = db.session.scalars(
        select(Reminder).where(Reminder.document_id.in_(ids)).order_by(Reminder.id)
    )
    return {row.document_id: row for row in rows}


def _url(**more: Any) -> str:
    asked: dict[str, Any] = request.args.to_dict() | more
    return url_for("invoicing_overdue.overdue", **asked)


@pages.get("/impayes")
@needs("money.see")
def overdue() -> Response:
    """Every late document, the oldest first, with its age and what was done about it."""
    tenant = of_tenant()
    today = reminders.day_of(tenant)
    asked = read.wish(request.args)
    sort = request.args.get("tri", "late")
    wanted = replace(asked, state="late", sort=sort.lstrip("-"), rising=not sort.startswith("-"))
    if wanted.sort not in read.SORTS:
        wanted, sort = replace(wanted, sort="late"), "late"
    number = paging.asked()
    rows = read.page(wanted, today, limit=PAGE, offset=(number - 1) * PAGE)
    count, _gross, owed = read.totals(wanted, today)
    return navigation.page(
        "invoicing/desk_overdue.html",
        "invoices",
        rows=rows,
        days={row.document.id: (today - row.document.due_on).days for row in rows
              if row.document.due_on},
        reminded=_reminded([row.document.id for row in rows]),
        interest={row.document.id: penalties.accrued(row.document, row.due_cents, today)
                  for row in rows},
        ages=by_age(wanted, today),
        count=count,
        owed=owed,
        page_number=number,
        pages_count=-(-count // PAGE),
        url=lambda n: _url(page=n),
        order=lambda name: _url(tri=f"-{name}" if sort == name else name, page=1),
        sort=sort,
        filters=request.args,
        profile=sellers.profile(),
        sections=billing.tabs("overdue"),
        export=lambda form: url_for("invoicing_export.table", form=form, etat="late",
                                    q=wanted.words or None, tri=sort),
    )  # fmt: skip


@pages.get("/relances")
@needs("settings.edit")
def settings() -> Response:
    """When the venue reminds, and what late payment costs."""
    return _settings()


def _settings(status: int = 200, faults: dict[str, str] | None = None) -> Response:
    profile, today = sellers.profile(), reminders.day_of(of_tenant())
    return navigation.page(
        "invoicing/desk_reminders.html",
        "invoices",
        status,
        profile=profile,
        rate=penalties.rate_bp(profile, today),
        doubt=penalties.doubt(profile, today),
        typed=request.form,
        faults=faults or {},
        sections=billing.tabs("reminders"),
    )


def _days() -> tuple[list[int | None], dict[str, str]]:
    """The three days as typed; an empty box is no reminder. Each comes after the one before."""
    days: list[int | None] = []
    faults = {}
    for level in reminders.LEVELS:
        raw = request.form.get(f"jours{level}", "").strip()
        good = raw.isascii() and raw.isdigit() and 1 <= int(raw[:4]) <= 365
        days.append(int(raw) if good else None)
        if raw and not good:
            faults[f"jours{level}"] = _("Un nombre de jours, de 1 à 365.")
    given = [day for day in days if day is not None]
    if not faults and given != sorted(set(given)):
        faults["jours1"] = _("Chaque relance vient après la précédente.")
    return days, faults


@pages.post("/relances")
@needs("settings.edit")
def save() -> Response:
    """Keep them."""
    days, faults = _days()
    if faults:
        return _settings(422, faults)

    def work() -> None:
        reminders.keep(
            days,
            on=bool(request.form.get("relances")),
            rule="legal" if request.form.get("taux") == "legal" else "ecb",
            mails_documents=bool(request.form.get("envois")),
        )
        audit.note("reminders.set", f"tenant:{of_tenant().id}", actor_id=actor().account_id)

    edge.act(work)
    navigation.say(_("Les réglages sont enregistrés."))
    return redirect(url_for("invoicing_overdue.settings"))
