"""Broken rules in plain words, each with the field to mend.

Rules speak of business terms (BT-31, BG-4). A term has a name that people know and a place where it
is mended: the venue's settings, the customer, a line, the document. Rules that people do meet have
a sentence of their own; any other is said by its term, with its official words beside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.errors import Refused
from app.core.i18n import _

TERM = re.compile(r"\bB[TG]-\d+")

# Who speaks of elements alone: the schema, the engine that stumbled, the library's own lists.
TECHNICAL = re.compile(r"XSD|XML|FX-|en16931|br-?fr$|OWN-")
MARKUP = (
    re.compile(r"^BR-[\w-]+/B[TG]-[\d-]+\s*:\s*"),
    re.compile(r"\s*\((?:ram|udt|rsm|qdt):[^)]*\)"),
    re.compile(r",?\s*\b(?:ram|udt|rsm|qdt):[\w/:]+"),
    re.compile(r"Q?\{[^}]*\}"),
)

# Business term -> field. The first part says where it is mended.
FIELDS: Mapping[str, str] = {
    "BT-1": "number",
    "BT-2": "issued_on",
    "BT-3": "kind",
    "BT-5": "currency",
    "BT-6": "currency",
    "BT-8": "seller.debits",
    "BT-9": "due_on",
    "BT-10": "buyer.reference",
    "BT-13": "order_number",
    "BT-20": "due_on",
    "BT-21": "note",
    "BT-22": "note",
    "BT-23": "kind",
    "BT-25": "refers_to",
    "BT-26": "refers_to",
    "BT-27": "seller.company",
    "BT-29": "seller.siret",
    "BT-30": "seller.siren",
    "BT-31": "seller.vat",
    "BT-34": "seller.siren",
    "BT-35": "seller.street",
    "BT-37": "seller.city",
    "BT-38": "seller.postcode",
    "BT-40": "seller.country",
    "BT-43": "seller.email",
    "BT-44": "buyer.name",
    "BT-46": "buyer.siret",
    "BT-47": "buyer.siren",
    "BT-48": "buyer.vat",
    "BT-49": "buyer.endpoint",
    "BT-50": "buyer.street",
    "BT-52": "buyer.city",
    "BT-53": "buyer.postcode",
    "BT-55": "buyer.country",
    "BT-58": "buyer.email",
    "BT-81": "settled",
    "BT-84": "seller.iban",
    "BT-86": "seller.bic",
    "BT-92": "lines",
    "BT-99": "lines",
    "BT-106": "lines",
    "BT-109": "lines",
    "BT-110": "lines",
    "BT-112": "lines",
    "BT-113": "settled",
    "BT-115": "settled",
    "BT-116": "lines",
    "BT-117": "lines",
    "BT-118": "lines.tax",
    "BT-119": "lines.tax",
    "BT-120": "lines.tax",
    "BT-121": "lines.tax",
    "BT-126": "lines",
    "BT-129": "lines.quantity",
    "BT-130": "lines.unit",
    "BT-131": "lines",
    "BT-134": "lines.starts_on",
    "BT-135": "lines.ends_on",
    "BT-136": "lines.discount",
    "BT-146": "lines",
    "BT-151": "lines.tax",
    "BT-152": "lines.tax",
    "BT-153": "lines.label",
    "BG-4": "seller",
    "BG-5": "seller.street",
    "BG-7": "buyer",
    "BG-8": "buyer.street",
    "BG-14": "lines.starts_on",
    "BG-16": "settled",
    "BG-22": "lines",
    "BG-23": "lines.tax",
    "BG-25": "lines",
}

# Rules that name several terms, of which one is where to mend.
MENDED_AT: Mapping[str, str] = {
    "BR-AE-02": "buyer.vat",
    "BR-S-02": "seller.vat",
    "BR-Z-02": "seller.vat",
    "BR-E-02": "seller.vat",
    "BR-FR-CO-05_BT-3": "refers_to",
}

# Where a fault stands, when it names no term.
PLACES: Mapping[str, str] = {
    "SellerTradeParty": "seller",
    "BuyerTradeParty": "buyer",
    "LineItem": "lines",
    "ApplicableTradeTax": "lines.tax",
    "AllowanceCharge": "lines.discount",
    "MonetarySummation": "lines",
    "PaymentMeans": "settled",
    "PaymentTerms": "due_on",
    "InvoiceReferencedDocument": "refers_to",
    "BillingSpecifiedPeriod": "lines.starts_on",
    "InvoiceCurrencyCode": "currency",
    "IncludedNote": "note",
    "IssueDateTime": "issued_on",
    "TypeCode": "kind",
    "DocumentContext": "kind",
    "ExchangedDocument": "number",
}


@dataclass(frozen=True)
class Fault:
    """A rule that is broken. `field` is where to mend it, `words` what the rule itself says."""

    rule: str
    field: str
    words: str = ""

    def as_row(self) -> dict[str, str]:
        """As a draft keeps it."""
        return {"rule": self.rule, "field": self.field, "words": self.words}


class Rejected(Refused):
    """A document breaks rules and is not issued. `faults` names all of them."""

    code = "rejected"

    def __init__(self, faults: list[Fault]) -> None:
        rules = ", ".join(sorted({fault.rule for fault in faults}))
        super().__init__(
            _("Ce document ne respecte pas toutes les règles : %(rules)s.", rules=rules)
        )
        self.faults = faults


def from_rule(rule: str, where: str, words: str) -> Fault:
    """A fault from what the judge said; the field comes from the first term that it names."""
    said = re.sub(r"^\[[^\]]+\][\s-]*", "", words)
    terms = TERM.findall(f"{rule} {said}")
    field = MENDED_AT.get(rule, "") or next((FIELDS[term] for term in terms if term in FIELDS), "")
    field = field or next((PLACES[place] for place in PLACES if place in f"{where} {said}"), "")
    if field.startswith("lines") and (found := re.search(r"LineItem\[(\d+)\]", where)):
        field = field.replace("lines", f"lines.{found[1]}", 1)
    return Fault(rule, field, said)


def field_name(field: str) -> str:
    """A field as people know it; the number of its line when it has one."""
    bare = re.sub(r"\.\d+", "", field)
    name = _names().get(bare) or _names().get(bare.partition(".")[0]) or _("Document")
    if line := re.search(r"lines\.(\d+)", field):
        return _("Ligne %(n)s, %(name)s", n=line[1], name=name.lower())
    return name


def _names() -> dict[str, str]:
    return {
        "number": _("Numéro"),
        "issued_on": _("Date d’émission"),
        "kind": _("Type de document"),
        "currency": _("Devise"),
        "due_on": _("Date d’échéance"),
        "order_number": _("Numéro de commande"),
        "note": _("Mentions"),
        "refers_to": _("Document d’origine"),
        "settled": _("Règlements déjà reçus"),
        "seller": _("Votre entreprise"),
        "seller.company": _("Raison sociale du lieu"),
        "seller.siren": _("SIREN du lieu"),
        "seller.siret": _("SIRET de l’établissement"),
        "seller.vat": _("Numéro de TVA du lieu"),
        "seller.street": _("Adresse du lieu"),
        "seller.city": _("Ville du lieu"),
        "seller.postcode": _("Code postal du lieu"),
        "seller.iban": _("IBAN du lieu"),
        "seller.bic": _("BIC du lieu"),
        "seller.email": _("E-mail de facturation du lieu"),
    } | _others()


def _others() -> dict[str, str]:
    return {
        "buyer": _("Client"),
        "buyer.name": _("Nom du client"),
        "buyer.siren": _("SIREN du client"),
        "buyer.siret": _("SIRET du client"),
        "buyer.vat": _("Numéro de TVA du client"),
        "buyer.street": _("Adresse du client"),
        "buyer.city": _("Ville du client"),
        "buyer.postcode": _("Code postal du client"),
        "buyer.country": _("Pays du client"),
        "buyer.email": _("E-mail du client"),
        "buyer.endpoint": _("Adresse de facturation électronique du client"),
        "lines": _("Montants"),
        "lines.tax": _("TVA"),
        "lines.label": _("Désignation"),
        "lines.quantity": _("Quantité"),
        "lines.unit": _("Unité"),
        "lines.starts_on": _("Date de la prestation"),
        "lines.ends_on": _("Fin de la prestation"),
        "lines.discount": _("Remise"),
    }


def sentence(fault: Fault) -> str:
    """What is wrong, in one sentence of the reader's language."""
    if own := _sentences().get(fault.rule):
        return own
    if fault.rule == "OWN-GLYPH":
        return _("Le signe « %(sign)s » ne peut pas être imprimé : remplacez-le.", sign=fault.words)
    for pattern, words in _families().items():
        if re.match(pattern, fault.rule):
            return words
    return _("Cette donnée est absente ou mal formée.")


def _families() -> dict[str, str]:
    """Rules that say the same of many fields."""
    return {
        "BR-FR-0[12]": _("Un numéro compte 35 signes au plus : lettres, chiffres, + - _ /."),
        "BR-FR-03": _("L’année de cette date n’est pas possible."),
        "BR-FR-04": _("Ce type de document n’est pas permis."),
        "BR-FR-05": _("Une mention manque : pénalités, indemnité de 40 € ou escompte."),
        "BR-FR-(06|31)": _("Une mention ne peut figurer qu’une fois."),
        "BR-FR-(08|CO-0[89])": _("Le mode de facturation ne va pas avec ce qui est payé."),
        "BR-FR-(13|2[2-9])": _(
            "Cette adresse de facturation électronique est absente ou mal formée."
        ),
        "BR-FR-CO-12": _("Une facture en devise dit aussi sa TVA en euros."),
        "FX-SCH": _("Cette donnée manque, ou n’est pas permise ici."),
        "BR-FR-(12|21)": _(
            "Il manque une adresse où lui envoyer la facture : un e-mail, ou son SIREN."
        ),
        "BR-FR-(10|11|32)": _("Un SIREN compte neuf chiffres."),
        "BR-FR-09": _("Le SIRET commence par le SIREN."),
        "BR-FR-16": _("Ce taux de TVA n’existe pas en France."),
        "BR-(FR-)?DEC": _("Un nombre a trop de décimales."),
        r"BR-O-1[1-4]": _("Ce qui est hors du champ de la TVA se facture sur un document à part."),
        r"BR-(Z|E|AE|IC|G|O)-10": _("Il manque le motif pour lequel aucune TVA n’est due."),
        r"BR-(S|Z|E)-0[2-4]": _("Le numéro de TVA du lieu manque : il figure sur toute facture."),
        r"BR-(S|Z|E|AE|IC|G|O)-\d": _("La TVA de ce document ne correspond pas à sa catégorie."),
        r"BR-CO-1\d": _("Les totaux ne tombent pas juste."),
    }


def _sentences() -> dict[str, str]:
    """Our own checks, and the rules that people meet."""
    return {
        "OWN-SIREN": _("Ce SIREN n’existe pas : vérifiez ses neuf chiffres."),
        "OWN-SIRET": _("Ce SIRET n’existe pas : vérifiez ses quatorze chiffres."),
        "OWN-VAT": _("Ce numéro de TVA n’existe pas : sa clé est fausse."),
        "OWN-IBAN": _("Cet IBAN n’existe pas : sa clé est fausse."),
        "OWN-DUE": _("Il reste à payer, mais aucune date d’échéance n’est donnée."),
        "OWN-NAME": _("Le client n’a pas de nom."),
        "OWN-ADDRESS": _("L’adresse d’une entreprise est obligatoire sur sa facture."),
        "OWN-NO-SIREN": _("Le SIREN d’une entreprise française est obligatoire."),
        "OWN-OVERPAID": _("Plus a été payé que ce document ne demande."),
        "OWN-EMPTY": _("Ce document n’a aucune ligne."),
        "OWN-AMOUNT": _("Un montant et une quantité sont au-dessus de zéro."),
        "OWN-DISCOUNT": _("Une remise ne peut pas augmenter le prix."),
        "OWN-FRANCHISE": _(
            "Votre lieu est en franchise de TVA et ne peut pas en facturer : mettez à 0 % le taux"
            " de ce qui est vendu, ou retirez la franchise des réglages de facturation."
        ),
        "OWN-DAYS": _("La prestation finit avant de commencer."),
        "BR-CO-25": _("Il reste à payer, mais aucune date d’échéance n’est donnée."),
        "BR-FR-CO-07_BT-9": _("L’échéance ne peut pas précéder la facture."),
        "BR-FR-CO-05_BT-3": _("Un avoir cite la facture qu’il corrige."),
        "BR-FR-20_BT-21": _("La nature du client n’est pas reconnue."),
        "BR-AE-02": _("L’autoliquidation demande les numéros de TVA des deux parties."),
        "XSD": _("Le fichier de la facture n’a pas la forme attendue."),
    }


def plain(rule: str, words: str) -> str:
    """What the rule itself says, without the names of elements that no person knows; nothing of
    what the engine or the schema says of its own workings."""
    if TECHNICAL.match(rule):
        return ""
    for pattern in MARKUP:
        words = pattern.sub("", words)
    return words.strip()


def rows(kept: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Faults of a draft as a page lists them, each field once with all that is wrong in it."""
    found = []
    for one in kept:
        fault = Fault(one["rule"], one["field"], one.get("words", ""))
        found.append(
            {
                "name": field_name(fault.field),
                "text": sentence(fault),
                "words": plain(fault.rule, fault.words),
                "rule": fault.rule,
                "field": fault.field,
            }
        )
    return found
