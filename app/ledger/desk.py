"""The accounts at the desk: VAT of a period, and what goes to the accountant."""

from __future__ import annotations

import datetime as dt
from typing import Any

from babel.dates import format_date
from flask import Blueprint, Response, abort, request, url_for
from sqlalchemy import func, select, text
from werkzeug.wrappers import Response as Answer

from app.core import audit, clock, slots, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, lang
from app.core.signals import publish
from app.core.slots import read_day
from app.ledger import archive, closing, closures_desk, journal, nightly
from app.ledger.closing import Totals
from app.ledger.facts import PartiesAsked
from app.ledger.journal import Span
from app.ledger.keys import keys
from app.ledger.lint import lint
from app.ledger.models import LedgerClosure
from app.ledger.seal import seal
from app.ledger.tabs import page
from app.tenants.models import Tenant
from app.tenants.resolve import of_tenant
from app.web import edge, listing
from app.web.actor import actor
from app.web.policy import needs
from app.web.tables import as_table

pages = Blueprint("ledger_desk", __name__, url_prefix="/gestion/comptes")
blueprints = (pages, closures_desk.pages)

SOURCES = text("""
select distinct source, source_id from ledger_entry
 where tenant_id = :tenant and posted_at >= :start and posted_at < :end
""")


# ── VAT ───────────────────────────────────────────────────────────────────────────────────────


def _month(raw: str, tenant: Tenant) -> dt.date:
    """The first of a month as typed (`2026-11`), else of this one."""
    return read_day(f"{raw}-01") or clock.now().astimezone(tenant.books_zone).date().replace(day=1)


@pages.get("")
@needs("money.see")
def vat() -> Answer:
    """What was sold, received and is due at each rate in a month."""
    tenant = of_tenant()
    first = _month(request.args.get("mois", ""), tenant)
    last, money = _money_of(first)
    after = last + dt.timedelta(days=1)
    return page(
        "desk_vat.html",
        "vat",
        month_name=format_date(first, "MMMM y", locale=lang()),
        before=f"{first - dt.timedelta(days=1):%Y-%m}",
        after=f"{after:%Y-%m}" if after <= _month("", tenant) else None,
        parts={currency: _by_rate(part) for currency, part in money.items()},
        means={currency: part["means"] for currency, part in money.items()},
        debits=tenant.vat_debits_since,
        names=means_names(),
        export=lambda form: url_for("ledger_desk.vat_table", form=form, mois=f"{first:%Y-%m}"),
    )


def _money_of(first: dt.date) -> tuple[dt.date, Totals]:
    """The last day of a month, and its sums by currency."""
    last = closing.period("month", first).last
    money: Totals = {}
    for totals in closing.days(first, last).values():
        money = closing.added(money, totals["money"])
    return last, money


@pages.get("/tva.<any(csv, xlsx):form>")
@needs("money.see")
def vat_table(form: str) -> Answer:
    """The same summary for the accountant: a row for each rate, then one for each means."""
    first = _month(request.args.get("mois", ""), of_tenant())
    _last, money = _money_of(first)
    heads = [
        _("Mois"), _("Devise"), _("Ligne"), _("Ventes HT"), _("TVA des ventes"),
        _("Encaissé TTC"), _("Rendu TTC"), _("TVA exigible"), _("Reçu moins rendu"),
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for currency, part in sorted(money.items()):
        start = [f"{first:%Y-%m}", currency]
        for row in _by_rate(part):
            sums = [row[name] / 100 for name in ("net", "vat", "in", "out", "vat_due")]
            rows.append([*start, _rate_words(row), *sums, None])
        for account, cents in part["means"].items():
            rows.append([*start, means_names()[account], *[None] * 5, cents / 100])
    return as_table(form, f"tva-{first:%Y-%m}", heads, rows)


def _rate_words(row: dict[str, Any]) -> str:
    if row["total"]:
        return _("Total")
    return _("Sans taux") if row["rate"] is None else f"{row['rate'] / 100:g} %"


def _by_rate(part: Totals) -> list[dict[str, Any]]:
    """One row per rate, the highest first, and a last one of sums."""
    columns = ("net", "vat", "vat_due", "in", "out")
    rates = sorted({rate for name in columns for rate in part[name]}, key=_rate_order)
    rows = [
        {"rate": None if rate == "none" else int(rate), "total": False}
        | {name: part[name].get(rate, 0) for name in columns}
        for rate in rates
    ]
    total = {name: sum(part[name].values()) for name in columns}
    return [*rows, {"rate": None, "total": True, **total}]


def _rate_order(rate: str) -> tuple[bool, int]:
    return rate == "none", 0 if rate == "none" else -int(rate)


def means_names() -> dict[str, str]:
    """Where money is, in words."""
    return {
        "card_clearing": _("Carte en ligne"),
        "sepa_clearing": _("Prélèvement SEPA"),
        "terminal": _("Terminal de paiement"),
        "cash": _("Espèces"),
        "bank": _("Virement"),
    }


# ── exports ───────────────────────────────────────────────────────────────────────────────────


def _span() -> Span:
    """The days that were asked for; refuses what is no period."""
    first, last = listing.day("du"), listing.day("au")
    if first is None or last is None:
        raise Refused(_("Indiquez un premier et un dernier jour."), field="du")
    if not first <= last <= first + dt.timedelta(days=732):
        raise Refused(_("Le dernier jour suit le premier, de deux ans au plus."), field="au")
    return Span(first, last, of_tenant().books_zone)


@pages.get("/exports")
@needs("money.see")
def exports() -> Answer:
    """What can be handed over, and what is missing for it."""
    return _exports()


def _exports(status: int = 200, fault: Refused | None = None) -> Answer:
    today = clock.now().astimezone(of_tenant().books_zone).date()
    last = today.replace(day=1) - dt.timedelta(days=1)
    closed = _closed_days()
    years = range(closed[1].year, closed[0].year - 1, -1) if closed else ()
    return page(
        "desk_exports.html",
        "exports",
        status,
        first=request.args.get("du") or last.replace(day=1).isoformat(),
        last=request.args.get("au") or last.isoformat(),
        siren=of_tenant().legal.get("siren", ""),
        years=[(str(year), str(year)) for year in years],
        closed=closed,
        fault=fault,
    )


def _closed_days() -> tuple[dt.date, dt.date] | None:
    """The first and the last day that are closed."""
    first, last = db.session.execute(
        select(func.min(LedgerClosure.first_day), func.max(LedgerClosure.last_day)).where(
            LedgerClosure.kind == "day"
        )
    ).one()
    return (first, last) if first else None


def _journal(span: Span) -> tuple[str, bytes]:
    """Name and bytes of the sales journal; refuses a venue without a SIREN."""
    tenant = of_tenant()
    siren = str(tenant.legal.get("siren", "")).replace(" ", "")
    if not siren:
        raise Refused(_("Il manque le SIREN du lieu : indiquez-le dans Réglages."), field="siren")
    connection = db.session.connection()
    named = {
        "tenant": tenant.id,
        "start": slots.day_bounds(span.first, span.zone).start,
        "end": slots.day_bounds(span.last, span.zone).end,
    }
    sources = frozenset((row[0], row[1]) for row in connection.execute(SOURCES, named))
    asked = PartiesAsked(sources)
    publish(asked)
    rows = list(journal.rows(connection, tenant.id, span, asked.found, tenant.currency))
    return journal.file_name(siren, span.last), journal.content(rows)


@pages.get("/journal.txt")
@needs("money.see")
def fec() -> Answer:
    """The sales journal in FEC format, read by our linter before it is given."""
    try:
        span = _span()
        edge.act(lambda: seal(db.session.connection(), tenancy.tenant_id(), keys()))
        name, content = _journal(span)
    except Refused as error:
        return _exports(error.status, error)
    if faults := lint(name, content):
        first = faults[0]
        where = _("Ligne %(line)s, %(column)s : %(rule)s.", line=first.line,
                  column=first.column or "-", rule=first.rule)  # fmt: skip
        said = _("Le journal n’est pas remis : il ne passe pas le contrôle. %(where)s", where=where)
        return _exports(409, Refused(said))
    edge.act(lambda: _note("ledger.journal_exported", span))
    return _file(name, content, "text/plain; charset=iso-8859-15")


@pages.get("/archive.zip")
@needs("money.see")
def archived() -> Answer:
    """A closed year with its proof."""
    year = request.args.get("annee", type=int)
    closed = _closed_days()
    if year is None or not 2000 <= year <= 2200:
        abort(404)
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    if closed is None or closed[1] < first or closed[0] > last:
        return _exports(409, Refused(_("Aucun jour de cette année n’est encore clos.")))
    span = Span(first, min(last, closed[1]), of_tenant().books_zone)
    try:
        content = archive.build(span, keys(), nightly.anchors(), _journal(span))
    except Refused as error:
        return _exports(error.status, error)
    edge.act(lambda: _note("ledger.archived", span))
    return _file(f"archive-{of_tenant().slug}-{year}.zip", content, "application/zip")


def _note(act: str, span: Span) -> None:
    audit.note(
        act,
        f"tenant:{tenancy.tenant_id()}",
        actor_id=actor().account_id,
        first=span.first.isoformat(),
        last=span.last.isoformat(),
    )


def _file(name: str, content: bytes, kind: str) -> Answer:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, content_type=kind, headers=headers)
