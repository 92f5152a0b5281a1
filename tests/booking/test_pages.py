"""A visitor books: the pages they see, and what each of them promises."""

from __future__ import annotations

from collections.abc import Callable

from tests.world import World, tomorrow

GUEST = {"email": "maya.roux@exemple.fr", "nom": "Maya Roux", "cgv": "1"}


def slot(hour: int = 10, days: int = 3) -> str:
    """The query of a start on a coming day."""
    start = tomorrow(hour, days=days)
    return f"quoi=salle&personnes=4&duree=120&jour={start:%Y-%m-%d}&heure={hour:02d}:00"


def test_the_front_door_leads_to_the_next_free_hour(world: World, visitor: Callable) -> None:
    page = visitor().get("/")
    assert page.status == 200
    assert "/reserver?quoi=salle" in page.html
    assert page.has("Prochain créneau")


def test_the_grid_says_a_price_and_why(world: World, visitor: Callable) -> None:
    page = visitor().get(f"/reserver?{slot()}")
    assert page.status == 200
    assert page.has("Pourquoi ce prix")
    assert page.has("Salle Curie")
    assert page.has("Réserver pour")
    assert page.has("dont TVA 20 %")


def test_a_guest_pays_at_the_desk(world: World, visitor: Callable) -> None:
    guest = visitor()
    page = guest.hold(slot())
    assert page.has("Payer")
    token = page.html.split("/commande/")[1].split("/")[0]
    sent = guest.post(f"/commande/{token}/paiement", page, moyen="desk", **GUEST)
    assert sent.status == 303, sent.words[:500]
    ticket = guest.get(sent.location)
    assert ticket.has("C’est réservé")
    assert ticket.has("maya.roux@exemple.fr")
    for part in ("qr.svg", "qr.png", "agenda.ics", "recu.pdf", "billet.pdf"):
        assert guest.get(f"/b/{token}/{part}").status == 200, part


def test_the_plain_pages_answer(world: World, visitor: Callable) -> None:
    guest = visitor()
    for path in ("/tarifs", "/mentions", "/accessibilite", "/espaces/salle-curie", "/hors-ligne"):
        assert guest.get(path).status == 200, path
    assert guest.get("/espaces/nulle-part").status == 404
    assert guest.get("/manifest.webmanifest").has("Le Moulin Neuf")
    assert guest.get("/icone-192.png").answer.mimetype == "image/png"
    assert guest.get("/sw.js").answer.mimetype == "text/javascript"
