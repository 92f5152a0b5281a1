"""Lead a payer to the page that they pay on, and ask at once what became of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import structlog
from flask import flash, redirect
from werkzeug.wrappers import Response

from app.core import clock
from app.core.i18n import _
from app.payments import gateway as gw
from app.payments import rules as payments
from app.payments import till
from app.payments.models import Payment
from app.web import edge

log = structlog.get_logger("payments.leading")
STILL_OPEN = dt.timedelta(minutes=14)


@dataclass(frozen=True)
class Asking:
    """A payment that was written down, and what the gateway is to be asked for it."""

    payment_id: int
    url: str | None
    wish: payments.Opening


def living(due: payments.Due, method: str) -> Payment | None:
    """The try of the same payer, means and amount that may still be paid."""
    soon = clock.now() - STILL_OPEN
    return next(
        (
            one
            for one in reversed(payments.of_source(due.source, due.source_id))
            if one.state in ("pending", "open", "unknown")
            and (one.person_id, one.method, one.amount_cents)
            == (due.person_id, method, due.amount_cents)
            and one.created_at > soon
        ),
        None,
    )


def asking(
    due: payments.Due, method: str, page: payments.Page, until: dt.datetime | None
) -> Asking:
    """The payment row of this wish: the living one, else a new one."""
    payment = living(due, method) or payments.begin(due, method, until)
    url = payment.checkout_url if payment.state == "open" else None
    return Asking(payment.id, url, payments.opening(payment, page))


def lead(wish: Asking, *, back: str, again: str) -> Response:
    """The one call a visitor waits for, between two commits; every answer is written down. `back`
    is where they come back to, `again` where they may try once more."""
    if wish.url:
        return redirect(wish.url, 303)
    try:
        checkout = payments.send(wish.wish)
    except gw.Unknown:
        edge.act(lambda: payments.note_unknown(wish.payment_id))
        return redirect(back, 303)
    except gw.GatewayError as error:
        log.warning("checkout refused", payment=wish.payment_id, reason=str(error)[:200])
        why = type(error).__name__
        edge.act(lambda: payments.note_failed(wish.payment_id, why))
        flash(_("Le paiement en ligne ne répond pas. Rien n’a été débité : réessayez."), "warn")
        return redirect(again, 303)
    edge.act(lambda: payments.note_opened(wish.payment_id, checkout))
    return redirect(checkout.url or back, 303)


def settle(payment: Payment) -> None:
    """Ask the gateway now instead of waiting for its news; silence leaves things as they are."""
    try:
        said = payments.look(payment)
    except (gw.GatewayError, till.NotConnected) as error:
        log.info("not settled yet", payment=payment.id, reason=type(error).__name__)
        return
    edge.act(lambda: payments.apply(payment.id, said))
