"""What categories, states and ways of paying are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.i18n import _, euros, lang
from app.ticketing.models import TicketCategory


def category(one: TicketCategory) -> str:
    """Its name in the page's language, else in the other one."""
    names = (one.name_fr, one.name_en)
    first, other = names if lang() == "fr" else names[::-1]
    return first or other


def note(one: TicketCategory) -> str:
    """The line under its name."""
    notes = (one.note_fr, one.note_en)
    first, other = notes if lang() == "fr" else notes[::-1]
    return first or other


def question(asked: Mapping[str, Any]) -> str:
    """What is asked, in the page's language, else in the other one."""
    first, other = ("fr", "en") if lang() == "fr" else ("en", "fr")
    return str(asked.get(first) or asked.get(other) or "")


def price(one: TicketCategory) -> str:
    """What it costs, in a word."""
    if one.pricing == "free":
        return _("Gratuit")
    if one.pricing == "open":
        return _("dès %(price)s", price=euros(one.minimum_cents))
    return euros(one.price_cents)


def pricings() -> dict[str, str]:
    """How a price is made."""
    return {
        "fixed": _("Prix fixe"),
        "free": _("Gratuit"),
        "open": _("Prix libre, avec un minimum"),
    }


def buyers() -> dict[str, str]:
    """Who may buy."""
    return {
        "everybody": _("Tout le monde"),
        "members": _("Les membres, avec leur compte"),
        "companies": _("Les entreprises invitées, avec leur compte"),
    }


def order_states() -> dict[str, str]:
    """Where an order stands."""
    return {
        "held": _("En attente de paiement"),
        "confirmed": _("Confirmée"),
        "lapsed": _("Abandonnée"),
        "cancelled": _("Annulée"),
    }


def ticket_states() -> dict[str, str]:
    """Where a ticket stands."""
    return {
        "held": _("En attente de paiement"),
        "valid": _("Valable"),
        "used": _("Entré"),
        "cancelled": _("Annulé"),
        "transferred": _("Cédé"),
        "lapsed": _("Abandonné"),
    }


def ways() -> dict[str, str]:
    """How an order is paid."""
    return {
        "online": _("Carte en ligne"),
        "desk": _("À l’accueil"),
        "on_account": _("Sur compte"),
        "free": _("Gratuit"),
        "cash": _("Espèces"),
        "terminal": _("Terminal"),
        "transfer": _("Virement"),
    }


ORDER_KINDS = {"held": "warn", "confirmed": "ok", "lapsed": "", "cancelled": "danger"}


def payment_states() -> dict[str, str]:
    """Where a payment or a refund stands."""
    return {
        "pending": _("Commencé"),
        "open": _("En cours"),
        "processing": _("En cours à la banque"),
        "captured": _("Reçu"),
        "failed": _("Échoué"),
        "expired": _("Abandonné"),
        "requested": _("Demandé"),
        "unknown": _("Sans réponse de la banque"),
        "done": _("Parti"),
    }


def wait_states() -> dict[str, str]:
    """Where somebody who waits stands."""
    return {
        "waiting": _("Attend"),
        "offered": _("Place proposée"),
        "taken": _("Place prise"),
        "expired": _("N’a pas répondu"),
        "left": _("Ne veut plus"),
    }
