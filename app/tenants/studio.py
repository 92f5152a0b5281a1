"""The appearance page: seeds on the left, the venue's own pages on the right, then publish."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, g, redirect, request, url_for
from flask import Response as Answer
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.files import StoredFile, describe, storage
from app.core.i18n import _
from app.tenants import appearance, brand, domains, logo, reading
from app.tenants.models import Appearance, Domain
from app.tenants.resolve import of_tenant
from app.web import edge, navigation, render, themes
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("appearance", __name__, url_prefix="/gestion/apparence")

LIFE = 3600
DEVICES = ("ordinateur", "telephone")
VISIONS = ("deutan", "protan", "tritan")
PREVIEWS = {
    "reserver": "booking.prices",
    "accueil": "home.show",
    "courriel": "sample.letter",
    "jour": "desk.today",
}


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="draft stylesheet")


def _view() -> dict[str, str]:
    """How the preview is shown, from the address."""
    device = request.values.get("appareil", DEVICES[0])
    mode = request.values.get("mode", "light")
    vision = request.values.get("vision", "")
    shown = request.values.get("page", "reserver")
    return {
        "appareil": device if device in DEVICES else DEVICES[0],
        "mode": mode if mode in ("light", "dark") else "light",
        "vision": vision if vision in VISIONS else "",
        "page": shown if shown in PREVIEWS else "reserver",
    }


def _address(view: dict[str, str]) -> str:
    return f"{url_for('appearance.edit')}?{urlencode({k: v for k, v in view.items() if v})}"


def _current() -> Appearance:
    """What is being looked at: the draft, else what is online, else the theme alone."""
    found = appearance.waiting() or brand.published(of_tenant().id)
    return found or appearance.blank()


def _face(looks: Appearance) -> brand.Brand:
    """The face of a draft, with a stylesheet that only this person may fetch for an hour."""
    face = brand.face(of_tenant().name, looks)
    if looks.published_at is None and looks.id is not None:
        token = _signer().dumps([looks.id, actor().account_id])
        for_eyes = {
            sheet: url_for("appearance.stylesheet", sheet=sheet, token=token, v=_stamp(looks))
            for sheet in ("public", "desk")
        }
        return replace(face, css_url=for_eyes["public"], desk_css_url=for_eyes["desk"])
    return face


def _context(looks: Appearance) -> dict[str, Any]:
    view = _view()

    def turn(**other: str) -> str:
        return f"{_address(view | other)}#vue-apercu"

    return {
        "looks": looks,
        "face": _face(looks),
        "is_draft": looks.published_at is None and looks.id is not None,
        "changes": appearance.changes(looks),
        "reading": reading.read(looks),
        "versions": appearance.versions(),
        "locked": appearance.locked_keys(),
        "themes": [(name, themes.load(name).title) for name in themes.available()],
        "fonts": [(name, themes.load(name).fonts.label) for name in themes.available()],
        "radius": _own_radius(looks.theme) if looks.radius is None else looks.radius,
        "view": view,
        "turn": turn,
        "preview": url_for(
            "appearance.preview", page=view["page"], mode=view["mode"], v=_stamp(looks)
        ),
        "shown": [
            (name, text)
            for name, text in (
                ("reserver", _("Réserver")),
                ("accueil", _("Accueil")),
                ("courriel", _("E-mail")),
                ("jour", _("Jour")),
            )
            if PREVIEWS[name] in current_app.view_functions
        ],
        "hosts": domains.hosts(),
        "claims": domains.claims(),
        "proof_name": domains.proof_name,
        "proof_text": domains.proof_text,
        "zone": of_tenant().books_zone,
        "soonest": clock.now().astimezone(of_tenant().books_zone).strftime("%Y-%m-%dT%H:%M"),
        "visions": {"deutan": _("Sans vert"), "protan": _("Sans rouge"), "tritan": _("Sans bleu")},
    }


def _own_radius(theme: str) -> int:
    """The roundness that a theme has by itself, in pixels."""
    return int(themes.load(theme).shape["radius_m"].removesuffix("px"))


def _stamp(looks: Appearance) -> str:
    """Changes with everything that the preview shows, so that the frame loads again."""
    seeds = brand.seeds_of(looks)
    sha = themes.stylesheet(themes.load(looks.theme), seeds)[1]
    return f"{sha}{looks.logo_file or ''}{abs(hash(str(sorted(looks.texts.items())))) % 9973}"


def _page(status: int = 200, *, error: Refused | None = None, **more: Any) -> Response:
    looks = _current()
    fault = {"field": error.detail.get("field", ""), "text": error.text} if error else None
    name = "tenants/_studio.html" if render.is_fragment() else "tenants/studio.html"
    context = _context(looks) | {"fault": fault, "typed": {}} | more
    if render.is_fragment():
        return render.page(name, status, **context)
    return navigation.page(name, "appearance", status, **context)


@pages.get("")
@needs("appearance.edit")
def edit() -> Response:
    """The draft (or what is online), its preview, its report, its versions, its hosts."""
    return _page()


def _wishes() -> dict[str, Any]:
    """What the form said; a field that is not there was not asked."""
    form = request.form
    wishes: dict[str, Any] = {
        field: form[name].strip()
        for field, name in (
            ("theme", "theme"),
            ("brand", "brand"),
            ("accent", "accent"),
            ("font_pair", "fonts"),
            ("density", "density"),
            ("mode", "policy"),
            ("booking_title", "booking_title"),
            ("voice", "voice"),
        )
        if name in form
    }
    for field in ("accent", "font_pair"):
        if wishes.get(field) == "":
            wishes[field] = None
    if "radius" in form:
        raw = form["radius"]
        wishes["radius"] = int(raw) if raw.isdigit() and len(raw) < 4 else -1
    return wishes


def _tried(work: Callable[[], Any]) -> Response:
    """Do it and show the page again; a refusal is said beside its field."""
    try:
        edge.act(work)
    except Refused as error:
        return _page(422, error=error, typed=request.form)
    if render.is_fragment():
        return _page()
    return redirect(_address(_view()))


@pages.post("")
@needs("appearance.edit")
def change() -> Response:
    """Write choices into the draft; nothing changes online."""
    by, wishes = actor().account_id, _wishes()

    def work() -> None:
        looks = appearance.draft(by)
        if "theme" in wishes and wishes["theme"] != looks.theme and wishes.get("font_pair"):
            wishes["font_pair"] = None  # a new theme brings its own letters
        if looks.radius is None and wishes.get("radius") == _own_radius(looks.theme):
            del wishes["radius"]  # a slider that nobody moved
        appearance.change(looks, wishes)
        for name, field in (("logo", "logo_file"), ("logo_dark", "logo_dark_file")):
            sent = request.files.get(name)
            if sent and sent.filename:
                setattr(looks, field, _keep(sent.read(logo.LARGEST + 1)))

    return _tried(work)


def _keep(content: bytes) -> int:
    """Clean a logo, keep its bytes and give the id of its row."""
    clean, media_type, suffix = logo.cleaned(content)
    row = describe(of_tenant().id, clean, media_type, suffix, "logo")
    storage(current_app.config["SETTINGS"].storage).put(row.name, clean, media_type)
    db.session.add(row)
    db.session.flush()  # id for the draft
    return row.id


@pages.post("/abandon")
@needs("appearance.edit")
def discard() -> Response:
    """Forget the draft."""
    return _tried(appearance.discard)


@pages.post("/publication")
@needs("appearance.edit")
def publish() -> Response:
    """Put the draft online, now or at a chosen moment."""
    by, tenant = actor().account_id, of_tenant()
    raw = request.form.get("publish_at", "").strip()

    def work() -> None:
        looks = appearance.waiting()
        if looks is None:
            raise Refused(_("Rien n’a changé depuis la dernière publication."))
        if raw:
            appearance.schedule(looks, _moment(raw), by)
        else:
            appearance.publish(looks, by)

    answer = _tried(work)
    if answer.status_code < 400 and not render.is_fragment():
        done = _("La publication est programmée.") if raw else _("C’est en ligne.")
        navigation.say(f"{done} {tenant.name}")
    return answer


def _moment(raw: str) -> dt.datetime:
    """A moment as the browser's field writes it, on the venue's clock."""
    try:
        naive = dt.datetime.fromisoformat(raw)
    except ValueError:
        raise appearance.Unfit(_("Ce moment n’est pas lisible."), field="publish_at") from None
    return naive.replace(tzinfo=naive.tzinfo or of_tenant().books_zone)


@pages.post("/versions/<int:version>")
@needs("appearance.edit")
def restore(version: int) -> Response:
    """Put an earlier version online again."""
    answer = _tried(lambda: appearance.restore(version, actor().account_id))
    if answer.status_code < 400 and not render.is_fragment():
        navigation.say(_("La version %(n)d est de nouveau en ligne.", n=version))
    return answer


@pages.get("/apercu/<page>")
@needs("appearance.edit")
def preview(page: str) -> Response:
    """A real page of the venue in the looks of the draft, for the frame of this very site."""
    endpoint = PREVIEWS.get(page)
    if endpoint is None or endpoint not in current_app.view_functions:
        abort(404)
    mode = request.args.get("mode")
    g.frame_ancestors = "'self'"
    g.still = True  # the frame runs no script
    g.mode = mode if mode in ("light", "dark") else None
    looks = _current()
    brand.wear(_face(looks))
    answer = current_app.make_response(current_app.view_functions[endpoint]())  # type: ignore[arg-type]  # a view of ours is no coroutine
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@pages.get("/brouillon/<any(public, desk):sheet>/<token>.css")
@needs("appearance.edit")
def stylesheet(sheet: themes.Sheet, token: str) -> Answer:
    """The stylesheet of a draft, for the person whose page named it and for an hour."""
    try:
        draft_id, account_id = _signer().loads(token, max_age=LIFE)
    except (BadSignature, ValueError):
        abort(404)
    if account_id != actor().account_id:
        abort(404)
    looks = appearance.waiting()
    theme, seeds = g.brand.theme, g.brand.seeds  # published since the page named it: as it is now
    if looks is not None and looks.id == draft_id:
        theme, seeds = looks.theme, brand.seeds_of(looks)
    css = themes.stylesheet(themes.load(theme), seeds, sheet)[0]
    answer = Answer(css, mimetype="text/css")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@pages.get("/logo/<ground>")
@needs("appearance.edit")
def draft_logo(ground: str) -> Answer:
    """The logo of the draft, before anybody else sees it."""
    looks = _current()
    file_id = looks.logo_dark_file if ground == "sombre" else looks.logo_file
    stored = db.session.scalars(select(StoredFile).where(StoredFile.id == file_id)).one_or_none()
    if stored is None:
        abort(404)
    content = storage(current_app.config["SETTINGS"].storage).get(stored.name)
    answer = Answer(content, mimetype=stored.media_type)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _reserved() -> list[str]:
    """The platform's own hosts and those of networks: never a venue's."""
    own = db.session.scalars(select(Domain.host).where(Domain.tenant_id.is_(None))).all()
    return [current_app.config["SETTINGS"].platform_host, *own]


def _resolver() -> domains.Resolver:
    found: domains.Resolver = current_app.extensions.setdefault("resolver", domains.PublicDns())
    return found


@pages.post("/domaines")
@needs("appearance.edit")
def ask_host() -> Response:
    """Ask for a host of one's own."""
    raw, reserved = request.form.get("host", ""), _reserved()
    return _tried(lambda: domains.claim(raw, reserved=reserved, by=actor().account_id))


@pages.post("/domaines/<int:claim_id>/preuve")
@needs("appearance.edit")
def prove_host(claim_id: int) -> Response:
    """Look for the proof now."""
    found: list[bool] = []
    answer = _tried(lambda: found.append(domains.verify(claim_id, _resolver(), actor().account_id)))
    if found and not found[-1] and not render.is_fragment():
        navigation.say(_("L’enregistrement TXT n’est pas encore visible."), "warn")
    return answer


@pages.post("/domaines/<int:claim_id>/abandon")
@needs("appearance.edit")
def drop_claim(claim_id: int) -> Response:
    """Forget a request."""
    return _tried(lambda: domains.withdraw(claim_id))


@pages.post("/domaines/<host>/principal")
@needs("appearance.edit")
def main_host(host: str) -> Response:
    """Make it the address that mails name."""
    return _tried(lambda: domains.make_canonical(host, actor().account_id))


@pages.post("/domaines/<host>/liberation")
@needs("appearance.edit")
def release_host(host: str) -> Response:
    """Give it up."""
    return _tried(lambda: domains.release(host, actor().account_id))
