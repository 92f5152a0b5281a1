"""Kinds, states and acts in words."""

from __future__ import annotations

from app.core.i18n import _


def kinds() -> dict[str, str]:
    """Kinds of documents."""
    return {
        "invoice": _("Facture"),
        "deposit": _("Facture d’acompte"),
        "credit_note": _("Avoir"),
        "quote": _("Devis"),
    }


def states() -> dict[str, str]:
    """What may be asked of a document."""
    return {
        "due": _("À encaisser"),
        "late": _("En retard"),
        "paid": _("Réglé"),
        "over": _("À rembourser"),
    }


def own_states() -> dict[str, str]:
    """The same for whoever pays it."""
    return {
        "due": _("À payer"),
        "late": _("En retard"),
        "paid": _("Réglé"),
        "over": _("À vous rembourser"),
    }


def events() -> dict[str, str]:
    """Lines of a document's history."""
    return {
        "sent": _("Envoyé au client"),
        "accepted": _("Accepté par le client"),
        "declined": _("Refusé par le client"),
        "returned": _("Règlement repris par la banque"),
        "reinstated": _("Règlement rendu par la banque"),
        "credited": _("Réglé par un crédit"),
        "credit_used": _("Crédit utilisé ailleurs"),
        "refund_asked": _("Remboursement demandé"),
        "contested": _("Contesté par le client : relances suspendues"),
        "uncontested": _("Contestation levée"),
        "reminded": _("Relance envoyée"),
        "penalties": _("Pénalités de retard réclamées"),
    }


def customers() -> dict[str, str]:
    """Kinds of customers in words."""
    return {
        "consumer": _("Particulier"),
        "fr_business": _("Entreprise française"),
        "eu_business": _("Entreprise de l’Union européenne"),
        "other": _("Autre"),
    }


def method_name(method: str) -> str:
    """A means of payment in words."""
    return {
        "card": _("Carte bancaire"),
        "sepa_debit": _("Prélèvement SEPA"),
        "cash": _("Espèces"),
        "terminal": _("Carte, sur place"),
        "transfer": _("Virement"),
    }.get(method, _("Déjà réglé"))
