"""A gesture beyond the refund rule: the sale shrinks, the money goes back, once per reason."""

from __future__ import annotations

from app.booking import charging, read
from app.core.errors import Refused
from app.core.i18n import _, euros
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.rules import Cause
from app.payments import refunds
from app.payments import rules as payments


def give(booking_id: int, cents: int, reason: str, *, by: int | None) -> int:
    """Give back `cents` of what was paid; what was given. A booking that stands gets cheaper.

    Refuses without a reason, more than what is left of the payments, and the same reason twice.
    """
    booking = read.locked(booking_id)
    if not reason:
        raise Refused(_("Dites pourquoi : le geste est inscrit au journal."), field="raison")
    left = sum(refunds.refundable(p) for p in payments.of_source("booking", booking_id))
    if not 0 < cents <= left:
        raise Refused(_("On peut rendre au plus %(amount)s.", amount=euros(left)), field="montant")
    stands = booking.state == "confirmed" and cents <= booking.price_cents
    cheaper = booking.price_cents - cents
    account = taxes.vat_account_of("booking", booking_id)
    posted = ledger.post(
        Cause("booking", booking.id, f"goodwill:{reason}", booking.code),
        booking.currency,
        ledger.resale(booking.price_cents, cheaper, booking.vat_bp, account)
        if stands
        else ledger.reversal(ledger.sale(cents, booking.vat_bp, account)),
    )
    if not posted:
        raise Refused(_("Ce geste a déjà été fait pour cette raison."), field="raison")
    if stands:
        charging.changed(booking, f"goodwill:{reason}", booking.price_cents, cheaper)
        booking.price_cents = cheaper
        booking.steps = [*booking.steps, {"code": "goodwill", "cents": -cents}]
    else:
        charging.given_back(booking, f"goodwill:{reason}", cents)
    return refunds.give_back("booking", booking_id, cents, f"goodwill: {reason}", by)
