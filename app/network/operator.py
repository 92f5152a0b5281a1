"""The operator's console on the network's own host: venues, a new one, support, journal."""

from __future__ import annotations

import csv
import datetime as dt
import io

from flask import Blueprint, abort, current_app, g, redirect, request, url_for
from flask import Response as Answer
from werkzeug.wrappers import Response

from app.accounts.rules import account
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import local_day, read_day
from app.network import create, journal, shell, specimen, support, venues
from app.network.starters import STARTERS
from app.reporting.figures import ZONE, Figures, Period
from app.tenants.models import Tenant
from app.tenants.resolve import canonical_host
from app.web import contrast, edge, navigation, paging, themes
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("network", __name__, url_prefix="/reseau")
blueprints = (pages, specimen.pages)

COLUMNS = (
    "lieu commune occupation revpah_ht prix_moyen_ht revenu_ht rythme_points impayes"
    " derniere_activite"
).split()
GROUPS = ("tous", "retard", "silence")
SWATCHES = ("#7a2e5d", "#005a42", "#1a3bc5", "#b84e1d", "#ffe600", "#00b0f0")


@pages.before_request
def on_network_host() -> None:
    """None of this is there on a venue's host."""
    if g.get("network") is None:
        abort(404)


def _period() -> Period:
    """The asked month, this one by default; nothing before last year, nothing after today."""
    today = local_day(clock.now(), ZONE)
    first = read_day(f"{request.args.get('periode', '')}-01") or today
    oldest = today.replace(day=1) - dt.timedelta(days=366)
    return venues.month(min(max(first, oldest), today))


def _months() -> list[dt.date]:
    """The months that can be chosen, the latest first."""
    month = local_day(clock.now(), ZONE).replace(day=1)
    found = []
    for _n in range(12):
        found.append(month)
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return found


def _asked() -> tuple[list[venues.Venue], list[venues.Venue], Period, str, str]:
    period, group = _period(), request.args.get("groupe", GROUPS[0])
    words = request.args.get("q", "").strip()[:80]
    everyone = venues.listed(g.network.id, period)
    return everyone, venues.matching(everyone, words, group), period, words, group


@pages.get("")
@needs("network.see")
def table() -> Response:
    """The venues, the one that is furthest behind first."""
    everyone, found, period, words, group = _asked()
    now = clock.now()
    g.image_hosts = [_origin(v.host) for v in found if v.host]
    return shell.page(
        "network/table.html",
        "venues",
        venues=found,
        everyone=everyone,
        total=sum((v.figures for v in everyone), Figures()),
        former=sum((v.former for v in everyone), Figures()),
        late=[v for v in everyone if v.is_late],
        quiet={v.id for v in everyone if v.is_quiet(now)},
        period=period,
        coming=venues.month(period.last + dt.timedelta(days=1)).first,
        months=_months(),
        group=group,
        words=words,
        now=now,
        address=current_app.config["SETTINGS"].url_for_host,
    )


@pages.get("/export.csv")
@needs("network.see")
def export() -> Answer:
    """The same table for a spreadsheet: what is on the page, as asked."""
    found = _asked()[1]
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=";")
    sheet.writerow(COLUMNS)
    for v in found:
        money = (v.figures.revpah_cents, v.figures.adr_cents, v.figures.net_cents)
        sheet.writerow(
            [_cell(v.name), _cell(v.town), f"{v.figures.occupancy:.4f}"]
            + [f"{cents / 100:.2f}" for cents in money]
            + [f"{v.pace.points[-1]:.1f}", f"{v.unpaid_cents / 100:.2f}"]
            + [v.seen_at.isoformat(timespec="minutes") if v.seen_at else ""]
        )
    answer = Answer("\ufeff" + out.getvalue(), mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="lieux.csv"'
    return answer


def _cell(text: str) -> str:
    """A spreadsheet takes what begins like a formula for one."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _form(status: int = 200, faults: dict[str, str] | None = None) -> Response:
    given = request.form if request.method == "POST" else request.args
    brand = given.get("brand", SWATCHES[0])
    theme = given.get("theme", "etabli")
    return shell.page(
        "network/new.html",
        "new",
        status,
        typed=given,
        faults=faults or {},
        base=create.base_host(g.network.id),
        starters=[(key, starter.title) for key, starter in STARTERS.items()],
        themes=[(name, themes.load(name).title) for name in themes.available()],
        swatches=SWATCHES,
        pairs=_readable(brand, theme),
        specimen=specimen.address(given),
    )


def _readable(brand: str, theme: str) -> int | None:
    """Pairs of the wished look that read; None while it is not a look."""
    try:
        palette = themes.load(theme).palette
        return sum(pair.passes for pair in contrast.report(brand, None, palette, "light").pairs)
    except ValueError:
        return None


@pages.get("/nouveau")
@needs("network.create")
def new() -> Response:
    """Eight questions."""
    return _form()


@pages.post("/nouveau")
@needs("network.create")
def open_venue() -> Response:
    """Open it, invite its manager; nothing of it is written when an answer is wrong."""
    network_id, by = g.network.id, actor().account_id

    def work() -> None:
        answers = create.checked(request.form, create.base_host(network_id))
        create.create(network_id, answers, by)

    try:
        edge.act(work)
    except create.Faulty as error:
        return _form(422, error.fields)
    navigation.say(_("%(name)s est ouvert. L’invitation est partie.", name=request.form["name"]))
    return redirect(url_for("network.table"))


def _venue(tenant_id: int) -> Tenant:
    found = venues.one(tenant_id)
    if found is None:
        abort(404)
    return found


def _origin(host: str) -> str:
    """A host as the content policy names it: the form of this page ends there."""
    address: str = current_app.config["SETTINGS"].url_for_host(host)
    return address.rstrip("/")


def _visit_form(tenant: Tenant, status: int = 200, fault: Refused | None = None) -> Response:
    g.form_targets = (_origin(canonical_host(tenant.network_id, tenant.id)),)
    return shell.page(
        "network/support.html",
        "venues",
        status,
        tenant=tenant,
        reasons=[(key, support.reason_name(key)) for key in support.REASONS],
        typed=request.form,
        fault={"field": fault.detail.get("field"), "text": fault.text} if fault else None,
        minutes=current_app.config["SETTINGS"].support_minutes,
    )


@pages.get("/lieux/<int:tenant_id>/support")
@needs("network.support")
def ask_visit(tenant_id: int) -> Response:
    """Why, in which words, with which rights."""
    return _visit_form(_venue(tenant_id))


@pages.post("/lieux/<int:tenant_id>/support")
@needs("network.support")
def visit(tenant_id: int) -> Response:
    """Open the visit and hand over to the venue's own host."""
    tenant = _venue(tenant_id)
    network_id, who, settings = (
        tenant.network_id,
        actor().account_id,
        current_app.config["SETTINGS"],
    )
    form = request.form
    wish = support.Wish(
        form.get("reason", ""), form.get("message", ""), form.get("rights") != "write"
    )

    def work() -> str:
        operator = account(who or 0)
        if operator is None:
            abort(404)
        return support.begin(tenant_id, network_id, operator, wish, settings.support_minutes)[1]

    try:
        secret = edge.act(work)
    except support.Unfounded as error:
        return _visit_form(_venue(tenant_id), 422, error)
    host = canonical_host(network_id, tenant_id)
    return redirect(settings.url_for_host(host, f"/support/{secret}"))


@pages.get("/journal")
@needs("network.see")
def acts() -> Response:
    """Who did what, in every venue of the network."""
    page = paging.asked()
    chosen = request.args.get("lieu", type=int)
    known = [(tenant.id, tenant.name) for tenant in venues.of_network()]
    if chosen is not None and chosen not in dict(known):
        abort(404)
    lines, total = journal.read(g.network.id, chosen, page)
    return shell.page(
        "network/journal.html",
        "journal",
        lines=lines,
        total=total,
        page=page,
        pages=-(-total // journal.PAGE),
        known=known,
        chosen=chosen,
        zone=ZONE,
        page_url=lambda n: url_for("network.acts", page=n, lieu=chosen),
    )
