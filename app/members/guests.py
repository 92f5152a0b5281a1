"""A guest without an account asks to be forgotten, from the page of what they bought. Only their
mailbox can confirm: whoever was passed the link cannot."""

from __future__ import annotations

from flask import abort, flash, redirect
from werkzeug.wrappers import Response

from app.accounts import limits
from app.core import outbox
from app.core.i18n import _
from app.members import erasing
from app.members.models import Person
from app.tenants.resolve import of_tenant
from app.web import edge, render

MOST = 3  # letters to one guest in a quarter of an hour


def page(guest: Person, back_url: str, back_label: str) -> Response:
    """What goes, what stays, what has to end first."""
    if guest.account_id is not None:
        return redirect("/moi/reglages/suppression", 303)
    return render.page(
        "members/guest_data.html",
        back_url=back_url,
        back_label=back_label,
        email=guest.email,
        where=_("Ce que %(venue)s sait de vous.", venue=of_tenant().name),
        found=edge.act(lambda: erasing.in_the_way_of(guest.id)),
        waiting=erasing.waiting_of_person(guest.id),
    )


def write(guest: Person, back_url: str) -> Response:
    """A letter to their address; nothing happens before its link is opened."""
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
    return redirect(f"{back_url}/mes-donnees", 303)
