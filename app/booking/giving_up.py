"""« Renoncer au contrat ici »: two steps, without an account, by the booking's own link."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.booking import checkout, withdrawal
from app.booking.cancel import TooLate
from app.booking.models import Booking
from app.core import clock
from app.core.i18n import _, day_name
from app.payments import rules as payments
from app.web import edge, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs

pages = Blueprint("giving_up", __name__)


def _page(booking: Booking, status: int = 200, said: str = "") -> Response:
    """What is given up and what comes back, above the one button that says it."""
    space, now = booking.space, clock.now()
    last = withdrawal.until(booking, space)
    zone = space.site.zone
    back = withdrawal.back_cents(booking, now)
    due = max(0, payments.due_now("booking", booking.id))
    return render.page(
        "booking/withdraw.html",
        status,
        booking=booking,
        day=day_name(booking.starts_at.astimezone(zone).date()),
        zone=zone,
        open=last is not None and last > now,
        last=last.astimezone(zone) if last else None,
        promised=back,
        back_cents=max(0, back - due),
        email=booking.person.email if booking.person else None,
        said=said,
    )


@pages.get("/b/<token>/retractation")
@needs(PUBLIC)
def ask(token: str) -> Response:
    """Who may still give up the contract, and until when; otherwise, why not."""
    return _page(checkout.of_link(token))


@pages.post("/b/<token>/retractation")
@needs(PUBLIC)
def confirm(token: str) -> Response:
    """Given up, at the amount that was shown."""
    booking = checkout.of_link(token)
    shown = request.form.get("promis", "")
    promised = int(shown) if shown.isdecimal() and len(shown) < 10 else None
    try:
        edge.act(
            lambda: withdrawal.withdraw(
                booking.id, account_id=actor().account_id, promised=promised
            )
        )
    except (withdrawal.NoRight, TooLate) as refusal:
        return _page(checkout.of_link(token), refusal.status, refusal.text)
    flash(_("Votre rétractation est enregistrée. L’accusé de réception part par e-mail."), "ok")
    return redirect(url_for("ticket.show", token=token), 303)
