"""The seven documents of docs/money.md, for three sellers: tests of papers start from them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.invoicing.parts import (
    Line,
    Paper,
    Party,
    Reference,
    Settled,
    TaxRule,
    Terms,
    priced,
)

DAY = dt.date(2026, 11, 25)
S20, S10, S55 = TaxRule(rate_bp=2000), TaxRule(rate_bp=1000), TaxRule(rate_bp=550)
GOODS = TaxRule(rate_bp=2000, nature="goods")
REVERSE = TaxRule(rate_bp=0, category="AE", reason="reverse_charge")
EXEMPT = TaxRule(rate_bp=0, category="E", reason="bare_premises")

FIRM = Party(
    kind="fr_business",
    name="Atelier Roux SARL",
    street="8 rue des Tanneurs",
    postcode="69005",
    city="Lyon",
    siren="552100554",
    vat="FR96552100554",
    contact="Maya Roux",
    reference="C-0412",
    email="maya@roux.example",
)
BELGIAN = Party(
    kind="eu_business",
    name="Brasserie du Canal SRL",
    street="1 quai au Foin",
    postcode="1000",
    city="Bruxelles",
    country="BE",
    vat="BE0403170701",
    email="compta@canal.example",
)
CONSUMER = Party(kind="consumer", name="Lou Martin", email="lou@example.org")

SELLERS = {
    "moulin": (
        Party(
            kind="fr_business",
            name="Le Moulin Neuf",
            street="12 rue du Moulin",
            postcode="69001",
            city="Lyon",
            siren="732829320",
            siret="73282932000074",
            vat="FR44732829320",
            email="comptes@moulin-neuf.example",
            phone="04 78 00 00 12",
        ),
        Terms(
            iban="FR1420041010050500013M02606",
            bic="AGRIFRPP882",
            legal_form="SCIC SARL à capital variable",
            capital="48 200 €",
            register="RCS Lyon 732 829 320",
            brand="Le Moulin Neuf",
        ),
    ),
    "quai": (
        Party(
            kind="fr_business",
            name="Quai 12",
            street="12 quai de la Fosse",
            postcode="44000",
            city="Nantes",
            siren="404833048",
            siret="40483304800022",
            vat="FR83404833048",
            email="comptes@quai12.example",
        ),
        Terms(
            iban="FR7630006000011234567890189",
            debits=True,
            legal_form="SAS",
            capital="10 000 €",
            register="RCS Nantes 404 833 048",
            penalty_rate="12 % par an",
            brand="Quai 12",
        ),
    ),
    "grange": (
        Party(
            kind="fr_business",
            name="La Grange & Filles",
            street="3 place du Marché",
            extra="Bâtiment B",
            postcode="26150",
            city="Die",
            siren="443061841",
            siret="44306184100047",
            vat="FR64443061841",
            email="bonjour@grange.example",
        ),
        Terms(
            iban="DE89370400440532013000",
            legal_form="EURL",
            register="RCS Romans 443 061 841",
            brand="La Grange",
        ),
    ),
}


def line(label: str, cents: int, tax: TaxRule = S20, day: int = 3, **more: Any) -> Line:
    when = dt.date(2026, 11, day)
    more = {"starts_on": when, "ends_on": when} | more
    return priced(label, cents, tax, **more)


LINES = (
    line("Salle Curie", 3900, quantity=Decimal(2), unit="hour", detail="14:00 – 16:00"),
    line("Accueil café", 4620, S10, 10, quantity=Decimal(12), unit="person"),
    line("Plateau", 999, day=12),
    line("Plateau", 999, day=13),
    line("Plateau", 999, day=14),
    line(
        "Salle Lumière",
        22464,
        day=17,
        quantity=Decimal(8),
        unit="hour",
        list_cents=24960,
        discount="Grandes journées",
    ),
    line("Soirée contes", 8018, S55, 20, quantity=Decimal(8)),
)
GROSS = sum(one.gross_cents for one in LINES)
BEFORE = Reference(
    number="F-2026-1104",
    issued_on=dt.date(2026, 11, 2),
    amount_cents=30000,
    vat_cents=5000,
    paid_on=dt.date(2026, 11, 2),
)
CARD = Settled(on=dt.date(2026, 11, 20), method="card", amount_cents=GROSS)


def seven(seller: str = "moulin", lang: str = "fr") -> dict[str, Paper]:
    """Each of the seven, valid."""
    who, terms = SELLERS[seller]
    invoice = Paper(
        kind="invoice",
        seller=who,
        buyer=FIRM,
        lines=LINES,
        terms=terms,
        lang=lang,
        number="F-2026-1187",
        issued_on=DAY,
        due_on=dt.date(2026, 12, 25),
        order_number="BC-2026-88",
    )
    paid = replace(invoice, due_on=CARD.on, settled=(CARD,))
    return {
        "to pay": invoice,
        "paid by card": paid,
        "deposit": replace(invoice, kind="deposit", lines=(priced("Acompte", 30000, S20),)),
        "final after deposit": replace(invoice, deposits=(BEFORE,)),
        "credit note": replace(
            invoice, kind="credit_note", lines=LINES[:2], due_on=None, refers_to=(BEFORE,)
        ),
        "EU reverse charge": replace(
            invoice, buyer=BELGIAN, lines=(line("Domiciliation du courrier", 24000, REVERSE),)
        ),
        "consumer": replace(paid, buyer=CONSUMER, order_number=""),
    }
