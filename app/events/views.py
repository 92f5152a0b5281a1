"""The agenda for visitors: the list, an event, what programs read, the frame, opinions."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, current_app, g, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.booking import home
from app.booking import words as places
from app.core import clock, tenancy
from app.core.errors import Refused
from app.core.i18n import _, lang
from app.events import (
    agenda,
    audience,
    card,
    drafts,
    embedding,
    feeds,
    links,
    opinions,
    read,
    seams,
    words,
)
from app.events.feeds import Channel, Item
from app.events.models import Event
from app.events.read import Listed
from app.tenants.resolve import of_tenant, public_url
from app.web import edge, paging, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs

pages = Blueprint("agenda", __name__)
blueprints = (pages,)
PAGE = 30
FRAMED = 12
PAST = 12
FRESH = "public, max-age=300"


def _is_staff() -> bool:
    return actor().can("events.see")


def _found(slug: str) -> Event:
    """The event, or the 404 of one that is not there: whoever may not see it learns nothing."""
    of_tenant()
    one = read.by_slug(slug)
    if one is None or not audience.may_see(one, actor().person_id, staff=_is_staff()):
        abort(404)
    return one


def _public(slug: str) -> Event:
    """The same for what leaves the venue's pages: public and published, whoever asks."""
    of_tenant()
    one = read.by_slug(slug)
    if one is None or not audience.may_see(one, None):
        abort(404)
    return one


# ── pages ─────────────────────────────────────────────────────────────────────────────────────


@pages.get("/agenda")
@needs(PUBLIC)
def show() -> Response:
    """What comes, month by month, as far as this visitor may know of it."""
    if g.get("tenant") is None:
        return redirect("/lieux/agenda")
    who = audience.visible(actor().person_id, staff=_is_staff())
    number = paging.asked()
    rows, total = agenda.coming(who, limit=PAGE, offset=(number - 1) * PAGE)
    return render.page(
        "events/agenda.html",
        months=agenda.by_month(rows),
        past=agenda.past(who, limit=PAST) if number == 1 else [],
        page_number=number,
        pages_count=-(-total // PAGE),
        url=lambda n: url_for("agenda.show", page=n),
        audiences=words.audiences(),
        title_of=words.title,
        text_of=words.text,
        webcal=public_url("/agenda.ics").replace("https:", "webcal:").replace("http:", "webcal:"),
    )


@pages.get("/agenda/<event_slug>")
@needs(PUBLIC)
def event(event_slug: str) -> Response:
    """One event: what, when, where, how to come in."""
    one = _found(event_slug)
    item = _item(one)
    is_public = audience.may_see(one, None)
    page_url = item.url
    moves = read.moves(one.id)
    moved = next(
        (m.from_starts_at for m in reversed(moves) if m.from_starts_at != one.starts_at), None
    )
    picture = public_url(f"/agenda/{one.slug}/carte.png?v={one.sequence}") if is_public else ""
    sold = seams.offers(one) if one.state == "published" else []
    selling = one.state == "published" and one.ends_at > clock.now()
    return render.page(
        "events/event.html",
        event=one,
        item=item,
        zone=item.site.zone,
        title=words.title(one),
        lead=words.text(one, "lead"),
        spoken=words.spoken(one),
        paragraphs=words.paragraphs(one, "description"),
        programme=words.programme(one),
        access=words.paragraphs(one, "access"),
        step_free=all(space.is_step_free for space in read.spaces(one.id)),
        way_in=places.way_in(item.site),
        address=places.address(item.site),
        one_day=words.is_one_day(one, item.site),
        calendars=links.calendars(item),
        asides=seams.said(seams.ASIDE, one) if selling else [],
        bars=seams.said(seams.BAR, one) if selling else [],
        is_public=is_public,
        over=one.ends_at <= clock.now(),
        moved=moved,
        elsewhere=bool(moves) and moved is None,
        audiences=words.audiences(),
        canonical=page_url,
        picture=picture,
        structured=_safe(feeds.structured(item, picture, sold, moved=moved)) if is_public else "",
    )


def _safe(text: str) -> Markup:
    return Markup(text)  # noqa: S704  feeds.structured leaves no < in it


def _item(one: Event) -> Item:
    row = read.lines([one])[0]
    url = public_url(f"/agenda/{one.slug}")
    return Item(one, read.site(one), row.spaces, of_tenant().name, url)


@pages.get("/agenda/<event_slug>/image")
@needs(PUBLIC)
def picture(event_slug: str) -> Response:
    """Its picture, for whoever may see the event."""
    one = _found(event_slug)
    return drafts.answer(one.picture_id, public=audience.may_see(one, None))


@pages.get("/agenda/<event_slug>/carte.png")
@needs(PUBLIC)
def share_card(event_slug: str) -> Response:
    """What a shared link shows, in the brand."""
    one = _public(event_slug)
    site, language = read.site(one), of_tenant().locale
    content = edge.act(lambda: card.of(one, site, g.brand, language))
    answer = Response(content, mimetype="image/png")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def next_ones() -> Markup:
    """The next three, for the front page; nothing where nothing comes."""
    who = audience.visible(actor().person_id, staff=_is_staff())
    rows = [row for row in agenda.coming(who, limit=6)[0] if row.event.state == "published"][:3]
    if not rows:
        return Markup()
    return Markup(render.text("events/_next.html", rows=rows, title_of=words.title))  # noqa: S704  escaped


def install(_app: Flask) -> None:
    """The front page asks what comes next."""
    if next_ones not in home.BELOW:
        home.BELOW.append(next_ones)


# ── what programs read ────────────────────────────────────────────────────────────────────────


def items(rows: list[Listed]) -> list[Item]:
    """Rows of this venue with their addresses."""
    name, base = of_tenant().name, public_url("/agenda/")
    sites = read.sites()
    return [
        Item(row.event, sites[row.event.site_id], row.spaces, name, f"{base}{row.event.slug}")
        for row in rows
    ]


def _feed(content: bytes, media_type: str) -> Response:
    answer = Response(content, content_type=f"{media_type}; charset=utf-8")
    answer.headers["Cache-Control"] = FRESH
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Vary"] = "Accept-Language, Cookie"  # words are in the reader's language
    return answer


@pages.get("/agenda.ics")
@needs(PUBLIC)
def ical() -> Response:
    """Every public event, to subscribe to."""
    name = of_tenant().name
    return _feed(feeds.calendar(items(agenda.for_feeds()), name), "text/calendar")


@pages.get("/agenda/<event_slug>/agenda.ics")
@needs(PUBLIC)
def ical_of_one(event_slug: str) -> Response:
    """One event, for whoever may see it."""
    one = _found(event_slug)
    if one.published_at is None:
        abort(404)
    answer = _feed(feeds.calendar([_item(one)], of_tenant().name), "text/calendar")
    answer.headers["Content-Disposition"] = f'attachment; filename="{one.slug}.ics"'
    if not audience.may_see(one, None):
        answer.headers["Cache-Control"] = "private, no-store"
        del answer.headers["Access-Control-Allow-Origin"]
    return answer


@pages.get("/agenda.rss")
@needs(PUBLIC)
def rss() -> Response:
    """The same for feed readers."""
    rows = agenda.for_feeds()
    channel = Channel(
        _("Agenda, %(name)s", name=of_tenant().name),
        public_url("/agenda"),
        public_url("/agenda.rss"),
        lang(),
        _("Les événements de %(name)s", name=of_tenant().name),
    )
    return _feed(
        feeds.rss(items(rows), channel, {row.event.id: feeds.line(row) for row in rows}),
        "application/rss+xml",
    )


# ── the frame ─────────────────────────────────────────────────────────────────────────────────


@pages.get("/agenda/cadre")
@needs(PUBLIC)
def frame() -> Response:
    """The next public events, inside the pages of the sites that the venue named."""
    of_tenant()
    allowed = embedding.origins()
    g.frame_ancestors = " ".join(allowed) if allowed else "'none'"
    rows, _total = agenda.coming(audience.EVERYBODY, limit=FRAMED)
    answer = render.page(
        "events/frame.html",
        rows=rows,
        title_of=words.title,
        text_of=words.text,
        base=public_url("/agenda"),
        user=None,
    )
    answer.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


# ── opinions ──────────────────────────────────────────────────────────────────────────────────


def _opened(said: str) -> tuple[Event, str]:
    of_tenant()
    secret = str(current_app.config["SECRET_KEY"])
    found = opinions.opened(secret, said, tenancy.tenant_id())
    one = read.event(found[0]) if found else None
    if found is None or one is None:
        abort(404)
    return one, found[1]


def _opinion_page(opinion: str, status: int = 200, fault: Refused | None = None) -> Response:
    one, digest = _opened(opinion)
    return render.page(
        "events/opinion.html",
        status,
        event=one,
        title=words.title(one),
        zone=read.site(one).zone,
        given=opinions.given(one.id, digest),
        is_open=opinions.is_open(one),
        again=opinions.again_words(),
        typed=request.form,
        opinion=opinion,
        fault=fault,
    )


@pages.get("/avis/<opinion>")
@needs(PUBLIC)
def ask(opinion: str) -> Response:
    """How was it? No account needed: the link is theirs."""
    return _opinion_page(opinion)


@pages.post("/avis/<opinion>")
@needs(PUBLIC)
def give(opinion: str) -> Response:
    """One answer each; a second one changes nothing and says so."""

    def work() -> bool:
        one, digest = _opened(opinion)
        return opinions.give(one, digest, request.form)

    try:
        edge.act(work)
    except Refused as error:
        return _opinion_page(opinion, error.status, error)
    return redirect(url_for("agenda.ask", opinion=opinion), 303)
