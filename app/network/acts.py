"""The acts that the audit keeps, in words."""

from __future__ import annotations

from app.core.i18n import _


def action_name(action: str) -> str:
    """An act in words; an unknown one by its own name."""
    return (_people() | _sales() | _venue() | _events()).get(action, action)


def _people() -> dict[str, str]:
    return {
        "account.password_reset": _("change son mot de passe"),
        "account.data_taken": _("emporte ses données"),
        "account.erased": _("compte effacé"),
        "account.leaving": _("demande la suppression de son compte"),
        "erasure.undone": _("renonce à un effacement"),
        "person.erased": _("personne effacée"),
        "person.leaving": _("programme l’effacement d’une personne"),
        "account.suspended": _("suspend une personne"),
        "account.active": _("rouvre un compte"),
        "api_token.made": _("crée une clé d’accès"),
        "api_token.revoked": _("retire une clé d’accès"),
        "company.described": _("modifie une entreprise"),
        "company.seat_given": _("donne une place dans une entreprise"),
        "company.seat_taken": _("retire une place dans une entreprise"),
        "person.standing": _("change le statut d’une personne"),
        "shop.sold": _("vend un produit"),
        "shop.cancelled": _("annule une vente au comptoir"),
        "shop.described": _("modifie un produit"),
        "shop.archived": _("retire ou remet un produit"),
        "shop.reduced": _("annonce une réduction"),
        "shop.reduction_ended": _("termine une réduction"),
        "support.act": _("agit en support"),
        "support.entered": _("entre en support"),
        "support.left": _("quitte le support"),
        "support.page": _("voit une page"),
        "team.granted": _("donne un rôle"),
        "team.invited": _("invite dans l’équipe"),
        "team.relieved": _("retire un rôle"),
        "team.uninvited": _("annule une invitation"),
    }


def _sales() -> dict[str, str]:
    return {
        "billing.changed": _("change les données de facturation"),
        "billing.run": _("lance la facturation du mois"),
        "booking.check_in_undone": _("annule une arrivée"),
        "booking.goodwill": _("fait un geste commercial"),
        "booking.made_at_desk": _("réserve à l’accueil"),
        "booking.notes": _("écrit une note de réservation"),
        "booking.paid_at_desk": _("encaisse à l’accueil"),
        "booking.released": _("libère une option"),
        "document.asked": _("demande une facture"),
        "document.credited": _("établit un avoir"),
        "document.contested": _("suspend les relances d’une facture"),
        "document.penalties": _("réclame des pénalités de retard"),
        "document.quoted": _("écrit un devis"),
        "document.sold": _("facture un devis"),
        "document.refunded": _("rembourse un client"),
        "ledger.archived": _("archive les comptes"),
        "ledger.journal_exported": _("exporte le journal des ventes"),
        "payment.seen_to": _("règle un paiement en attente"),
        "payments.connected": _("relie un compte de paiement"),
        "payments.keys_dropped": _("retire les clés de paiement"),
        "payments.keys_kept": _("enregistre les clés de paiement"),
        "rates.dates_noted": _("note des dates locales"),
        "rates.date_forgotten": _("retire une date locale"),
        "rates.accepted": _("accepte des prix"),
        "rates.fixed": _("fixe un prix"),
        "rates.steered": _("règle le calcul des prix"),
        "reminders.set": _("règle les relances"),
        "till.closed": _("ferme la caisse"),
        "till.moved": _("met ou prend des espèces dans la caisse"),
        "till.opened": _("ouvre la caisse"),
        "rates.freed": _("rend un prix au calcul"),
    }


def _venue() -> dict[str, str]:
    return {
        "appearance.published": _("publie une apparence"),
        "appearance.restored": _("revient à une apparence"),
        "appearance.scheduled": _("programme une apparence"),
        "domain.added": _("ajoute un nom de domaine"),
        "domain.canonical": _("change l’adresse principale"),
        "domain.released": _("libère un nom de domaine"),
        "domain.verified": _("prouve un nom de domaine"),
        "incident.advanced": _("change l’état d’un incident"),
        "incident.entrusted": _("confie un incident"),
        "incident.chosen": _("choisit la suite d’une panne"),
        "incident.cost": _("note un coût de réparation"),
        "incident.moved": _("déplace les réservations d’un incident"),
        "incident.moves_undone": _("annule les déplacements d’un incident"),
        "incident.policy": _("change les règles des incidents"),
        "incident.space_back": _("remet en vente après un incident"),
        "incident.space_out": _("retire de la vente pour un incident"),
        "network.appointed": _("nomme un opérateur"),
        "network.created": _("ouvre le réseau"),
        "settings.changed": _("change les réglages"),
        "site.changed": _("modifie un site"),
        "site.created": _("ajoute un site"),
        "site.exception_set": _("change l’horaire d’un jour"),
        "site.hours_changed": _("change les horaires"),
        "space.changed": _("modifie un espace"),
        "space.closed": _("ferme un espace"),
        "space.created": _("ajoute un espace"),
        "space.photo_added": _("ajoute une photo"),
        "space.reopened": _("rouvre un espace"),
        "space.restored": _("remet un espace en vente"),
        "space.retired": _("retire un espace de la vente"),
        "tenant.created": _("ouvre le lieu"),
        "upkeep.asset": _("modifie une machine"),
        "upkeep.done": _("note un entretien fait"),
        "upkeep.plan": _("modifie un entretien à faire"),
        "upkeep.reading": _("relève un compteur"),
        "upkeep.slot": _("réserve un créneau d’entretien"),
        "venue.created": _("crée le lieu"),
    }


def _events() -> dict[str, str]:
    return {
        "agenda.framed": _("autorise des sites à montrer l’agenda"),
        "event.cancelled": _("annule un événement"),
        "event.changed": _("modifie un événement"),
        "event.planned": _("prévoit un événement"),
        "event.published": _("publie un événement"),
        "need.changed": _("modifie les besoins d’un événement"),
        "need.stock": _("modifie le stock partagé"),
        "request.contract": _("envoie un contrat"),
        "request.converted": _("fait d’une demande un événement"),
        "request.held": _("pose une option sur un espace"),
        "request.policy": _("règle les demandes d’espace"),
        "request.refused": _("refuse une demande d’espace"),
        "request.released": _("rend l’option d’une demande"),
        "request.rescheduled": _("change le créneau d’une demande"),
        "ticketing.archived": _("retire ou remet des billets en vente"),
        "ticketing.category": _("modifie une catégorie de billets"),
        "ticketing.copied": _("copie une billetterie sur une autre date"),
        "ticketing.opened": _("met un événement en vente"),
        "ticketing.terms": _("règle la vente des billets"),
    }
