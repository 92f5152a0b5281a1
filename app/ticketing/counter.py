"""The counter of an event: sell to somebody who is there, to a passer-by, or to a whole group."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app.booking.dossier import note
from app.core import clock
from app.core import words as plain
from app.core.errors import Refused
from app.core.i18n import _, _n, euros
from app.events import read as events
from app.members import companies
from app.ticketing import counting, read, selling, words
from app.ticketing.orders import event_of
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint(
    "ticketing_counter", __name__, url_prefix="/gestion/evenements/<int:event_id>/guichet"
)


def _ways() -> list[tuple[str, str]]:
    names = words.ways()
    return [
        *((key, names[key]) for key in ("terminal", "cash", "transfer")),
        ("desk", _("Plus tard, à l’accueil")),
        ("on_account", names["on_account"]),
        ("company", _("Sur le compte de l’entreprise")),
    ]


def _show(event_id: int, status: int = 200, fault: Refused | None = None) -> Response:
    event, sale = event_of(event_id), read.sale(event_id)
    kinds = read.categories(event_id)
    left = max(0, counting.whole_left(sale, event, counting.let_in(event.id))) if sale else 0
    field = str(fault.detail.get("field", "billets")) if fault else ""
    return navigation.page(
        "ticketing/desk_counter.html",
        "events",
        status,
        event=event,
        zone=events.site(event).zone,
        categories=kinds,
        left={one.id: max(0, min(one.quota - one.taken, left)) for one in kinds},
        named=words.category,
        priced=words.price,
        ways=_ways(),
        open=event.state == "published" and event.ends_at > clock.now(),
        soon=(event.starts_at - clock.now()).total_seconds() < 6 * 3600,
        typed=request.form if fault else {},
        firms=companies.choices(request.form.get("email", "").strip().lower()),
        key=plain.token(),
        field=field,
        errors={field: fault.text} if fault else {},
        fault=fault,
    )


@pages.get("")
@needs("desk.take_payment")
def show(event_id: int) -> Response:
    """What is on sale, who buys, how it is paid."""
    return _show(event_id)


@pages.post("")
@needs("desk.take_payment")
def sell(event_id: int) -> Response:
    """Sold, and paid or owed; a form that is sent twice sells once."""
    event_of(event_id)

    def work() -> selling.Sold:
        made = selling.sell(event_id, request.form, actor().account_id)
        note("ticketing.sold", f"ticket_order:{made.order.id}", way=made.order.way)
        return made

    try:
        made = edge.act(work)
    except Refused as error:
        return _show(event_id, error.status, error)
    said = _n("%(num)s billet vendu.", "%(num)s billets vendus.", made.many)
    if made.paid_cents:
        said = f"{said} {_('%(amount)s encaissés.', amount=euros(made.paid_cents))}"
    navigation.say(said)
    return redirect(
        url_for("ticketing_orders.order", event_id=event_id, order_id=made.order.id), 303
    )
