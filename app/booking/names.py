"""What states, means and accounts are called at the desk."""

from __future__ import annotations

from app.booking.models import Booking
from app.core.i18n import _


def state_names() -> dict[str, str]:
    """States of bookings in words."""
    return {
        "confirmed": _("Confirmée"),
        "held": _("En attente"),
        "cancelled": _("Annulée"),
        "lapsed": _("Abandonnée"),
    }


def origin(booking: Booking) -> str:
    return {
        "web": _("Réservée en ligne"),
        "desk": _("Réservée à l’accueil"),
        "api": _("Réservée par une application"),
        "import": _("Importée"),
    }.get(booking.origin, _("Réservée"))


def name_of(booking: Booking) -> str:
    """For whom: the person, or the name that was given at the desk."""
    named = str(booking.organisation.get("name") or "")
    return booking.person.name if booking.person else named or booking.code


def method_names() -> dict[str, str]:
    """Means of payment in words."""
    return {
        "card": _("Carte"),
        "sepa_debit": _("Prélèvement SEPA"),
        "cash": _("Espèces"),
        "terminal": _("Terminal"),
        "transfer": _("Virement"),
        "on_account": _("Sur compte"),
    }


def way_names() -> dict[str, str]:
    """How a booking is to be paid."""
    return {
        "online": _("en ligne"),
        "desk": _("à l’accueil"),
        "on_account": _("sur compte"),
        "free": _("gratuit"),
    }


def account_names() -> dict[str, str]:
    """Accounts of the ledger in words."""
    return {
        "receivable": _("Dû par le client"),
        "card_clearing": _("Cartes"),
        "sepa_clearing": _("Prélèvements"),
        "cash": _("Caisse"),
        "terminal": _("Terminal"),
        "bank": _("Banque"),
        "sales": _("Ventes HT"),
        "vat": _("TVA sur les débits"),
        "vat_pending": _("TVA en attente d’encaissement"),
        "vat_collected": _("TVA collectée"),
        "penalties": _("Pénalités de retard"),
        "prepaid": _("Avances des clients"),
        "deposits_held": _("Dépôts de garantie"),
        "till_difference": _("Écarts de caisse"),
        "transfer": _("Reports sur facture"),
        "suspense": _("En attente"),
    }


def payment_state_names() -> dict[str, str]:
    """States of payments and refunds in words."""
    return {
        "pending": _("à venir"),
        "open": _("page ouverte"),
        "processing": _("en cours"),
        "captured": _("encaissé"),
        "failed": _("échoué"),
        "expired": _("expiré"),
        "unknown": _("inconnu, à vérifier"),
        "requested": _("demandé"),
        "done": _("fait"),
    }


def acts() -> dict[str, str]:
    """Acts of the journal that are not told by a row of their own."""
    return {
        "booking.notes": _("Notes modifiées"),
        "booking.check_in_undone": _("Arrivée retirée"),
        "booking.goodwill": _("Geste commercial"),
        "booking.paid_at_desk": _("Encaissée à l’accueil"),
        "booking.released": _("Option libérée"),
    }
