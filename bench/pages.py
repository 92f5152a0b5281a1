"""`make bench-pages`: what the pages weigh and how fast they come, each beside its target.

Slow 3G is 400 kbit/s and 400 ms, processor four times slower, 390 × 844, cold cache, median of 3.
"By the wire" is two round trips and the bytes of page and stylesheet at that speed: what the first
words need whatever the processor, and what a busy machine does not change.
Server times are asked of one gunicorn worker over one connection, after a warm-up.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.accounts.models import Grant
from app.config import load
from app.demo.cast import PASSWORD
from app.members.models import Person
from app.spaces.models import Site
from app.tenants.models import Tenant
from scripts import house as houses
from scripts.house import House
from tests import world as worlds

Row = tuple[str, str, str, bool]
PHONE = {"width": 390, "height": 844}
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
WATCH = """
window.seen = {lcp: 0, cls: 0, tbt: 0};
new PerformanceObserver(l => l.getEntries().forEach(e => seen.lcp = e.startTime))
  .observe({type: 'largest-contentful-paint', buffered: true});
const shifted = e => { seen.cls += e.hadRecentInput ? 0 : e.value };
new PerformanceObserver(l => l.getEntries().forEach(shifted))
  .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(l => l.getEntries().forEach(e => seen.tbt += Math.max(0, e.duration - 50)))
  .observe({type: 'longtask', buffered: true});
"""
DESK = (
    "caisse", "comptoir", "facturation", "factures", "factures/relances", "incidents", "entretien",
    "comptes", "comptes/clotures",
)  # fmt: skip
KINDS = {"Document": "html", "Stylesheet": "css", "Script": "js", "Font": "fonts"}


@dataclass
class Weight:
    """Bytes on the wire by kind, and how many answers."""

    kinds: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    types: dict[str, str] = field(default_factory=dict)

    def listen(self, context: BrowserContext, page: Page) -> Any:
        """Count what this page fetches."""
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.responseReceived", self._answered)
        wire.on("Network.loadingFinished", self._done)
        return wire

    def _answered(self, event: dict[str, Any]) -> None:
        self.types[event["requestId"]] = event["type"]

    def _done(self, event: dict[str, Any]) -> None:
        kind = KINDS.get(self.types.get(event["requestId"], ""), "other")
        self.kinds[kind] = self.kinds.get(kind, 0) + int(event["encodedDataLength"])
        if kind != "other":
            self.requests += 1

    @property
    def total(self) -> int:
        """All of it but pictures and icons asked by the browser itself."""
        return sum(self.kinds.values())


def sign_in(page: Page, url: str, word: str) -> None:
    """Come in with the demo's password."""
    page.goto(f"{url}/connexion")
    page.fill("input[name=email]", f"{word}@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda where: "connexion" not in where)


def visits(browser: Browser, url: str, state: Any, rounds: int) -> Iterator[tuple[Weight, dict]]:
    """Cold visits on slow 3G; what was fetched, and what the browser felt."""
    for _ in range(rounds):
        context = browser.new_context(viewport=PHONE, storage_state=state, locale="fr-FR")
        page = context.new_page()
        weight = Weight()
        wire = weight.listen(context, page)
        wire.send("Network.emulateNetworkConditions", SLOW)
        wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.add_init_script(WATCH)
        page.goto(url, wait_until="load", timeout=120_000)
        page.wait_for_timeout(1500)
        felt = page.evaluate("({...seen, nodes: document.querySelectorAll('*').length})")
        context.close()
        yield weight, felt


def weigh(
    browser: Browser, name: str, url: str, *, state: Any, staff: bool, rounds: int
) -> list[Row]:
    """One page against the budgets of its kind."""
    seen = list(visits(browser, url, state, rounds))
    weight = seen[0][0]
    felt = {key: statistics.median(f[key] for _w, f in seen) for key in seen[0][1]}
    size = weight.kinds.get

    def kb(what: str, figure: float, most: float) -> Row:
        return f"{name}: {what}", f"{figure / 1024:.1f} KB", f"≤ {most:g} KB", figure <= most * 1024

    wire = (
        2 * SLOW["latency"] + (size("html", 0) + size("css", 0)) / SLOW["downloadThroughput"] * 1000
    )
    rows = [
        kb("HTML, brotli", size("html", 0), 25 if staff else 12),
        kb("CSS, brotli", size("css", 0), 12),
        kb("JS", size("js", 0), 35 if staff else 20),
        kb("fonts", size("fonts", 0), 65),
        (f"{name}: DOM nodes", f"{felt['nodes']:.0f}", "≤ 1500", felt["nodes"] <= 1500),
        (f"{name}: first words, by the wire", f"{wire / 1000:.2f} s", "≤ 1.5 s", wire <= 1500),
        (f"{name}: LCP, slow 3G", f"{felt['lcp'] / 1000:.2f} s", "≤ 2.5 s", felt["lcp"] <= 2500),
        (f"{name}: CLS", f"{felt['cls']:.3f}", "≤ 0.02", felt["cls"] <= 0.02),
        (f"{name}: TBT, CPU × 4", f"{felt['tbt']:.0f} ms", "≤ 300 ms", felt["tbt"] <= 300),
    ]
    if not staff:
        rows[4:4] = [
            kb("first view", weight.total, 90),
            (f"{name}: requests", str(weight.requests), "≤ 6", weight.requests <= 6),
        ]
    return rows


# ── server time ──────────────────────────────────────────────────────────────────────────────

FILL = text(
    """
with room as (
  select u.id as unit, c.space_id as space
    from unit u join composition c on c.unit_id = u.id join space s on s.id = c.space_id
   where u.tenant_id = :tenant and s.kind = 'meeting_room' order by u.id limit 20
), slot as (
  select unit, space, :first + make_interval(hours => hour) as at, space || '-' || hour as word
    from room, generate_series(0, 7) as hour
), made as (
  insert into booking (tenant_id, code, token, space_id, person_id, starts_at, ends_at, state,
                       payment_way, price_cents, vat_bp, steps, organisation, confirmed_at)
  select :tenant, word, word, space, :person, at, at + interval '55 minutes',
         'confirmed', 'desk', 3900, 2000, '[]', '{}', now() from slot
  returning id, space_id, starts_at, ends_at
)
insert into occupancy (tenant_id, unit_id, space_id, during, starts_at, ends_at,
                       kind, source, source_id)
select :tenant, c.unit_id, m.space_id, tstzrange(m.starts_at, m.ends_at), m.starts_at, m.ends_at,
       'booking', 'booking', m.id
  from made m join composition c on c.space_id = m.space_id
"""
)


def busy_venue(house: House) -> str:
    """A venue with 20 rooms and 160 bookings on one day; that day."""
    start = worlds.tomorrow(8)
    engine = create_engine(load(house.env).owner_database_url)
    with Session(engine) as s:
        like = s.query(Tenant).filter_by(slug="moulin").one()
        account = s.query(Grant.account_id).filter_by(tenant_id=like.id, role="owner").scalar()
        venue = worlds.make_venue(s, like.network_id, "Vingt Salles", "vingt", "etabli", "#005a42")
        who = {"tenant_id": venue.id, "network_id": venue.network_id}
        s.add(Grant(**who, account_id=account, role="owner"))
        person = Person(**who, email="x@example.org", name="Camille Perrin", search="camille")
        s.add(person)
        site = s.get_one(Site, venue.site)
        for n in range(19):
            room = worlds.make_space(s, site, f"Salle {n}", "meeting_room", base_cents=1500)
            worlds.make_units(s, room, 1)
        s.flush()
        s.execute(FILL, {"tenant": venue.id, "first": start, "person": person.id})
        s.commit()
    engine.dispose()
    return start.date().isoformat()


def p95(house: House, host: str, path: str, cookie: str, rounds: int) -> tuple[float, int]:
    """Milliseconds that 95 of 100 answers do not exceed, and the bytes of one, uncompressed."""
    connection = http.client.HTTPConnection("127.0.0.1", house.ports["web"], timeout=60)
    headers = {"Host": f"{host}.localhost:{house.ports['web']}", "Cookie": cookie}
    spent, size = [], 0
    for turn in range(rounds + 5):
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        size = len(answer.read())
        assert answer.status == 200, (path, answer.status)
        if turn >= 5:
            spent.append((time.perf_counter() - began) * 1000)
    connection.close()
    return sorted(spent)[int(0.95 * len(spent))], size


def server_rows(house: House, browser: Browser, rounds: int) -> list[Row]:
    """Server time of the pages that must be quick."""
    day = busy_venue(house)
    context = browser.new_context(locale="fr-FR")
    sign_in(context.new_page(), house.url("vingt").rstrip("/"), "amira")
    cookie = "; ".join(f"{c['name']}={c['value']}" for c in context.cookies())
    context.close()
    rows = []
    for name, host, path, most in (
        ("/reserver, a demo venue", "moulin", "/reserver", 150),
        ("day timeline, 20 rooms, 160 bookings", "vingt", f"/gestion/jour/{day}", 30),
        ("planning of that week", "vingt", f"/gestion/planning?jour={day}", 200),
        ("month of rates", "vingt", f"/gestion/tarifs?mois={day[:8]}01", 200),
    ):
        spent, size = p95(house, host, path, cookie, rounds)
        rows.append((f"{name}, p95", f"{spent:.0f} ms", f"≤ {most} ms", spent <= most))
        if "timeline" in name:
            rows.append((f"{name}, HTML", f"{size / 1000:.1f} kB", "≤ 40 kB", size <= 40_000))
    return rows


def measured(house: House, browser: Browser, rounds: int) -> list[Row]:
    """Every figure."""
    rows = server_rows(house, browser, 10 * rounds)
    context = browser.new_context(locale="fr-FR")
    sign_in(context.new_page(), house.url("moulin").rstrip("/"), "amira")
    inside = context.storage_state()
    context.close()
    for host, path, staff in (
        ("moulin", "/", False), ("moulin", "/reserver", False), ("quai12", "/reserver", False),
        ("moulin", "/gestion", True), ("moulin", "/gestion/planning", True),
        *(("moulin", f"/gestion/{page}", True) for page in DESK),
    ):  # fmt: skip
        rows += weigh(
            browser, f"{host} {path}", house.url(host, path),
            state=inside if staff else None, staff=staff, rounds=rounds,
        )  # fmt: skip
    return rows


def main() -> int:
    """Open the house, measure, print; 1 when a budget is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages")
    parser.add_argument("--rounds", type=int, default=3, help="visits of each page")
    parser.add_argument("--days", type=int, default=28, help="days of history in the house")
    asked = parser.parse_args()
    path = houses.chromium()
    if not path:
        print("bench-pages: no Chromium was found", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        houses.opened(Path(folder), houses.server(), asked.days) as house,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=houses.CALM)
        rows = measured(house, browser, asked.rounds)
        browser.close()
    for what, figure, target, ok in rows:
        print(f"{what:<50}{figure:>12}   {target}{'' if ok else '   MISSED'}")
    return 0 if all(ok for *_rest, ok in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
