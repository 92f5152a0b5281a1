"""The company of whoever keeps its seats: who books, what the month costs, what may be spent."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import audit
from app.core.errors import Refused
from app.core.i18n import _
from app.members import companies, leaving, rules, spending
from app.members.models import Company
from app.tenants.resolve import of_tenant
from app.web import edge, render
from app.web.actor import actor
from app.web.policy import needs
from app.web.tables import as_table

pages = Blueprint("members", __name__, url_prefix="/moi/entreprise")
blueprints = (pages, leaving.pages, leaving.desk)


def _mine() -> Company:
    """The company whose seats this person keeps, or 404: nobody learns of another's."""
    of_tenant()
    found = companies.kept_by(actor().person_id or 0)
    if found is None:
        abort(404)
    return found


def _month(one: Company) -> spending.Month:
    """The month that the address says, or this one."""
    wanted = spending.asked(request.args.get("mois", ""))
    return spending.month(one, of_tenant().books_zone, wanted)


def _page(status: int = 200, fault: Refused | None = None) -> Response:
    one = _mine()
    return render.page(
        "members/company.html",
        status,
        company=one,
        month=_month(one),
        me=actor().person_id,
        fault=fault,
        typed=request.form,
    )


@pages.get("")
@needs("me")
def show() -> Response:
    """Seats and spending of a month, this one unless the address says which."""
    return _page()


@pages.get("/depenses.<any(csv, xlsx):form>")
@needs("me")
def table(form: str) -> Response:
    """What a month cost, seat by seat, for a spreadsheet."""
    month = _month(_mine())
    heads = [
        _("Nom"), _("E-mail"), _("Peut dépenser"), _("Réservations"), _("Total TTC"),
    ]  # fmt: skip
    rows = [
        [
            one.person.name,
            one.person.email,
            _("oui") if one.seat.may_spend else _("non"),
            one.spent.bookings,
            one.spent.cents / 100,
        ]
        for one in month.seats
    ]
    return as_table(form, f"depenses-{month.first:%Y-%m}", heads, rows)


@pages.post("/membres")
@needs("me")
def seat() -> Response:
    """Give a colleague a seat, or change what they may do."""
    form = request.form

    def work() -> None:
        one = _mine()
        person = rules.person_by_email(form.get("email", ""), form.get("nom", ""))
        known = companies.seat_of(one.id, person.id)
        companies.give_seat(
            one.id,
            person,
            may_spend=bool(form.get("depense")),
            keeps_seats=known.keeps_seats if known else False,
        )
        audit.note("company.seat_given", f"company:{one.id}", actor_id=actor().account_id,
                   person=person.id)  # fmt: skip

    try:
        edge.act(work)
    except Refused as error:
        return _page(error.status, error)
    flash(_("C’est enregistré."), "ok")
    return redirect(url_for("members.show"), 303)


@pages.post("/membres/<int:person_id>/retrait")
@needs("me")
def unseat(person_id: int) -> Response:
    """Take a colleague's seat; one's own stays, or nobody would keep them."""

    def work() -> None:
        one = _mine()
        if person_id == actor().person_id:
            raise Refused(_("Vous gérez ces places : demandez au lieu pour la vôtre."))
        if not companies.take_seat(one.id, person_id):
            abort(404)
        audit.note("company.seat_taken", f"company:{one.id}", actor_id=actor().account_id,
                   person=person_id)  # fmt: skip

    try:
        edge.act(work)
    except Refused as error:
        return _page(error.status, error)
    flash(_("La personne ne réserve plus pour votre entreprise."), "ok")
    return redirect(url_for("members.show"), 303)
