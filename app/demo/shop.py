"""What the sample desks sell besides time."""

from __future__ import annotations

from app.shop import catalogue
from app.shop.models import Product

ON_SALE = (
    ("Café", "meal", 180),
    ("Thé", "meal", 180),
    ("Plateau-repas", "meal", 1490),
    ("Bière artisanale", "alcohol", 450),
    ("Impression A4 couleur", "service", 30),
    ("Casier, un mois", "equipped_space", 1500),
    ("Vidéoprojecteur, une journée", "equipment", 2500),
)


def stock() -> None:
    """Put them on sale."""
    for name, nature, cents in ON_SALE:
        catalogue.describe(Product(), name, nature, cents, None)
