"""What a price says of itself, in the language of who reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.i18n import _, euros, hours
from app.rates.models import Quote
from app.spaces.models import Space


@dataclass(frozen=True)
class PriceLine:
    """One named part of a price."""

    code: str
    label: str
    cents: int


def label(code: str, cents: int) -> str:
    """The name of a step, kind or dear as it is."""
    up = cents >= 0
    names = {
        "base": _("Tarif de base"),
        "weekday_hour": _("Heure demandée") if up else _("Heure creuse"),
        "season": _("Saison haute") if up else _("Saison calme"),
        "shared": _("Murs partagés"),
        "pace": _("Se remplit vite") if up else _("Se remplit doucement"),
        "last_minute": _("Temps restant"),  # months ahead as well as minutes
        "trial": _("Variation d’essai"),
        # the least, the most, the fastest change, or a price by hand
        "guardrail": _("Fixé par le lieu"),
        "member": _("Tarif membre"),
        "rounding": _("Arrondi"),
        "goodwill": _("Geste commercial"),
        "kept": _("Part non rendue"),
        "vat_abroad": _("TVA due dans le pays de l’entreprise"),
    }
    return names.get(code, code)


def lines(
    steps: list[dict[str, Any]], space: Space, minutes: int, quantity: int = 1
) -> list[PriceLine]:
    """The steps of a price with their names; the base says how it was reckoned."""
    found = []
    for step in steps:
        text = label(step["code"], step["cents"])
        if step["code"] == "base" and space.base_cents:
            text = _(
                "%(hours)s, tarif de base %(rate)s / h",
                hours=hours(minutes),
                rate=euros(space.base_cents),
            )
            text = f"{quantity} × {text}" if quantity > 1 else text
        found.append(PriceLine(step["code"], text, step["cents"]))
    return found


IMPERSONAL = frozenset(
    {"base", "weekday_hour", "season", "pace", "last_minute", "trial", "guardrail", "locked"}
    | {"shared", "rounding", "goodwill", "kept", "vat_abroad"}
)
"""Steps that look at the space, the time or the fill, and what staff decide by hand. A step that is
not listed here is taken for one that looks at the person."""


STILL = ("locked", "card", "trial")
"""Prices of which the fill is no reason."""


def is_personal(steps: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a price depends on who asks: that is said before the order (directive 2011/83, art.
    6(1)(ea))."""
    return any(step["code"] not in IMPERSONAL for step in steps)


def why(quote: Quote) -> str:
    """One sentence of evidence, the fact that moved this price most, and whether one counts."""
    return why_of(quote.evidence, personal=is_personal(quote.steps))


def why_of(said: Mapping[str, Any], *, personal: bool = False) -> str:
    """The same, of evidence that no quote holds."""
    fact = _fact(said)
    if personal:
        notice = _(
            "Prix personnalisé automatiquement : le tarif membre s’applique parce que vous êtes"
            " membre de ce lieu. Rien d’autre de vous n’y entre."
        )
        return f"{fact} {notice}"
    if said.get("code") in STILL:
        return f"{fact} {_('C’est le même prix pour tout le monde, jamais selon votre profil.')}"
    return f"{fact} {_('Le prix suit le remplissage, jamais votre profil.')}"


def _fact(said: Mapping[str, Any]) -> str:
    """The fact that moved a price most."""
    lead = float(said.get("lead_hours", 0))
    free = round(100 * float(said.get("day_free_share", 1)))
    facts = {
        "weekday_hour": _(
            "À cette heure, ce jour de la semaine, la demande habituelle s’écarte de la moyenne."
        ),
        "season": _("Cette période est plus ou moins demandée que d’habitude."),
        "shared": _(
            "Cet espace partage ses murs avec d’autres : quand l’un est pris, l’autre ne peut plus"
            " l’être."
        ),
        "pace": _("Il reste %(free)d %% du temps libre ce jour-là.", free=free),
        "last_minute": _("Il reste %(days)d jours avant cette date.", days=round(lead / 24))
        if lead >= 48
        else _("Ce créneau commence dans %(hours)d h.", hours=round(lead)),
        "trial": _(
            "Ce prix varie un peu, pour tout le monde, le temps d’apprendre ce qui convient."
        ),
        "guardrail": _("Le lieu fixe un minimum et un maximum : ce prix est à la limite."),
        "locked": _("Le lieu a fixé ce prix à la main pour cette date."),
        "card": _("Ce prix est celui de la grille du lieu : il ne bouge pas."),
        "usual": _("C’est le prix habituel de ce créneau."),
        "free": _("Cet espace est gratuit."),
    }
    return facts.get(str(said.get("code")), facts["usual"])
