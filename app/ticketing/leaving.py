"""A guest without an account asks to be forgotten, from the page of an order of tickets. Only the
mailbox of that order can confirm: whoever was passed the link cannot."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.accounts import limits
from app.core import outbox
from app.core.i18n import _
from app.members import erasing
from app.members import rules as members
from app.members.models import Person
from app.tenants.resolve import of_tenant
from app.ticketing import life
from app.ticketing.life import pages
from app.web import edge, render
from app.web.policy import PUBLIC, needs

MOST = 3  # letters to one guest in a quarter of an hour


def _guest(token: str) -> Person:
    """Whoever ordered, while the venue knows them."""
    order = life.order_of(token)
    guest = members.person(order.person_id) if order.person_id else None
    if guest is None:
        abort(404)
    return guest


@pages.get("/billets/<token>/mes-donnees")
@needs(PUBLIC)
def guest_data(token: str) -> Response:
    """What goes, what stays, what has to end first."""
    guest = _guest(token)
    if guest.account_id is not None:
        return redirect("/moi/reglages/suppression", 303)
    return render.page(
        "booking/guest_data.html",
        back_url=f"/billets/{token}",
        back_label=_("Revenir à mes billets"),
        email=guest.email,
        where=_("Ce que %(venue)s sait de vous.", venue=of_tenant().name),
        found=edge.act(lambda: erasing.in_the_way_of(guest.id)),
        waiting=erasing.waiting_of_person(guest.id),
    )


@pages.post("/billets/<token>/mes-donnees")
@needs(PUBLIC)
def ask_to_forget(token: str) -> Response:
    """A letter to the address of the order; nothing happens before its link is opened."""
    guest = _guest(token)
    if guest.account_id is not None:
        abort(404)
    if not limits.allow(f"guest-erasure:{guest.id}", MOST):
        raise limits.TooMany(_("Trop de demandes : patientez un quart d’heure."))
    person_id, email = guest.id, guest.email

    def work() -> None:
        one, _secret = erasing.ask("guest", person_id=person_id)
        outbox.defer(erasing.LETTER, erasure_id=one.id, lane="mail")

    edge.act(work)
    flash(_("Le lien part à %(email)s. Il vaut 24 heures.", email=email), "ok")
    return redirect(url_for("ticketing_life.guest_data", token=token), 303)
