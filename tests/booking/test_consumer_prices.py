"""F18, F19: on no page that a consumer reaches does a net price stand, and nothing is struck
through or announced as a reduction, so that none can be wrong."""

from __future__ import annotations

import re
from collections import deque
from html import unescape

import pytest

from app.core.db import db
from app.invoicing import doors
from tests.at_desk import Colleague
from tests.invoicing import office
from tests.invoicing.office import consumer
from tests.world import World

PAGES = 200
LINK = re.compile(r'href="(/[^"#]*)')
ELSEWHERE = re.compile(
    r"^/(gestion|static|t/|themes|logo|icone|agenda|api|langue|favicon|manifest)"
    r"|\.(ics|pdf|xml|csv|png|svg|webmanifest)"
)
NET = re.compile(r"\bHT\b|hors taxes?|\bexcl\. VAT\b|\bnet of VAT\b")
STRUCK = re.compile(
    r"<(s|del|strike)\b|line-through|au lieu de|instead of|prix barré|en solde|\bsoldes\b"
)


def reached(browser, starts: list[str]) -> dict[str, str]:
    """Pages by address, breadth first, as somebody who clicks on everything."""
    waiting, pages, known = deque(starts), {}, set(starts)
    while waiting and len(pages) < PAGES:
        path = waiting.popleft()
        answer = browser.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        pages[path] = answer.text
        for link in map(unescape, LINK.findall(answer.text)):
            if link not in known and not ELSEWHERE.search(link):
                known.add(link)
                waiting.append(link)
    return pages


def words(page: str) -> str:
    """What is read, without scripts and tags."""
    bare = re.sub(r"<script.*?</script>", " ", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", bare))


@pytest.fixture
def pages(world: World, client) -> dict[str, str]:
    """What a visitor and a member reach, and a consumer's own invoice behind its link."""
    office.complete(world.a.id)
    consumer(3900)
    bill = office.invoice(world.a.id, "person:7")
    link = f"/document/{doors.token_of(bill.id)}"
    db.session.commit()
    searches = [
        f"/reserver?quoi={what}&debut=2031-01-{day:02d}&duree={minutes}"
        for what in ("salle", "poste")
        for day in range(6, 28)
        for minutes in (60, 120, 240, 480)
    ]
    found = reached(client("a.localhost"), ["/", link, *searches])
    member = Colleague(client("a.localhost"), "carla").client
    return found | {f"carla {path}": page for path, page in reached(member, ["/moi", "/"]).items()}


def test_f18_no_net_price_and_f19_nothing_struck_through(pages: dict[str, str]) -> None:
    assert len(pages) >= PAGES, sorted(pages)[:20]
    assert any("€" in words(page) for page in pages.values())
    net = {path: found[0] for path, page in pages.items() if (found := NET.search(words(page)))}
    struck = {path: found[0] for path, page in pages.items() if (found := STRUCK.search(page))}
    assert (net, struck) == ({}, {})


@pytest.mark.parametrize("harm", ["39 € HT", "<s>50 €</s>", "40 € au lieu de 50 €"])
def test_the_eyes_see_what_they_look_for(harm: str) -> None:
    assert NET.search(words(harm)) or STRUCK.search(harm)
