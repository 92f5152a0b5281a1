"""What categories, states and priorities are called."""

from __future__ import annotations

from app.core.i18n import _
from app.incidents.models import Incident

ICONS = {
    "screen": "projector",
    "network": "wifi",
    "power": "sun",
    "climate": "gauge",
    "furniture": "armchair",
    "cleaning": "trash-2",
}
KINDS = {
    "reported": "danger",
    "reopened": "danger",
    "acknowledged": "warn",
    "in_progress": "info",
    "waiting": "warn",
    "resolved": "ok",
}


def categories() -> dict[str, str]:
    """What may be wrong, in the order of the tiles."""
    return {
        "screen": _("Écran, son"),
        "network": _("Internet"),
        "power": _("Prise, lumière"),
        "climate": _("Chauffage, air"),
        "furniture": _("Mobilier, porte"),
        "cleaning": _("Propreté"),
    }


def usable() -> dict[str, str]:
    """Whether people can still use it."""
    return {"yes": _("Oui"), "partly": _("En partie"), "no": _("Non")}


def usable_tag(one: Incident) -> tuple[str, str]:
    """The same as a tag of staff pages: its kind and its words."""
    return {
        "yes": ("ok", _("Utilisable")),
        "partly": ("warn", _("Utilisable en partie")),
        "no": ("danger", _("Inutilisable")),
    }[one.usable]


def states() -> dict[str, str]:
    """States, in the order that they usually follow one another."""
    return {
        "reported": _("Signalé"),
        "acknowledged": _("Pris en charge"),
        "in_progress": _("En cours de réparation"),
        "waiting": _("En attente du fournisseur"),
        "resolved": _("Résolu"),
        "reopened": _("Rouvert"),
    }


def priorities() -> dict[str, str]:
    """How much it presses, the most first."""
    return {
        "urgent": _("Urgente"),
        "high": _("Haute"),
        "normal": _("Normale"),
        "low": _("Basse"),
    }


def fates() -> dict[str, str]:
    """What became of a booking."""
    return {
        "moved": _("déplacée"),
        "refunded": _("annulée et rendue"),
        "discounted": _("gardée, remise accordée"),
        "stays": _("inchangée"),
    }
