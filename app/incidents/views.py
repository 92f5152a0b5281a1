"""Report a problem from a phone and follow it, without an account where the venue allows it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.accounts import limits
from app.booking import day
from app.core import audit, clock
from app.core.db import db
from app.core.errors import Refused
from app.core.files import StoredFile
from app.core.i18n import _, lang
from app.incidents import (
    choices,
    mails,
    outages,
    photos,
    promises,
    read,
    report,
    rules,
    waiting,
    words,
)
from app.incidents.models import Incident, IncidentFollower
from app.incidents.outages import Span
from app.incidents.read import Where
from app.incidents.report import Reporter
from app.members import rules as members
from app.spaces.models import Site, Space
from app.tenants.resolve import of_tenant
from app.web import edge, render
from app.web.actor import actor
from app.web.idempotency import replayable
from app.web.policy import PUBLIC, needs

pages = Blueprint("incidents", __name__)
blueprints = (pages, choices.pages)

MOST = 6  # reports, or messages, from one address in a quarter of an hour
MOST_IN_ALL = 60  # of one venue
HEAVIEST = 32 * 1024 * 1024


@pages.url_value_preprocessor
def _room(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A picture that is too heavy is refused by us, beside its field, with all words kept."""
    request.max_content_length = HEAVIEST


def _who() -> Reporter:
    who = actor()
    if not who.is_signed_in:
        return Reporter(locale=lang())
    person = members.of_account(who.account_id or 0)
    staff = who.can("incidents.edit")
    return Reporter(
        who.name, who.email, person.id if person else None, who.account_id, staff, lang()
    )


def _is_member(who: Reporter) -> bool:
    """Whether the venue made them one: an account alone is had by everybody."""
    person = members.person(who.person_id) if who.person_id else None
    return person is not None and person.standing not in ("guest", "suspended")


def _closed() -> Response | None:
    """Where a venue wants to know who reports: the way in first."""
    of_tenant()
    if promises.policy().anonymous or actor().is_signed_in:
        return None
    return redirect(url_for("accounts.sign_in", next=request.path))


def _allow(act: str) -> None:
    """Count one try of whoever asks, and of the venue as a whole."""
    tenant = of_tenant()
    for bucket, most in (
        (f"{act}:{tenant.id}:{request.remote_addr}", MOST),
        (f"{act}:{tenant.id}", MOST_IN_ALL),
    ):
        if not limits.allow(bucket, most):
            raise limits.TooMany(
                _("Trop de messages en peu de temps : réessayez dans un quart d’heure.")
            )


def _phone() -> str:
    """Whose key it is: a phone between two networks has no lasting name, the key is its secret."""
    of_tenant()
    return "report"


def _told() -> str:
    """What a try of a report says; its stamp is fresh each time."""
    sent = request.files.get("photo")
    picture = sent.stream.read() if sent else b""
    if sent:
        sent.stream.seek(0)
    fields = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
    return f"{fields} {hashlib.sha256(picture).hexdigest()}"


once = replayable(_phone, _told)
"""A phone that lost the answer may send a report again: it is written once."""


# ── where ─────────────────────────────────────────────────────────────────────────────────────


def _of_space(slug: str) -> Where:
    of_tenant()
    space = db.session.scalars(
        select(Space).where(Space.slug == slug, Space.retired_at.is_(None))
    ).one_or_none()
    if space is None:
        abort(404)
    return Where(space.site, space)


def _of_asset(code: str) -> Where:
    of_tenant()
    asset = read.asset_of_code(code)
    if asset is None:
        abort(404)
    return read.where_of_asset(asset)


def _of_site(site_id: int) -> Where:
    of_tenant()
    site = db.session.scalars(select(Site).where(Site.id == site_id)).one_or_none()
    if site is None:
        abort(404)
    return Where(site)


@pages.get("/signaler")
@needs(PUBLIC)
def choose() -> Response:
    """Which place: for whoever did not scan its code."""
    of_tenant()
    shown = [s for s in day.of_venue() if s.audience != "staff" or actor().can("incidents.see")]
    sites = db.session.scalars(select(Site).order_by(Site.position, Site.id)).all()
    return render.page("incidents/choose.html", spaces=shown, sites=sites)


@pages.get("/signaler/<slug>")
@needs(PUBLIC)
def of_space(slug: str) -> Response:
    """The form with its place filled in: where the code on a door leads."""
    return _closed() or _form(_of_space(slug))


@pages.get("/signaler/machine/<asset_code>")
@needs(PUBLIC)
def of_asset(asset_code: str) -> Response:
    """The same for a thing."""
    return _closed() or _form(_of_asset(asset_code))


@pages.get("/signaler/lieu/<int:site_id>")
@needs(PUBLIC)
def of_site(site_id: int) -> Response:
    """The same for a corridor, a kitchen, a door."""
    return _closed() or _form(_of_site(site_id))


@pages.post("/signaler/<slug>")
@needs(PUBLIC)
@once
def send(slug: str) -> Response:
    """Report it."""
    return _closed() or _send(_of_space(slug))


@pages.post("/signaler/machine/<asset_code>")
@needs(PUBLIC)
@once
def send_of_asset(asset_code: str) -> Response:
    """The same for a thing."""
    return _closed() or _send(_of_asset(asset_code))


@pages.post("/signaler/lieu/<int:site_id>")
@needs(PUBLIC)
@once
def send_of_site(site_id: int) -> Response:
    """The same for the building."""
    return _closed() or _send(_of_site(site_id))


# ── the form ──────────────────────────────────────────────────────────────────────────────────


def _form(
    where: Where,
    status: int = 200,
    fault: Refused | None = None,
    draft: StoredFile | None = None,
    same: Incident | None = None,
) -> Response:
    """The form, with what others reported here; what was typed and sent is still there."""
    tenant = of_tenant()
    return render.page(
        "incidents/report.html",
        status,
        where=where,
        alike=read.alike(where),
        categories=words.categories(),
        icons=words.ICONS,
        usable=words.usable(),
        states=words.states(),
        typed=request.form,
        fault=fault,
        field=fault.detail.get("field", "email") if fault else "",
        draft=photos.ticket(draft) if draft else "",
        same=same,
        who=_who(),
        phone=tenant.phone,
        zone=where.site.zone,
        here=request.path,
    )


def _send(where: Where) -> Response:
    """Keep the picture first, so that a fault elsewhere loses nothing; then report."""
    draft = photos.of_ticket(request.form.get("photo-gardee", ""))
    try:
        _allow("report")
        draft = edge.act(lambda: photos.keep(request.files.get("photo"))) or draft
        wish = report.read(where, request.form)
        who = report.whole(_who(), request.form)
    except Refused as error:
        return _form(where, error.status, error, draft)
    if (same := _same(where, wish)) is not None:
        return _form(where, 409, None, draft, same)
    draft_id = draft.id if draft else None
    token = edge.act(lambda: _write(wish, who, draft_id))
    return redirect(url_for("incidents.follow_up", follow=token, merci=1), 303)


def _same(where: Where, wish: report.Wish) -> Incident | None:
    """An open incident of the same kind here that whoever reports was not shown yet."""
    seen = set(request.form.get("vus", "").split(","))
    alike = [one for one, _many in read.alike(where) if one.category == wish.category]
    return next((one for one in alike if one.code not in seen), None)


def _write(wish: report.Wish, who: Reporter, draft_id: int | None) -> str:
    if draft_id is not None:
        photos.claim(draft_id)
    first = report.report(replace(wish, photo_id=draft_id), who)
    kept = promises.policy()
    trusted = promises.may_take_out(kept, staff=who.staff, member=_is_member(who))
    if wish.usable == "no" and wish.where.space is not None and trusted:
        one = read.locked(first.incident_id)
        outages.begin(one.id, Span(one.resolve_by), who.account_id)
        audit.note("incident.space_out", f"incident:{one.id}", actor_id=who.account_id)
    return first.token


@pages.post("/signaler/aussi/<incident_code>")
@needs(PUBLIC)
@once
def me_too(incident_code: str) -> Response:
    """I saw it too: follow what somebody else reported."""
    of_tenant()
    one = read.by_code(incident_code)
    if one is None or one.state == "resolved":
        abort(404)
    if (closed := _closed()) is not None:
        return closed
    _allow("report")
    who = report.whole(_who(), request.form)
    incident_id = one.id

    def work() -> str:
        return report.follow(read.locked(incident_id), who).token

    token = edge.act(work)
    return redirect(url_for("incidents.follow_up", follow=token, merci=1), 303)


# ── how it goes on ────────────────────────────────────────────────────────────────────────────


def _mine(token: str) -> tuple[IncidentFollower, Incident]:
    of_tenant()
    who = read.follower(token)
    if who is None:
        abort(404)
    one = read.incident(who.incident_id)
    if one is None:
        abort(404)
    return who, one


def _again(follower_id: int) -> IncidentFollower:
    """The follower of the link, in the transaction that acts."""
    return db.session.scalars(
        select(IncidentFollower).where(IncidentFollower.id == follower_id)
    ).one()


def _follow_page(token: str, status: int = 200, fault: Refused | None = None) -> Response:
    who, one = _mine(token)
    where = read.where_of(one)
    rating = next((r for r in read.ratings(one.id) if r.follower_id == who.id), None)
    return render.page(
        "incidents/follow.html",
        status,
        who=who,
        incident=one,
        where=where,
        steps=read.steps(one.id),
        comments=read.comments(one.id, public=True),
        out=read.outage(one.id),
        count=len(read.followers(one.id)),
        categories=words.categories(),
        usable=words.usable(),
        states=words.states(),
        kinds=words.KINDS,
        said=lambda state: mails.state_text(state, written=bool(who.email)),
        still=waiting.stands_still(one),
        rating=rating,
        thanks="merci" in request.args,
        zone=where.site.zone,
        typed=request.form,
        fault=fault,
        now=clock.now(),
    )


@pages.get("/signalement/<follow>")
@needs(PUBLIC)
def follow_up(follow: str) -> Response:
    """Where it stands, what the venue says, what was sent. The link is the key."""
    return _follow_page(follow)


@pages.get("/signalement/<follow>/photo")
@needs(PUBLIC)
def photo(follow: str) -> Response:
    """The picture, to whoever sent it."""
    who, one = _mine(follow)
    if not who.reporter:
        abort(404)
    return photos.answer(one.photo_id)


@pages.post("/signalement/<follow>/messages")
@needs(PUBLIC)
def say(follow: str) -> Response:
    """Answer the venue."""
    who, one = _mine(follow)
    incident_id, who_id = one.id, who.id

    def work() -> None:
        mine = _again(who_id)
        by = rules.Hand(None, mine.name or _("La personne qui a signalé"))
        text = request.form.get("texte", "")
        rules.comment(incident_id, text, by, public=True, follower=mine)

    return _act(follow, work)


@pages.post("/signalement/<follow>/avis")
@needs(PUBLIC)
def opinion(follow: str) -> Response:
    """How satisfied they are; not at all repaired opens it again."""
    who, one = _mine(follow)
    incident_id, who_id = one.id, who.id
    raw = request.form.get("etoiles", "")

    def work() -> None:
        mine = _again(who_id)
        if request.form.get("pas-repare"):
            rules.advance(incident_id, "reopened", rules.Hand(None, mine.name))
            return
        rules.rate(mine, int(raw) if raw.isdecimal() else 0, request.form.get("mot", ""))

    return _act(follow, work)


@pages.post("/signalement/<follow>/arret")
@needs(PUBLIC)
def stop(follow: str) -> Response:
    """No more mails; the page stays. Once more brings them back."""
    who, _one = _mine(follow)
    who_id = who.id

    def work() -> None:
        mine = _again(who_id)
        mine.stopped_at = None if mine.stopped_at else clock.now()

    return _act(follow, work)


def _act(follow: str, work: Any) -> Response:
    try:
        _allow("follow")
        edge.act(work)
    except Refused as error:
        return _follow_page(follow, error.status, error)
    return redirect(url_for("incidents.follow_up", follow=follow), 303)
