"""R21-R23: every route × method × actor × origin of each id, generated from the routes.

A name of another tenant, in the path or in the form, must answer byte for byte like a name that
nobody has, write nothing, send nothing and enqueue nothing. A route without a declared policy, or
with an argument that no row stands for, fails.

`make matrix` asks every cell. The plain suite asks every route too: all cells of the owner, and of
six others the path’s own name, a stranger’s and nobody’s.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import event, text
from sqlalchemy.exc import ProgrammingError
from werkzeug.routing import Rule

from app import create_app
from app.accounts.permissions import API_SCOPES, OPERATOR, PERMISSIONS, SUPPORT_WRITE
from app.core import clock, tenancy
from app.core.db import Model, db
from app.core.files import Folder
from app.web import policy
from tests.conftest import OnHost, undone
from tests.isolation import cast as casting
from tests.isolation.cast import Cast, House
from tests.routes import named as named_row
from tests.volume import FULL
from tests.world import PASSWORD

pytestmark = [  # a spooled upload is closed by the collector, some tests later
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CONSTANT = {
    "raw": "2031-01-06", "what": "spaces", "ground": "sombre", "size": "192", "kind": "svg",
    "name": "etabli", "file": "nul.woff2", "filename": "nul.css", "page": "accueil",
    "sha": "0000000000000000", "sheet": "public", "suffix": "pdf", "form": "csv",
}  # fmt: skip
# What no tenant owns: presence of the browser itself, and counted tries.
QUIET = {"login_session", "api_token", "rate_count"}
CELLS: Counter[str] = Counter()
NUMBER = re.compile(r"\d+")  # a new row has a new number
LINK = re.compile(
    r"(?<=/signalement/)[\w-]{27}|(?<=/demande/)[\w-]{27}"
)  # and a new secret of its own
WRITE = re.compile(r"\s*(?:insert into|update|delete from)\s+\"?(\w+)", re.IGNORECASE)
TOKENS = re.compile(
    rb"nonce-[\w-]+|nonce=\"[^\"]*\"|(?<=name=\"csrf_token\" value=\")[^\"]*"
    rb"|(?<=name=\"idempotency_key\" value=\")[^\"]*|(?<=name=\"cle\" value=\")[^\"]*"
    rb"|(?<=name=\"form_key\" value=\")[^\"]*"
    rb"|(?<=csrf-token\" content=\")[^\"]*|\"X-CSRFToken\": ?\"[^\"]*\""
    rb"|X-CSRFToken&#34;: &#34;[^&]*|[0-9a-f]{32}"
)


@pytest.fixture(scope="module")
def cast(app, settings) -> Cast:
    return casting.build(settings)


@dataclass(frozen=True)
class Visit:
    """Who asks, and on whose host: `a`, `b`, `c` or the network's own."""

    actor: str
    host: str

    def __str__(self) -> str:
        return f"{self.actor}-at-{self.host}"


EVERYBODY = (
    "anonymous@a anonymous@net carla@a carla@b bob@a bob@b mona@a mona@b alice@a alice@b"
    " dora@b dora@a oscar@net oscar@a support@a stranger@c token_a@a token_b@a token_a@b"
    " suspended@a"
)
SOME = "alice@a anonymous@a carla@a bob@a dora@a oscar@net token_a@a"
VISITS = [Visit(*one.split("@")) for one in (EVERYBODY if FULL else SOME).split()]
DEEP = VISITS if FULL else VISITS[:1]


@dataclass
class Said:
    """What was answered, and what it did."""

    status: int
    where: str
    body: bytes
    wrote: Counter[str]
    jobs: int


class Visitor:
    """One actor on one host; every request is undone after it was looked at."""

    def __init__(self, app, cast: Cast, visit: Visit) -> None:
        self.app, self.cast, self.visit = app, cast, visit
        houses = {"a": cast.a, "b": cast.b, "c": cast.c}
        self.house = houses.get(visit.host)
        self.browser = OnHost(app, use_cookies=True)
        self.browser.host = self.house.venue.host if self.house else cast.network_host
        self.headers: dict[str, str] = {}
        self.csrf = ""
        if visit.actor.startswith("token"):
            secret = (cast.a if visit.actor.endswith("a") else cast.b).token
            self.headers["Authorization"] = f"Bearer {secret}"
        elif visit.actor != "anonymous":
            self.sign_in({"suspended": "sid", "support": "oscar"}.get(visit.actor, visit.actor))
        page = self.browser.get("/connexion").get_data(as_text=True)
        page += self.browser.get("/langue", follow_redirects=True).get_data(as_text=True)
        page += self.browser.get("/gestion/plus", follow_redirects=True).get_data(as_text=True)
        page += self.browser.get("/reserver").get_data(as_text=True)
        if found := re.search(r'name="csrf_token" value="([^"]+)"', page):
            self.csrf = found[1]

    def sign_in(self, name: str) -> None:
        page = self.browser.get("/connexion").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        fields = {"email": self.cast.email(name), "password": PASSWORD, "csrf_token": found[1]}
        answer = self.browser.post("/connexion", data=fields)
        assert answer.status_code == 302, answer.get_data(as_text=True)[:500]

    def ids(self, origin: str) -> dict[str, str]:
        """The names that this origin has for everything."""
        if origin in ("own", "other"):
            house = self.house or self.cast.a
            return house.rows[origin == "other"]
        if origin in ("b", "c"):
            elsewhere: dict[str, House] = {
                "b": self.cast.a if self.house is self.cast.b else self.cast.b,
                "c": self.cast.a if self.house is self.cast.c else self.cast.c,
            }
            return elsewhere[origin].rows[0]
        return {
            name: str(2**31 - 9) if value.isdigit() else f"nul{value[3:][::-1]}"
            for name, value in self.cast.c.rows[0].items()
        }

    def ask(self, rule: Rule, method: str, path: str, fields: dict[str, str]) -> Said:
        """One request, looked at and undone."""
        url = address(self.app, rule, self.ids(path))
        body = {**self.form(fields), "csrf_token": self.csrf} if method == "POST" else None
        kind = "json" if url.startswith("/api/") else "data"
        with watched(self.app) as wrote:
            before, cookies = jobs(self.app), dict(self.browser._cookies or {})
            answer = self.browser.open(
                url, method=method, headers=self.headers, **({kind: body} if body else {})
            )
            added = jobs(self.app) - before
            self.browser._cookies = cookies  # or what was said once would be said to the next
        page = TOKENS.sub(b"", answer.get_data())
        page = page.replace(url.encode(), b"PATH").replace(quoted(url).encode(), b"PATH")
        for typed in {fields["quote"], fields["slug"]}:  # what was typed is kept, and shown again
            page = page.replace(typed.encode(), b"TYPED")
        answer.close()
        where = answer.headers.get("Location", "").replace(url, "PATH").replace(quoted(url), "PATH")
        if where:  # the body of a redirect says the same address
            fresh = LINK.search(where)
            if fresh:
                page = page.replace(fresh[0].encode(), b"LINK")
            where, page = NUMBER.sub("N", LINK.sub("LINK", where)), re.sub(rb"\d+", b"N", page)
        return Said(answer.status_code, where, page, wrote, added)

    def form(self, ids: dict[str, str]) -> dict[str, str]:
        """A form that fits many routes; its id-like fields come from one origin."""
        return {
            "devis": ids["quote"], "quote": ids["quote"], "prix": ids["quote"],
            "espace": ids["space_id"], "space": ids["slug"], "site": ids["site_id"],
            "personne": ids["person_id"], "email": "nouveau@example.org", "name": "Nouveau",
            "nom": "Nouveau", "jour": "2031-01-07", "heure": "10:00", "montant": "5",
            "moyen": "cash", "raison": "essai", "role": "manager",
        }  # fmt: skip


def quoted(url: str) -> str:
    return url.replace("/", "%2F")


def address(app, rule: Rule, ids: dict[str, str]) -> str:
    """The path of a route with the names of one origin; an unknown argument fails."""
    values = {}
    for name in rule.arguments:
        if (other := named_row(rule.rule, name)) != name:
            values[name] = ids[other]
        else:
            assert name in ids or name in CONSTANT, f"{rule.rule}: no row stands for {name}"
            values[name] = ids.get(name) or CONSTANT[name]
    return re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda m: values[m[1]], rule.rule)


def jobs(app) -> int:
    """Jobs that wait now, on the connection of the test."""
    return db._app_engines[app][None].scalar(text("select count(*) from procrastinate_jobs"))


@contextmanager
def watched(app) -> Iterator[Counter[str]]:
    """Count the rows that are written, table by table, and undo them."""
    connection = db._app_engines[app][None]
    wrote: Counter[str] = Counter()

    def note(_conn: Any, cursor: Any, statement: str, *_more: Any) -> None:
        found = WRITE.match(statement)
        if found and cursor.rowcount > 0:
            wrote[found[1]] += cursor.rowcount

    point = connection.begin_nested()
    event.listen(connection, "after_cursor_execute", note)
    try:
        yield wrote
    finally:
        event.remove(connection, "after_cursor_execute", note)
        db.session.remove()
        if point.is_active:
            point.rollback()


def named(rule: Rule) -> bool:
    """Whether a route names a row."""
    return bool(rule.arguments - CONSTANT.keys())


def allowed(app, rule: Rule, visitor: Visitor) -> bool | None:
    """What the permission table says of this actor here; None where it does not decide."""
    needed = policy.declared(app, rule.endpoint)
    assert needed is not None, f"{rule.rule} declares no policy"
    if needed in (policy.PUBLIC, policy.ANYWHERE):
        return None
    actor, host = visitor.visit.actor, visitor.visit.host
    if rule.rule.startswith("/api/"):
        return actor == f"token_{host}" and needed in API_SCOPES
    staff = {
        ("bob", "a"): "front_desk", ("mona", "a"): "manager", ("alice", "a"): "owner",
        ("dora", "b"): "owner", ("stranger", "c"): "owner",
    }  # fmt: skip
    if actor in ("anonymous", "suspended") or actor.startswith("token"):
        return False
    if host == "net":
        return needed in OPERATOR
    if actor == "support":
        return needed in SUPPORT_WRITE
    return needed in PERMISSIONS[staff.get((actor, host), "coworker")]


ORIGINS = [("own", "own"), ("c", "own"), ("random", "own"), ("other", "own"), ("b", "own")]
BODIES = [("own", "b"), ("own", "c"), ("own", "random")]


def cells(visitor: Visitor, rule: Rule, method: str) -> Iterator[tuple[tuple[str, str], Said]]:
    """Every origin of the ids of one route."""
    deep = visitor.visit in DEEP
    origins = (ORIGINS[: None if deep else 3] if named(rule) else ORIGINS[:1]) + (
        BODIES if deep and method == "POST" else []
    )
    for path, body in origins:
        yield (path, body), visitor.ask(rule, method, path, visitor.ids(body))


def mine(visitor: Visitor, rule: Rule, origin: str) -> bool:
    """A venue of the operator's own network is no stranger there."""
    return visitor.visit.host == "net" and origin == "b" and "tenant_id" in rule.arguments


# Differences that are right, each with its reason; anything else is a fault.
EXPLAINED = {
    ("/moi/reglages/sessions/<int:session_id>/fermeture", "b"):
        "a session is the account’s on every host of its network: it is their own",
}  # fmt: skip


def explained(visitor: Visitor, rule: Rule, path: str, answer: Said, like: Said) -> bool:
    """Whether it is one of those, or the line that every look of a support visit leaves."""
    if (rule.rule, path) in EXPLAINED and answer.status == 302:
        return True
    same = (answer.status, answer.where, answer.body) == (like.status, like.where, like.body)
    trace = set(answer.wrote) - QUIET <= {"audit_entry"} and not answer.jobs
    return visitor.visit.actor == "support" and same and trace


def unlike(answer: Said, like: Said, *, named_in_path: bool) -> str:
    """How the answer to a foreign name differs from that to a random one, or what it did."""
    if (answer.status, answer.where, answer.body) != (like.status, like.where, like.body):
        return f"{answer.status} is not the answer to a random name {like.status}"
    if named_in_path and (answer.wrote.keys() - QUIET or answer.jobs):
        return f"wrote {dict(answer.wrote)}, {answer.jobs} jobs"
    if (answer.wrote, answer.jobs) != (like.wrote, like.jobs):
        return f"wrote {dict(answer.wrote)}, a random name {dict(like.wrote)}"
    return ""


def let_in(answer: Said) -> bool:
    """Whether somebody came in, or left a trace, at a door that is closed to them."""
    stopped = answer.status in (401, 403, 404) or "/connexion" in answer.where
    return not stopped or bool(answer.wrote.keys() - QUIET or answer.jobs)


def faults(app, visitor: Visitor, rule: Rule, method: str) -> Iterator[str]:
    """What is wrong with the cells of one route."""
    said = dict(cells(visitor, rule, method))
    may = allowed(app, rule, visitor)
    CELLS[str(visitor.visit)] += len(said)
    for (path, body), answer in said.items():
        name = f"{visitor.visit} {method} {rule.rule} path={path} body={body}"
        if answer.status >= 500:
            yield f"{name}: {answer.status}"
        if may is False and let_in(answer):
            yield f"{name}: let in, {answer.status} {dict(answer.wrote)}"
        in_path = path in ("b", "c")
        if (in_path or body in ("b", "c")) and not mine(visitor, rule, path):
            like = said["random", body] if in_path else said[path, "random"]
            difference = unlike(answer, like, named_in_path=in_path)
            if difference and not explained(visitor, rule, path, answer, like):
                yield f"{name}: {difference}"


@pytest.mark.parametrize("visit", VISITS, ids=str)
def test_a_foreign_name_is_no_name(app, cast: Cast, monkeypatch, visit: Visit) -> None:
    """R21: every cell of the matrix for one actor on one host."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    monkeypatch.setattr(Folder, "drop", lambda *_: None)  # the row comes back, the bytes would not
    with undone(app):
        if visit.actor == "support":
            with cast.a.venue.entered():
                casting.support(db.session, cast)
                db.session.commit()
        visitor = Visitor(app, cast, visit)
        if visit.actor == "suspended":
            with tenancy.network(cast.a.venue.network_id):
                casting.suspend(db.session, cast.people["sid"])
                db.session.commit()
        db.session.remove()
        found = [
            fault
            for rule in app.url_map.iter_rules()
            if rule.endpoint != "static"
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            for fault in faults(app, visitor, rule, method)
        ]
    print(f"{visit}: {CELLS[str(visit)]} cells")
    assert not found, "\n".join(found[:40])
    assert CELLS[str(visit)] >= (500 if visit in DEEP else 250)
    assert not FULL or CELLS[str(visit)] * len(VISITS) >= 10_000


def test_a_number_that_no_column_holds_is_no_name(app, cast: Cast) -> None:
    """R21: an absurd number in an address is a page that is not there, never a fault."""
    with undone(app):
        visitor = Visitor(app, cast, Visit("alice", "a"))
        huge = dict.fromkeys(cast.a.rows[0], "9" * 30)
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and named(rule):
                answer = visitor.browser.get(address(app, rule, huge))
                assert answer.status_code < 500, rule.rule


def tenant_tables() -> list[str]:
    return [t.name for t in Model.metadata.sorted_tables if "tenant_id" in t.columns]


def touched(query: str) -> int:
    """Rows that a query reached, undone; none where the grants refuse it outright."""
    point = db.session.begin_nested()
    try:
        return db.session.scalar(text(query)) or 0
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        return 0
    finally:
        point.rollback()


@pytest.mark.parametrize("house", ["a", "b", "c"])
def test_row_security_alone_hides_and_keeps(app, cast: Cast, house: str) -> None:
    """R22: with no filter of ours at all, a tenant reads and writes no row of another."""
    # Routing is public by nature; sign-in links belong to the network, as accounts do.
    public = {"domain", "payment_route", "login_link"}
    venue = getattr(cast, house).venue
    seen: dict[str, int] = {}
    with undone(app), venue.entered():
        for table in tenant_tables():
            elsewhere = f"tenant_id is not null and tenant_id <> {venue.id}"
            for query in (
                f"select count(*) from {table} where {elsewhere}",
                f"with gone as (delete from {table} where {elsewhere} returning 1)"
                " select count(*) from gone",
                f"with done as (update {table} set tenant_id = tenant_id where {elsewhere}"
                " returning 1) select count(*) from done",
            ):
                seen[query] = touched(query)
    leaks = {q: n for q, n in seen.items() if n and not any(f" {t} " in q for t in public)}
    assert not leaks
    assert len(seen) > 60


# Lists that ask for their own tenant as well: a second guard, which holds alone.
GUARDED_TWICE = {"/gestion/reglages/jetons"}
# A door names three spaces of a kind: whose they are depends on which venue was there first.
THREE_NAMES = {"/", "/gestion/apparence/apercu/accueil"}


def test_without_row_security_the_lists_leak(app, cast: Cast, settings) -> None:
    """R23: control. As the role that bypasses row security the same pages show the other venue."""
    lists = shown(app, cast, cast.a, "alice", cast.a.mark)[0] - THREE_NAMES
    assert len(lists) >= 8, lists
    bare = create_app(replace(settings, database_url=settings.owner_database_url))
    try:
        leaking, broken = shown(bare, cast, cast.b, "dora", cast.a.mark, only=lists)
        clean, _ = shown(app, cast, cast.b, "dora", cast.a.mark, only=lists)
    finally:
        with bare.app_context():
            db.engine.dispose()
    quiet = lists - leaking - broken
    print(f"R23: of {len(lists)} lists {len(leaking)} leak, {len(broken)} break, not {quiet}")
    assert not clean
    assert quiet <= GUARDED_TWICE
    assert len(leaking | broken) >= 0.9 * len(lists)
    assert len(leaking) > len(broken)


def shown(
    app, cast: Cast, house: House, name: str, mark: str, only: set[str] | None = None
) -> tuple[set[str], set[str]]:
    """Pages without an id that show a mark, and those that break on meeting two venues in one."""
    found, broken = set[str](), set[str]()
    browser = OnHost(app, use_cookies=True)
    browser.host = house.venue.host
    page = browser.get("/connexion").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    if token:
        fields = {"email": cast.email(name), "password": PASSWORD, "csrf_token": token[1]}
        browser.post("/connexion", data=fields)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or named(rule) or rule.endpoint == "static":
            continue
        url = address(app, rule, {})
        if only is not None and url not in only:
            continue
        headers = {"Authorization": f"Bearer {house.token}"} if url.startswith("/api/") else {}
        answer = browser.get(url, headers=headers)
        if answer.status_code >= 500:
            broken.add(url)
        elif mark.encode() in answer.get_data():
            found.add(url)
    return found, broken
