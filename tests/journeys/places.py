"""Every page that each role can open, by walking the routes with values that exist in the house."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

from app import create_app
from app.accounts.permissions import OPERATOR, PERMISSIONS
from app.config import load
from app.web import policy
from scripts.house import House
from tests.routes import named

# A piece of a page for htmx, documents, pictures, feeds and machines' doors: read as bytes, never
# shown as a page.
FILES = re.compile(
    r"(\.(ics|rss|pdf|png|svg|css|js|json|csv|zip|ico|webmanifest)$"
    r"|^/(static|themes|t|logo|icone-|api|healthz|readyz|metrics)\b|/photos/|/photo$|/image$|/contrat$|/preuves/|/logo/|/reglages/regle$)"
)
SAMPLES = {
    "token": "select token from booking where tenant_id = {t} and state = 'confirmed'"
    " and starts_at > now() order by starts_at limit 1",
    "code": "select code from booking where tenant_id = {t} and state = 'confirmed'"
    " and starts_at > now() order by starts_at limit 1",
    "slug": "select slug from space where tenant_id = {t} order by position limit 1",
    "space_id": "select id from space where tenant_id = {t} order by position limit 1",
    "site_id": "select id from site where tenant_id = {t} limit 1",
    "person_id": "select id from person where tenant_id = {t} order by id limit 1",
    "incident_id": "select max(id) from incident where tenant_id = {t}",
    "follow": "select max(token) from incident_follower where tenant_id = {t}",
    "paper": "select max(token) from document_door where tenant_id = {t}",
    "document_id": "select max(id) from document where tenant_id = {t}",
    "till_id": "select max(id) from till_session where tenant_id = {t}",
    "choice": "select max(token) from outage_offer where tenant_id = {t}",
    "proof_id": "select max(id) from upkeep_proof where tenant_id = {t}",
    "asset_code": "select max(code) from asset where tenant_id = {t}",
    "asset_id": "select max(id) from asset where tenant_id = {t}",
    "plan_id": "select max(id) from upkeep_plan where tenant_id = {t}",
    "event_id": "select max(id) from event where tenant_id = {t}",
    "category_id": "select max(id) from ticket_category where event_id = (select max(id) from event"
    " where tenant_id = {t})",
    "order_id": "select max(id) from ticket_order where event_id = (select max(id) from event"
    " where tenant_id = {t})",
    "event_slug": "select slug from event where tenant_id = {t} and audience = 'public'"
    " and state = 'published' order by id limit 1",
    "order_token": "select max(token) from ticket_order where tenant_id = {t}",
    "ticket_code": "select max(code) from ticket where tenant_id = {t}",
    "wait_token": "select max(token) from ticket_wait where tenant_id = {t}",
    "ticket_id": "select max(id) from ticket where tenant_id = {t} and order_id = (select id from"
    " ticket_order where tenant_id = {t} order by token desc limit 1) and state = 'valid'",
    "request_id": "select max(id) from space_request where tenant_id = {t}",
    "wish_token": "select max(token) from space_request where tenant_id = {t}",
    "raw": "select to_char(now() + interval '1 day', 'YYYY-MM-DD')",
    "version": "select max(version) from appearance where tenant_id = {t}",
    "tenant_id": "select {t}",
    "kind": "select 'svg'",
    "ground": "select 'clair'",
    "page": "select 'reserver'",
    "what": "select 'reservations'",
    "size": "select 192",
    "secret": "select 'inconnu'",  # a link that is spent or false is a page too
}
MORE = (
    "/reserver?quoi=poste&duree=240",
    "/reserver?quoi=salle&espace={slug}&debut=9999-12-31",
    "/nulle-part",
)
MORE_STAFF = (
    "/gestion?lieu=0",
    "/gestion/reservations/nouvelle?ligne=demain+14-16+roux",
    "/gestion/reservations/nouvelle?ligne=rien+du+tout",
    "/gestion/membres?q=personne-de-ce-nom",
    "/gestion/nulle-part",
)


@dataclass(frozen=True)
class Place:
    """One address and the endpoint behind it; `permission` is what it asks."""

    path: str
    permission: str

    @property
    def is_page(self) -> bool:
        """Shown to people, as a page."""
        return not FILES.search(self.path.split("?")[0])


def application(house: House) -> Flask:
    """The routes as the house serves them."""
    return create_app(load(house.env))


def samples(house: House, tenant: str) -> dict[str, str]:
    """A value that exists for each variable of a route."""
    row = house.ask("select id from tenant where slug = %(slug)s", slug=tenant)
    tenant_id = row[0][0] if row else 0
    found = {}
    for name, query in SAMPLES.items():
        rows = house.ask(query.format(t=tenant_id))
        if rows and rows[0][0] is not None:
            found[name] = str(rows[0][0])
    return found


def _address(rule: Rule, values: dict[str, str]) -> str | None:
    names = {name: named(rule.rule, name) for name in rule.arguments}
    if not set(names.values()) <= values.keys():
        return None
    return re.sub(r"<(?:[^<>:]*:)?(\w+)>", lambda found: values[names[found[1]]], rule.rule)


def walk(app: Flask, values: dict[str, str]) -> list[Place]:
    """Every GET route whose variables have a sample, and some states worth a look."""
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
        asked = policy.declared(app, rule.endpoint) or ""
        address = _address(rule, values) if "GET" in (rule.methods or ()) else None
        if address:
            found.append(Place(address, asked))
    found += [Place(path.format(**values), policy.PUBLIC) for path in MORE if "{" not in path]
    return found + [Place(path, "desk.see") for path in MORE_STAFF]


def opens(place: Place, role: str) -> bool:
    """Whether the table shows a role this page; what is public is looked at by the visitor."""
    if place.permission in (policy.PUBLIC, policy.ANYWHERE):
        return role == "visitor"
    allowed = OPERATOR if role == "operator" else PERMISSIONS[role]
    return place.permission in allowed
