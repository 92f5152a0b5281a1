"""The network's public list of venues; and on a venue's host, the door of a support visit."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, current_app, g, redirect, request
from flask import Response as Answer
from werkzeug.wrappers import Response

from app.accounts import browser
from app.accounts.resolve import open_visit
from app.accounts.rules import arrive
from app.core import clock
from app.core.i18n import _, lang
from app.events import feeds, words
from app.events.feeds import Channel
from app.network import agenda, places, shell, support
from app.tenants.resolve import canonical_host, of_tenant, public_url
from app.web import edge, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs

pages = Blueprint("places", __name__)
blueprints = (pages,)


@pages.get("/lieux")
@needs(PUBLIC)
def venues() -> Response:
    """Where one can go, the soonest free time first."""
    if g.get("network") is None:
        abort(404)
    settings = current_app.config["SETTINGS"]
    found = places.listed(g.network.id)
    g.image_hosts = [settings.url_for_host(place.host, "") for place in found]
    answer = render.page(
        "network/places.html",
        places=found,
        address=settings.url_for_host,
        home_url="/lieux",
    )
    answer.headers["Cache-Control"] = "private, max-age=30"
    return answer


def _network_name() -> str:
    """Of the network whose host was asked; 404 on a venue's."""
    if g.get("network") is None:
        abort(404)
    return str(g.network.name)


@pages.get("/lieux/agenda")
@needs(PUBLIC)
def events() -> Response:
    """What comes in the venues of the network, in order."""
    _network_name()
    now = clock.now()
    found = [line for line in agenda.lines() if line.item.event.ends_at > now]
    answer = render.page(
        "network/agenda.html", lines=found, title_of=words.title, home_url="/lieux"
    )
    answer.headers["Cache-Control"] = "private, max-age=60"
    return answer


@pages.get("/lieux/agenda.ics")
@needs(PUBLIC)
def events_ical() -> Response:
    """The same, to subscribe to."""
    name = _network_name()
    return _feed(feeds.calendar([line.item for line in agenda.lines()], name), "text/calendar")


@pages.get("/lieux/agenda.rss")
@needs(PUBLIC)
def events_rss() -> Response:
    """The same, for feed readers."""
    name, found = _network_name(), agenda.lines()
    channel = Channel(
        _("Agenda, %(name)s", name=name),
        public_url("/lieux/agenda"),
        public_url("/lieux/agenda.rss"),
        lang(),
        _("Les événements de %(name)s", name=name),
    )
    said = {line.item.event.id: feeds.line(line.row) for line in found}
    return _feed(feeds.rss([one.item for one in found], channel, said), "application/rss+xml")


def _feed(content: bytes, media_type: str) -> Response:
    answer = Response(content, content_type=f"{media_type}; charset=utf-8")
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Vary"] = "Accept-Language, Cookie"
    return answer


@pages.get("/support/<secret>")
@needs(PUBLIC)
def threshold(secret: str) -> Response:
    """One click more, so that opening an address never signs anybody in by itself."""
    of_tenant()
    return render.page("network/threshold.html", secret=secret)


@pages.post("/support/<secret>")
@needs(PUBLIC)
def enter(secret: str) -> Response:
    """Spend the secret and sign the operator in here, for the time of the visit."""
    tenant = of_tenant()
    operator = edge.act(lambda: arrive(secret))
    if open_visit(operator.id, tenant.id) is None:
        abort(404)
    browser.enter(operator, announce=False)
    return redirect("/gestion")


@pages.post("/support/sortie")
@needs(PUBLIC)
def leave() -> Response:
    """End the visit and go back to the network."""
    who = actor()
    if who.support_visit is None or who.account_id is None:
        abort(404)
    visit_id, account_id = who.support_visit, who.account_id
    edge.act(lambda: support.leave(visit_id, account_id))
    console = _console("/reseau")
    browser.leave()
    return redirect(console)


def _console(path: str = "/") -> str:
    """An address of the network's own host."""
    host = canonical_host(of_tenant().network_id, None)
    address: str = current_app.config["SETTINGS"].url_for_host(host, path)
    return address


def write_down(answer: Answer) -> Answer:
    """Every page that an operator saw or changed in a venue is a line of the journal."""
    who = actor()
    if who.support_visit is None or request.endpoint in (None, "static", "places.leave"):
        return answer
    is_page = answer.mimetype == "text/html" or request.method != "GET"
    if is_page and answer.status_code < 400:
        g.form_targets = (_console().rstrip("/"),)  # the button that ends the visit leads there
        action = "support.page" if request.method == "GET" else "support.act"
        visit, said = who.support_visit, f"{request.method} {request.path}"
        edge.act(lambda: support.note(action, visit, who.account_id, said))
    return answer


def install(app: Flask) -> None:
    """The journal hears of every page of a visit; the console has its words."""
    app.after_request(write_down)
    shell.install(app)
