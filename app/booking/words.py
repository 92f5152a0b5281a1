"""Sentences about a booking that pages, mails and papers share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from app.booking.cancel import Policy, Rung, ladder, terms_of
from app.booking.models import Booking
from app.core import clock
from app.core.i18n import _, day_name, euros, lang, season
from app.core.money import percent_of, vat_inside
from app.core.slots import local_day, wall_minute
from app.spaces.models import Site, Space

EARLY_DOOR = dt.timedelta(minutes=15)
SIGNS = (
    (("écran", "ecran", "screen", "tv"), "monitor"),
    (("projecteur", "projector"), "projector"),
    (("visio", "cam"), "camera"),
    (("wifi", "wi-fi", "fibre"), "wifi"),
    (("imprim", "print"), "printer"),
    (("téléphone", "phone"), "phone"),
)


def moment(instant: dt.datetime, zone: dt.tzinfo) -> str:
    """`mercredi 25 novembre, 14:00` on the venue's clock."""
    local = instant.astimezone(zone)
    return f"{day_name(local.date())}, {local:%H:%M}{season(local)}"


def clock_time(instant: dt.datetime, zone: dt.tzinfo) -> str:
    """`10:39`."""
    local = instant.astimezone(zone)
    return f"{local:%H:%M}{season(local)}"


def span(start: dt.datetime, end: dt.datetime, zone: dt.tzinfo) -> str:
    """`14:00 – 16:00`, as plain text."""
    return f"{clock_time(start, zone)} – {clock_time(end, zone)}"


def percent(vat_bp: int) -> str:
    """`20`, `5,5`."""
    text = f"{vat_bp / 100:g}"
    return text.replace(".", ",") if lang() == "fr" else text


def vat_line(cents: int, vat_bp: int) -> str | None:
    """`dont TVA 20 % : 6,50 €`; none for a space without VAT."""
    if not vat_bp or not cents:
        return None
    return vat_said(vat_bp, vat_inside(cents, vat_bp))


def vat_said(vat_bp: int, vat_cents: int) -> str:
    """`dont TVA 20 % : 6,50 €`, of a VAT that was computed."""
    return _("dont TVA %(rate)s %% : %(amount)s", rate=percent(vat_bp), amount=euros(vat_cents))


def taxes(cents: int, vat_bp: int) -> list[tuple[str, int]]:
    """Net and VAT as two lines, for an organisation."""
    vat = vat_inside(cents, vat_bp)
    return [
        (_("Total HT"), cents - vat),
        (_("TVA %(rate)s %%", rate=percent(vat_bp)), vat),
    ]


def late_share(starts_at: dt.datetime, policy: Policy, now: dt.datetime) -> str:
    """What is given back after the free time; nothing to add once that is what counts."""
    if starts_at - dt.timedelta(hours=policy.free_hours) <= now:
        return ""
    if policy.late_percent == 0:
        return _("Ensuite, rien n’est rendu.")
    if policy.late_percent == 50:
        return _("Ensuite, la moitié est rendue.")
    return _("Ensuite, %(n)d %% sont rendus.", n=policy.late_percent)


def free_until(starts_at: dt.datetime, policy: Policy, zone: dt.tzinfo, now: dt.datetime) -> str:
    """Until when cancelling is free, or what it costs when that moment has passed."""
    limit = starts_at - dt.timedelta(hours=policy.free_hours)
    if limit > now:
        return _("Annulation gratuite jusqu’à %(when)s.", when=moment(limit, zone))
    if policy.late_percent == 0:
        return _("Si près de l’heure, une annulation n’est plus remboursée.")
    return _("Annulation possible jusqu’au début : %(n)d %% sont rendus.", n=policy.late_percent)


def todays_price(policy: Policy) -> str:
    """What is said beside a refund where at most today's price comes back; nothing elsewhere."""
    if not policy.today:
        return ""
    return _(
        "Si ce créneau coûte moins cher quand vous annulez, vous récupérez au plus ce prix-là."
    )


def less(why: str, back_cents: int, *, is_owed: bool) -> str:
    """Why less comes back than the rule's share, said above the click that cancels; where nothing
    was paid yet, why something is still owed."""
    if why == "moved":
        return _(
            "Votre déplacement a laissé au plus %(amount)s à rendre : les prix avaient baissé.",
            amount=euros(back_cents),
        )
    if why == "today" and is_owed:
        return _(
            "Ce créneau coûte %(amount)s en ce moment, moins que lors de votre réservation :"
            " la différence reste à régler.",
            amount=euros(back_cents),
        )
    if why == "today":
        return _(
            "Ce créneau coûte %(amount)s en ce moment, moins que lors de votre réservation :"
            " au plus ce prix est rendu.",
            amount=euros(back_cents),
        )
    return ""


def refund_table(booking: Booking, zone: dt.tzinfo) -> list[tuple[str, str]]:
    """The rungs of the refund ladder that are still to come, in words and euros, by the terms that
    the booking was sold under."""
    policy, price_cents = terms_of(booking), booking.price_cents
    if policy.today and booking.refund_most_cents is not None:
        price_cents = min(price_cents, booking.refund_most_cents)
    rungs: list[Rung] = ladder(price_cents, booking.starts_at, policy)
    if percent_of(price_cents, policy.late_percent) == 0 or policy.free_hours == 0:
        rungs = rungs[:1]
    lines = [
        (
            _("Annulée avant %(when)s", when=moment(rung.until, zone)),
            _("%(amount)s rendus", amount=euros(rung.refund_cents)),
        )
        for rung in rungs
        if rung.until > clock.now()
    ]
    if lines and policy.today:
        lines.append((_("Si le créneau coûte alors moins cher"), _("au plus ce prix")))
    return [*lines, (_("Ensuite"), _("rien n’est rendu"))]


def said(texts: Mapping[str, Any] | None) -> str:
    """A text that a venue wrote in one or two languages, in the one of this page."""
    found = texts or {}
    return str(found.get(lang()) or found.get("fr") or found.get("text") or "")


def way_in(site: Site) -> str:
    """How to come and get in, as the venue wrote it: one text, or its parts."""
    parts = (said(site.access), site.access.get("lines"), site.access.get("door"))
    return ". ".join(str(part) for part in parts if part)


def address(site: Site) -> str:
    """`14 quai des Meuniers, 38000 Grenoble`."""
    place = f"{site.postcode} {site.city}".strip()
    return ", ".join(part for part in (site.street, place) if part)


def facts(space: Space, seats: int | None = None) -> list[tuple[str, str]]:
    """Icon and word of what a space offers: seats, equipment, access."""
    found = []
    if count := seats or space.capacity:
        found.append(("users", _("%(n)d places", n=count) if count > 1 else _("1 place")))
    found += [(_sign(thing), thing) for thing in space.equipment[:4]]
    if space.is_step_free:
        found.append(("accessibility", _("Accès PMR")))
    return found


def _sign(thing: str) -> str:
    folded = thing.casefold()
    return next((icon for words, icon in SIGNS if any(w in folded for w in words)), "check")


def people(count: int) -> str:
    """`4 personnes`."""
    return _("%(n)d personnes", n=count) if count > 1 else _("1 personne")


def week(first: dt.date, days: Sequence[dt.date]) -> str:
    """`25 nov. – 1er déc.`."""
    short = [day_name(day, "short").partition(" ")[2] for day in (first, days[-1])]
    return " – ".join(short)


def local(instant: dt.datetime, site: Site) -> tuple[dt.date, int]:
    """Day and minute of an instant on the site's wall clock, as the grid names them."""
    return local_day(instant, site.zone), wall_minute(instant, site.zone)
