"""The past of a till: sessions with their counts and differences, found by word, days and
difference, in any order; and out again as tables, their movements too."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, request
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.wrappers import Response

from app.accounts.models import Account
from app.core.db import db
from app.core.i18n import _
from app.core.slots import day_bounds
from app.payments import here, tills
from app.payments.models import TillClosing, TillMovement, TillSession
from app.tenants.resolve import of_tenant
from app.web import listing, paging
from app.web.listing import Listing
from app.web.policy import needs
from app.web.tables import as_table

pages = Blueprint("till_past", __name__, url_prefix="/gestion/caisse")
PAGE = 20
MOST_ROWS = 100_000
GAP = TillClosing.counted_cents - TillClosing.expected_cents
ORDERS: dict[str, InstrumentedAttribute[Any] | ColumnElement[Any]] = {
    "number": TillSession.number,
    "expected": TillClosing.expected_cents,
    "counted": TillClosing.counted_cents,
    "gap": GAP,
    "banked": TillClosing.banked_cents,
}
GAPS = {"any": GAP != 0, "short": GAP < 0, "over": GAP > 0, "none": GAP == 0}
LIST = Listing(
    "till.show", tuple(ORDERS), "-number", ("q", "ecart", "du", "au"), ("site",), "historique"
)
Row = tuple[TillSession, TillClosing | None]


def kinds() -> dict[str, str]:
    """What is put in or taken out, in words."""
    return {"bank": _("Banque ou coffre"), "expense": _("Achat ou autre dépense")}


def gaps() -> list[tuple[str, str]]:
    """Which differences a list may be narrowed to."""
    return [
        ("", _("Tous")),
        ("any", _("Avec un écart")),
        ("short", _("Il manque")),
        ("over", _("Il y a trop")),
        ("none", _("Compte juste")),
    ]


def wanted(site_id: int | None) -> Select[Any]:
    """Sessions of a site's till, and how each ended, that the address asks for."""
    query = (
        select(TillSession, TillClosing)
        .outerjoin(TillClosing, TillClosing.session_id == TillSession.id)
        .where(tills.sessions_of(tills.site(site_id)))
    )
    if text := request.args.get("q", "").strip()[:80]:
        query = query.where(_says(text))
    if (gap := request.args.get("ecart", "")) in GAPS:
        query = query.where(GAPS[gap])
    zone = of_tenant().books_zone
    if first := listing.day("du"):
        query = query.where(
            func.coalesce(TillClosing.at, func.now()) >= day_bounds(first, zone).start
        )
    if last := listing.day("au"):
        query = query.where(TillSession.opened_at < day_bounds(last, zone).end)
    return query


def _says(text: str) -> ColumnElement[bool]:
    """A session whose number, words, movements or people are these."""
    if number := re.fullmatch(r"(?:n°\s*)?(\d{1,9})", text):
        return TillSession.number == int(number[1])
    named = select(Account.id).where(Account.name.icontains(text, autoescape=True))
    moved = select(TillMovement.session_id).where(
        or_(
            TillMovement.reason.icontains(text, autoescape=True),
            TillMovement.by_account.in_(named),
        )
    )
    return or_(
        TillSession.reason.icontains(text, autoescape=True),
        TillClosing.explanation.icontains(text, autoescape=True),
        TillSession.opened_by.in_(named),
        TillClosing.by_account.in_(named),
        TillSession.id.in_(moved),
    )


def in_order(query: Select[Any]) -> Select[Any]:
    """As the address asks; a session that is not counted yet comes last."""
    name, falls = LIST.order
    column = ORDERS[name]
    by = column.desc() if falls else column.asc()
    return query.order_by(by.nulls_last(), TillSession.number.desc())


def context(site_id: int | None) -> dict[str, Any]:
    """What the page of a till shows of its past."""
    query = wanted(site_id)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    number = paging.asked()
    rows = db.session.execute(in_order(query).limit(PAGE).offset((number - 1) * PAGE))
    sums = query.with_only_columns(
        func.coalesce(func.sum(GAP), 0), func.coalesce(func.sum(TillClosing.banked_cents), 0)
    )
    gap, banked = db.session.execute(sums).one()
    return {
        "rows": [(session, closing) for session, closing in rows],
        "gaps": gaps(),
        "gap_cents": int(gap),
        "banked_cents": int(banked),
        "export": lambda form, what="table": LIST.address(f"till_past.{what}", form=form),
        **LIST.context(total, PAGE),
    }


def names(ids: set[int | None]) -> dict[int, str]:
    """Who acted, by account."""
    known = {one for one in ids if one is not None}
    rows = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(known)))
    return dict(rows.tuples().all())


def _all() -> list[Row]:
    rows = db.session.execute(in_order(wanted(here.site_id())).limit(MOST_ROWS))
    return [(session, closing) for session, closing in rows]


@pages.get("/sessions.<any(csv, xlsx):form>")
@needs("desk.take_payment")
def table(form: str) -> Response:
    """The same list, all its pages, a row for each session."""
    rows, zone = _all(), of_tenant().books_zone
    people = {one.opened_by for one, _end in rows} | {end.by_account for _one, end in rows if end}
    who = names(people)
    heads = [
        _("Session"), _("Ouverte le"), _("Ouverte par"), _("Fond de caisse"), _("Fermée le"),
        _("Fermée par"), _("Attendu"), _("Compté"), _("Écart"), _("Porté en banque ou au coffre"),
        _("Explication"), _("Devise"),
    ]  # fmt: skip
    table: list[list[Any]] = []
    for one, end in rows:
        opened = one.opened_at.astimezone(zone).isoformat(timespec="seconds")
        row = [one.number, opened, who.get(one.opened_by or 0, ""), one.float_cents / 100]
        ended: list[Any] = [None] * 6
        if end is not None:
            gap = end.counted_cents - end.expected_cents
            ended = [
                end.at.astimezone(zone).isoformat(timespec="seconds"),
                who.get(end.by_account or 0, ""),
                *(n / 100 for n in (end.expected_cents, end.counted_cents, gap, end.banked_cents)),
            ]
        said = " · ".join(filter(None, (one.reason, end.explanation if end else "")))
        table.append([*row, *ended, said, of_tenant().currency])
    return as_table(form, "caisse", heads, table)


@pages.get("/mouvements.<any(csv, xlsx):form>")
@needs("desk.take_payment")
def moves(form: str) -> Response:
    """What was put in and taken out in those sessions, oldest first."""
    zone, numbers = of_tenant().books_zone, {one.id: one.number for one, _end in _all()}
    query = select(TillMovement).where(TillMovement.session_id.in_(numbers))
    found = db.session.scalars(query.order_by(TillMovement.id)).all()
    who, said = names({one.by_account for one in found}), kinds()
    heads = [_("Session"), _("Date"), _("Par"), _("Nature"), _("Motif"), _("Montant"), _("Devise")]
    rows = (
        [
            numbers[one.session_id], one.at.astimezone(zone).isoformat(timespec="seconds"),
            who.get(one.by_account or 0, ""), said[one.kind], one.reason, one.amount_cents / 100,
            of_tenant().currency,
        ]
        for one in found
    )  # fmt: skip
    return as_table(form, "mouvements-de-caisse", heads, rows)
