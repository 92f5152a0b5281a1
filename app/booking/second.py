"""When it did not go as shown: the price is no longer kept, or somebody was faster."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.wrappers import Response

from app.booking import offers, visitor, words
from app.booking.search import Search
from app.core.errors import Gone, Refused
from app.core.i18n import _, day_name
from app.core.slots import Interval
from app.rates import demand
from app.rates import rules as rates
from app.rates.models import Quote
from app.spaces.models import Space
from app.web import edge, render


@dataclass(frozen=True)
class Change:
    """The price that was kept and the one of now, to be read side by side."""

    token: str
    name: str
    when: str
    old_cents: int
    new_cents: int
    back: str


def wish_of(quote: Quote, space: Space) -> Search:
    """The search that leads back to what was quoted."""
    day, start = words.local(quote.starts_at, space.site)
    minutes = Interval(quote.starts_at, quote.ends_at).minutes
    return Search(space.kind, quote.people, minutes, day, day, start)


def again(token: str) -> Response:
    """The price was kept until its end: show the old and the new one, and ask."""
    who = visitor.visitor()

    def work() -> Change:
        quote = rates.find(token)
        if quote is None:
            raise Gone(_("Ce prix n’est plus gardé. Choisissez une heure dans la grille."))
        space = rates.space_of(quote)
        fresh = rates.ask_again(quote, who.audience, who.percent)
        demand.log_quote(fresh, space, who.session, "shown")
        zone = space.site.zone
        day = day_name(quote.starts_at.astimezone(zone).date())
        when = f"{day}, {words.span(quote.starts_at, quote.ends_at, zone)}"
        back = wish_of(quote, space).url()
        return Change(fresh.token, space.name, when, quote.price_cents, fresh.price_cents, back)

    try:
        change = edge.act(work)
    except Gone:
        raise
    except Refused as refusal:
        return lost(token, refusal.text)
    return render.page("booking/changed.html", 409, change=change)


def lost(token: str, why: str) -> Response:
    """Somebody was faster, or it is too late: say so, and offer the nearest free starts."""
    who = visitor.visitor()

    def work() -> tuple[list[offers.Row], str]:
        quote = rates.find(token)
        if quote is None:
            return [], "/reserver"
        space = rates.space_of(quote)
        minutes = Interval(quote.starts_at, quote.ends_at).minutes
        demand.log_unavailable(space, quote.starts_at, minutes, quote.people, who.session)
        wish = wish_of(quote, space)
        return offers.alternatives(wish, who, quote.starts_at), wish.url(day=None, start=None)

    nearest, back = edge.act(work)
    return render.page("booking/lost.html", 409, why=why, nearest=nearest, grid_url=back)
