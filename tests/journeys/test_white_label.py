"""Nothing that a venue's people read names the platform, or another venue."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

import pytest
from PIL import Image
from playwright.sync_api import Browser
from pypdf import PdfReader

from app.web import policy
from scripts.house import House, wait_for
from scripts.pg import ROOT
from tests.journeys import places
from tests.journeys.conftest import Opener, sign_in
from tests.journeys.hand import Hand

VENUES = {
    "moulin": "Le Moulin Neuf",
    "quai12": "Quai 12",
    "verriere": "La Verrière",
    "grange": "La Grange Ouverte",
}
PLATFORM = ("coulisse", "plateforme.localhost")


def read(house: House, host: str, path: str, method: str = "GET", **more: str) -> str:
    """An answer with its headers, as text; a file gives its words and what it says of itself."""
    answer = house.fetch(host, path, method, **more)
    assert answer.status < 500, path
    return f"{answer.headers}\n{inside(answer.body, answer.headers.get('Content-Type', ''))}"


def inside(body: bytes, kind: str) -> str:
    """Every word of an answer: a PDF's text, properties and attachments, a picture's notes, what an
    archive holds."""
    bare = body.decode("utf-8", "ignore") + body.decode("latin-1").replace("\0", "")
    if "pdf" in kind:
        paper = PdfReader(io.BytesIO(body))
        words = [page.extract_text() for page in paper.pages]
        words += [
            str(paper.metadata),
            str(paper.xmp_metadata and paper.xmp_metadata.stream.get_data()),
        ]
        words += [part.decode("utf-8", "ignore") for name in paper.attachments
                  for part in paper.attachments[name]]  # fmt: skip
        return "\n".join([bare, *words])
    if kind.startswith("image/") and "svg" not in kind:
        return f"{bare}\n{Image.open(io.BytesIO(body)).info}"
    if "zip" in kind:
        archive = zipfile.ZipFile(io.BytesIO(body))
        held = [archive.read(name).decode("utf-8", "ignore") for name in archive.namelist()]
        return "\n".join([archive.comment.decode(), *archive.namelist(), *held])
    return bare


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


@pytest.fixture(scope="module")
def owner(house: House, browser: Browser) -> dict[str, str]:
    """Who owns the second venue, signed in: what a plain request sends."""
    context = browser.new_context(locale="fr-FR")
    hand = Hand(context.new_page())
    sign_in(hand, house, "quai12", "malo")
    cookies = "; ".join(f"{c.get('name')}={c.get('value')}" for c in context.cookies())
    context.close()
    return {"Cookie": cookies}


def test_no_page_document_or_feed_of_the_team_names_another(
    house: House, owner: dict[str, str]
) -> None:
    """Everything that an owner opens: pages, papers with their properties, exports, feeds."""
    values, app = places.samples(house, "quai12"), places.application(house)
    walked = {place.path for place in places.walk(app, values)
              if place.permission == policy.PUBLIC or places.opens(place, "owner")}  # fmt: skip
    walked -= {path for path in walked if "/deconnexion" in path}
    seen = {path: read(house, "quai12", path, **owner) for path in sorted(walked)}
    for end in (".pdf", ".csv", ".ics", ".rss", ".png", ".webmanifest"):
        assert any(path.split("?")[0].endswith(end) for path in seen), end
    assert "Malo" in seen["/gestion"]
    assert {path: names for path, text in seen.items() if (names := foreign(text, "quai12"))} == {}


def test_no_problem_names_the_platform(house: House, owner: dict[str, str]) -> None:
    """What goes wrong is told by the venue: to a browser, to a program, to the network."""
    json = {"Accept": "application/json"}
    asked = [
        ("GET", "/api/v1/nowhere", json), ("POST", "/api/v1/bookings", json),
        ("PUT", "/api/v1/spaces", json), ("GET", "/api/v1/spaces?page=x", json),
        ("GET", "/gestion/nulle-part", owner), ("DELETE", "/gestion", owner),
        ("POST", "/gestion/import", owner), ("GET", "/gestion/factures/999999", owner),
        ("GET", "/b/inconnu", {}), ("GET", "/signaler/nulle-part", {}), ("OPTIONS", "/", {}),
        ("GET", "/t/0/0.css", {}), ("GET", "/%00", {}), ("GET", "/signaler/" + "x" * 5000, {}),
    ]  # fmt: skip
    for method, path, more in asked:
        answer = house.fetch("quai12", path, method, **more)
        text = f"{answer.headers}\n{answer.text}"
        assert foreign(text, "quai12") == [], (method, path)
        assert "gunicorn" not in answer.headers.get("Server", "").lower(), path
        assert not {"X-Powered-By", "Via"} & answer.headers.keys(), path


def test_no_letter_that_was_ever_written_names_another(house: House) -> None:
    """Whatever its template: as it stands in the book of letters."""
    for slug in VENUES:
        rows = house.ask(
            "select template, concat_ws(' ', sender_name, reply_to, subject, text, html,"
            " attachments) from mail"
            " where tenant_id = (select id from tenant where slug = %(slug)s)",
            slug=slug,
        )
        assert [(name, n) for name, text in rows if (n := foreign(text, slug))] == []


def test_nothing_that_a_venue_shows_is_written_with_the_name() -> None:
    """Templates, sentences, looks and scripts, those of letters that nobody provoked here too."""
    kinds = "html txt po js css typ toml svg".split()
    files = [
        f for kind in kinds for top in ("app", "themes") for f in (ROOT / top).rglob(f"*.{kind}")
    ]
    assert len(files) > 200
    assert [str(f) for f in files if "coulisse" in f.read_text("utf-8", "ignore").lower()] == []


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
