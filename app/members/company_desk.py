"""Companies at the desk: found, written down, their seats, their budget and what VIES said."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from app.core import audit, outbox
from app.core.errors import Refused
from app.core.i18n import _
from app.core.words import fold
from app.members import companies, rules, spending
from app.members.models import Company
from app.tenants.resolve import of_tenant
from app.web import edge, navigation, paging
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("company_desk", __name__, url_prefix="/gestion/entreprises")
PAGE = 40


def kinds() -> dict[str, str]:
    """What a company is to the tax office."""
    return {
        "fr_business": _("Entreprise française"),
        "eu_business": _("Entreprise de l’Union européenne"),
        "other": _("Entreprise hors de l’Union"),
    }


def _found(company_id: int) -> Company:
    one = companies.company(company_id)
    if one is None:
        abort(404)
    return one


@pages.get("")
@needs("people.see")
def listed() -> Response:
    """Every company, by word."""
    words = request.args.get("q", "").strip()
    query = select(Company).where(Company.closed_at.is_(None))
    for word in fold(words).split():
        query = query.where(Company.search.contains(word, autoescape=True))
    return navigation.page(
        "members/desk_companies.html",
        "people",
        words=words,
        kinds=kinds(),
        url=lambda n: url_for("company_desk.listed", q=words or None, page=n),
        **paging.of(query, Company.name, Company.id, size=PAGE),
    )


@pages.get("/nouvelle")
@needs("people.edit")
def new() -> Response:
    """One that the venue does not know yet."""
    return _form(None)


def _form(one: Company | None, status: int = 200, fault: Refused | None = None) -> Response:
    """The page of a company: its facts, and, once it is known, its seats and its number."""
    more: dict[str, Any] = {}
    if one is not None:
        wanted = spending.asked(request.args.get("mois", ""))
        more = {"month": spending.month(one, of_tenant().books_zone, wanted)}
        more["check"] = companies.last_check(one) if one.kind == "eu_business" else None
    return navigation.page(
        "members/desk_company.html",
        "people",
        status,
        company=one,
        kinds=kinds(),
        fault=fault,
        typed=request.form,
        may_edit=actor().can("people.edit"),
        zone=of_tenant().books_zone,
        **{"month": None, "check": None} | more,
    )


def cents_of(raw: str) -> int | None:
    """A monthly budget as typed; none when it is empty. Refuses what is no amount."""
    text = raw.replace("€", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    if not text:
        return None
    try:
        cents = Decimal(text) * 100
    except InvalidOperation as error:
        raise Refused(_("Indiquez un budget en euros, ou rien."), field="budget") from error
    if not cents.is_finite() or not 0 <= cents <= 10**9 or cents != int(cents):
        raise Refused(_("Indiquez un budget en euros, ou rien."), field="budget")
    return int(cents)


def _write(one: Company) -> int:
    form = request.form
    companies.describe(one, form)
    one.budget_cents = cents_of(form.get("budget", ""))
    days = form.get("due_days", "30")
    if not days.isdecimal() or int(days) > 60:
        words = _("Le délai de paiement va de 0 à 60 jours.")
        raise Refused(words, field="due_days")
    one.due_days = int(days)
    audit.note("company.described", f"company:{one.id}", actor_id=actor().account_id)
    return one.id


@pages.post("/nouvelle")
@needs("people.edit")
def create() -> Response:
    """Write it down; two of one SIREN are refused."""
    return _save(None)


@pages.get("/<int:company_id>")
@needs("people.see")
def show(company_id: int) -> Response:
    """Who it is, who books for it, what its month costs."""
    return _form(_found(company_id))


@pages.post("/<int:company_id>")
@needs("people.edit")
def change(company_id: int) -> Response:
    """Write what changed."""
    _found(company_id)
    return _save(company_id)


def _save(company_id: int | None) -> Response:
    def work() -> int:
        return _write(_found(company_id) if company_id else Company())

    try:
        made = edge.act(work)
    except IntegrityError:
        known = Refused(_("Une entreprise de ce SIREN est déjà connue."), field="siren")
        return _form(companies.company(company_id) if company_id else None, 409, known)
    except Refused as error:
        return _form(companies.company(company_id) if company_id else None, error.status, error)
    navigation.say(_("L’entreprise est enregistrée."))
    return redirect(url_for("company_desk.show", company_id=made))


@pages.post("/<int:company_id>/membres")
@needs("people.edit")
def seat(company_id: int) -> Response:
    """Give a seat, or change one."""
    form = request.form

    def work() -> None:
        one = _found(company_id)
        person = rules.person_by_email(form.get("email", ""), form.get("nom", ""))
        companies.give_seat(
            one.id,
            person,
            may_spend=bool(form.get("depense")),
            keeps_seats=bool(form.get("places")),
        )
        audit.note("company.seat_given", f"company:{one.id}", actor_id=actor().account_id,
                   person=person.id)  # fmt: skip

    try:
        edge.act(work)
    except Refused as error:
        return _form(_found(company_id), error.status, error)
    return redirect(url_for("company_desk.show", company_id=company_id) + "#membres")


@pages.post("/<int:company_id>/membres/<int:person_id>/retrait")
@needs("people.edit")
def unseat(company_id: int, person_id: int) -> Response:
    """Take a seat; what was booked stays."""

    def work() -> None:
        if not companies.take_seat(_found(company_id).id, person_id):
            abort(404)
        audit.note("company.seat_taken", f"company:{company_id}", actor_id=actor().account_id,
                   person=person_id)  # fmt: skip

    edge.act(work)
    navigation.say(_("La personne ne réserve plus pour cette entreprise."))
    return redirect(url_for("company_desk.show", company_id=company_id) + "#membres")


@pages.post("/<int:company_id>/vies")
@needs("people.edit")
def vies(company_id: int) -> Response:
    """Ask VIES again about its number."""

    def work() -> None:
        one = _found(company_id)
        if one.vat:
            outbox.defer("members.ask_vies", company_id=one.id, once=f"vies:{one.id}")

    edge.act(work)
    navigation.say(_("VIES est interrogé : la réponse s’affichera ici."))
    return redirect(url_for("company_desk.show", company_id=company_id))
