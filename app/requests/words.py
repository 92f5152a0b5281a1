"""Requests in words: states, what may be wished besides the room, the venue's rule."""

from __future__ import annotations

from app.core.i18n import _, euros
from app.requests.models import RequestPolicy

KINDS = {
    "received": "warn", "quoted": "", "held": "warn", "accepted": "ok", "refused": "danger",
    "lapsed": "danger", "converted": "ok",
}  # fmt: skip
ICONS = {
    "received": "bell", "quoted": "receipt-text", "held": "hourglass", "accepted": "check",
    "refused": "x", "lapsed": "clock", "converted": "calendar-plus",
}  # fmt: skip


def states() -> dict[str, str]:
    """Each state, in order."""
    return {
        "received": _("Reçue"),
        "quoted": _("Devis envoyé"),
        "held": _("Option posée"),
        "accepted": _("Acceptée"),
        "refused": _("Refusée"),
        "lapsed": _("Option échue"),
        "converted": _("Devenue événement"),
    }


def options() -> dict[str, str]:
    """What may be wished besides the room."""
    return {
        "breakfast": _("Accueil café"),
        "lunch": _("Déjeuner"),
        "cocktail": _("Cocktail"),
        "bar": _("Bar"),
        "screen": _("Écran et projecteur"),
        "sound": _("Sonorisation"),
        "microphones": _("Micros"),
        "stage": _("Scène"),
        "streaming": _("Captation vidéo"),
    }


NATURES = {
    "breakfast": "meal", "lunch": "meal", "cocktail": "meal", "bar": "alcohol",
    "screen": "equipment", "sound": "equipment", "microphones": "equipment", "stage": "equipment",
    "streaming": "service",
}  # fmt: skip


def natures() -> dict[str, str]:
    """How a line of a quote is taxed, in words."""
    return {
        "equipped_space": _("Espace équipé"),
        "service": _("Service"),
        "equipment": _("Location de matériel"),
        "meal": _("Restauration"),
        "alcohol": _("Boissons alcoolisées"),
        "training": _("Formation"),
        "bare_space": _("Local nu"),
    }


def rule(kept: RequestPolicy) -> str:
    """The minimum's rule, as the venue set it."""
    return _(
        "Votre règle : ce que l’on perd, plus %(percent)s %%, arrondi aux %(step)s supérieurs.",
        percent=kept.margin_percent,
        step=euros(kept.rounding_cents),
    )
