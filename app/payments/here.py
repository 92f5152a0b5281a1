"""At which till this browser stands: chosen on the till's page, kept for its session. A venue of
one site is never asked."""

from __future__ import annotations

from flask import session as cookies

from app.payments import tills

NAME = "till_site"


def site_id(otherwise: int | None = None) -> int | None:
    """The site of the till that takes the money now: the one that was chosen, else the one that is
    natural to what is paid, else the first."""
    known = [one.id for one in tills.sites()]
    for wanted in (cookies.get(NAME), otherwise):
        if wanted in known:
            return int(wanted)
    return known[0] if known else None


def choose(wanted: int | None) -> None:
    """Stand at another till from now on; one that is not of this venue changes nothing."""
    if wanted in [one.id for one in tills.sites()]:
        cookies[NAME] = wanted
