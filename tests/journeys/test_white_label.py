"""Nothing that a venue's people read names the platform, or another venue."""

from __future__ import annotations

import io
from email.message import EmailMessage

import pytest
from pypdf import PdfReader

from app.web import policy
from scripts.house import House, wait_for
from tests.journeys import places
from tests.journeys.conftest import Opener

VENUES = {
    "moulin": "Le Moulin Neuf",
    "quai12": "Quai 12",
    "verriere": "La Verrière",
    "grange": "La Grange Ouverte",
}
PLATFORM = ("coulisse", "plateforme.localhost")


def read(house: House, host: str, path: str, method: str = "GET") -> str:
    """An answer with its headers, as text; a PDF gives its words and its properties."""
    answer = house.fetch(host, path, method)
    assert answer.status < 500, path
    if "pdf" in answer.headers.get("Content-Type", ""):
        paper = PdfReader(io.BytesIO(answer.body))
        words = [page.extract_text() for page in paper.pages]
        return "\n".join([*words, str(paper.metadata)])
    return f"{answer.headers}\n{answer.text}"


def foreign(text: str, host: str) -> list[str]:
    """The names in a text that have no business there."""
    others = [name for slug, name in VENUES.items() if slug != host]
    others += [f"{slug}.localhost" for slug in VENUES if slug != host]
    platform = [name for name in PLATFORM if name in text.lower()]
    return platform + [name for name in others if name in text]


@pytest.mark.parametrize("host", ["quai12", "moulin"])
def test_no_answer_of_a_venue_names_another(house: House, host: str) -> None:
    values = places.samples(house, host)
    walked = [
        place.path
        for place in places.walk(places.application(house), values)
        if place.permission == policy.PUBLIC
    ]
    assert any(path.endswith(".pdf") for path in walked)
    assert any(path.endswith(".ics") for path in walked)
    found = {path: foreign(read(house, host, path), host) for path in walked}
    found |= {
        f"{method} {path}": foreign(read(house, host, path, method), host)
        for method, path in (
            ("GET", "/nulle-part"), ("POST", "/reserver"), ("POST", "/commande"),
            ("GET", "/api/v1/spaces"), ("GET", "/gestion"), ("GET", "/reseau"),
        )
    }  # fmt: skip
    assert {path: names for path, names in found.items() if names} == {}


def everything(letter: EmailMessage) -> str:
    """Headers and every part, decoded."""
    parts = [str(part.get_content()) for part in letter.walk() if not part.is_multipart()
             and part.get_content_maintype() == "text"]  # fmt: skip
    return "\n".join([*(f"{k}: {v}" for k, v in letter.items()), *parts])


def test_no_letter_names_another(house: House, person: Opener) -> None:
    """One that is asked for here, and every letter of the journeys so far."""
    page = person().page
    page.goto(house.url("quai12", "/connexion"))
    page.get_by_label("Adresse e-mail").fill("hugo@example.org")
    page.get_by_role("button", name="Recevoir un lien par e-mail").click()
    wait_for(lambda: house.letters("hugo@example.org"))
    here = f"quai12.localhost:{house.ports['web']}"
    letters = [m for m in map(everything, house.letters("@")) if here in m]
    assert letters
    assert [names for m in letters if (names := foreign(m, "quai12"))] == []


def test_an_unknown_host_says_nothing(house: House) -> None:
    assert foreign(read(house, "inconnu", "/"), "") == []


def test_a_name_would_be_seen() -> None:
    """Control."""
    assert foreign("Propulsé par COULISSE", "quai12") == ["coulisse"]
    assert foreign("chez Le Moulin Neuf", "quai12") == ["Le Moulin Neuf"]
    assert foreign("chez Le Moulin Neuf", "moulin") == []
