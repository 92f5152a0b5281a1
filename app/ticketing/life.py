"""The doors to tickets after they were bought: secret links, what they lead to, and how their
answers are kept out of search engines and other sites' logs.

Two links, two holders. An order's link is whoever paid: they give tickets back and hand them on. A
ticket's link is its QR, seen by whoever stands behind its holder in a queue: it shows and saves one
ticket, and changes nothing.
"""

from __future__ import annotations

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from app.accounts import limits
from app.core.i18n import _
from app.events.models import Event
from app.tenants.resolve import of_tenant
from app.ticketing import read
from app.ticketing.models import Ticket, TicketOrder

pages = Blueprint("ticketing_life", __name__)

MOST = 6  # letters that one address of the network may have sent in a quarter of an hour
MOST_IN_ALL = 60  # of one venue


@pages.after_request
def _not_for_robots(answer: Response) -> Response:
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def unreferred(answer: Response) -> Response:
    """A page without a form of its own tells no other page its address. One with a form has to say
    where it is sent from."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def order_of(token: str) -> TicketOrder:
    """The order of a secret link, or 404."""
    of_tenant()
    found = read.order_of(token)
    if found is None:
        abort(404)
    return found


def ticket_of(code: str) -> Ticket:
    """The ticket of a code, or 404."""
    of_tenant()
    found = read.ticket_of(code)
    if found is None:
        abort(404)
    return found


def event_of(found: TicketOrder | Ticket) -> Event:
    """What it is for."""
    return read.event(found.event_id)


def allow(act: str, *, most: int = MOST) -> None:
    """Count one letter that somebody has us send to an address which they typed."""
    tenant = of_tenant()
    for bucket, limit in (
        (f"{act}:{tenant.id}:{request.remote_addr}", most),
        (f"{act}:{tenant.id}", MOST_IN_ALL),
    ):
        if not limits.allow(bucket, limit):
            raise limits.TooMany(
                _("Trop de messages en peu de temps : réessayez dans un quart d’heure.")
            )


def number(raw: str) -> int:
    """A whole number that was typed or sent along; 0 for what is none."""
    return int(raw) if raw.strip().isdecimal() and len(raw) < 19 else 0
