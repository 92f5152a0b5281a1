"""Set up what is lent: spaces, photos, weekly hours, dated exceptions."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import audit, clock, pictures
from app.core.errors import Refused
from app.core.files import Storage, storage
from app.core.i18n import _, lang
from app.core.slots import read_day
from app.spaces import hours, rules
from app.spaces.calendar import public_holidays
from app.spaces.forms import SiteForm, SpaceForm, audiences, kinds, of_space
from app.spaces.models import Site, Space
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("spaces_desk", __name__, url_prefix="/gestion/espaces")
blueprints = (pages,)


def _bytes() -> Storage:
    return storage(current_app.config["SETTINGS"].storage)


def _space(space_id: int) -> Space:
    found = rules.space(space_id)
    if found is None:
        abort(404)
    return found


def _site(site_id: int) -> Site:
    found = rules.site(site_id)
    if found is None:
        abort(404)
    return found


def _note(action: str, subject: str) -> None:
    audit.note(action, subject, actor_id=actor().account_id)


# ── spaces ────────────────────────────────────────────────────────────────────────────────────


@pages.get("")
@needs("spaces.see")
def spaces() -> Response:
    """What is lent, what is retired."""
    return navigation.page(
        "spaces/desk_spaces.html",
        "spaces",
        spaces=rules.spaces(),
        retired=rules.spaces(retired=True),
        counts=rules.unit_counts(),
        kinds=kinds(),
        audiences=audiences(),
        sites=rules.sites(),
    )


def _form_page(
    form: SpaceForm, one: Space | None, status: int = 200, fault: str | None = None
) -> Response:
    return navigation.page(
        "spaces/desk_space.html",
        "spaces",
        status,
        form=form,
        space=one,
        photos=rules.photos(one.id) if one else [],
        fault=fault,
        may_edit=actor().can("spaces.edit"),
    )


@pages.get("/nouveau")
@needs("spaces.edit")
def new() -> Response:
    """A space that is not there yet; a venue without a building says first where it is."""
    if not rules.sites():
        navigation.say(_("Dites d’abord où se trouve le lieu."))
        return redirect(url_for("spaces_desk.new_site"))
    return _form_page(SpaceForm(None, rules.sites(), rules.spaces(), data=of_space(None)), None)


@pages.post("/nouveau")
@needs("spaces.edit")
def create() -> Response:
    """Add it."""
    form = SpaceForm(request.form, rules.sites(), rules.spaces())
    if not form.validate():
        return _form_page(form, None, 422)

    def work() -> int:
        parts = [s for s in rules.spaces() if s.id in (form.parts.data or [])]
        where = rules.site(form.site.data)
        if where is None:
            raise Refused(_("Ce lieu n’existe pas."))
        made = rules.create(where, form.facts(), units=form.units.data or 1, parts=parts)
        _note("space.created", f"space:{made.id}")
        return made.id

    try:
        made = edge.act(work)
    except Refused as error:
        return _form_page(form, None, error.status, error.text)
    navigation.say(_("L’espace est créé, ses prix se calculent."))
    return redirect(url_for("spaces_desk.edit", space_id=made))


@pages.get("/<int:space_id>")
@needs("spaces.see")
def edit(space_id: int) -> Response:
    """All that is known of a space."""
    one = _space(space_id)
    data = of_space(one) | {"units": rules.unit_counts().get(one.id, 0)}
    return _form_page(SpaceForm(None, rules.sites(), rules.spaces(), data=data), one)


@pages.post("/<int:space_id>")
@needs("spaces.edit")
def change(space_id: int) -> Response:
    """Write it."""
    one = _space(space_id)
    form = SpaceForm(request.form, rules.sites(), rules.spaces())
    if not form.validate():
        return _form_page(form, one, 422)

    def work() -> None:
        rules.change(_space(space_id), form.facts(), units=form.units.data)
        _note("space.changed", f"space:{space_id}")

    try:
        edge.act(work)
    except Refused as error:
        return _form_page(form, _space(space_id), error.status, error.text)
    navigation.say(_("L’espace est enregistré."))
    return redirect(url_for("spaces_desk.edit", space_id=space_id))


@pages.post("/<int:space_id>/retrait")
@needs("spaces.edit")
def retire(space_id: int) -> Response:
    """Out of sale for good; what was sold keeps its place in the books."""

    def work() -> None:
        rules.retire(_space(space_id))
        _note("space.retired", f"space:{space_id}")

    edge.act(work)
    navigation.say(
        _("L’espace est retiré de la vente."),
        undo=url_for("spaces_desk.restore", space_id=space_id),
    )
    return redirect(url_for("spaces_desk.spaces"))


@pages.post("/<int:space_id>/retour")
@needs("spaces.edit")
def restore(space_id: int) -> Response:
    """Back on sale."""

    def work() -> None:
        rules.restore(_space(space_id))
        _note("space.restored", f"space:{space_id}")

    edge.act(work)
    navigation.say(_("L’espace est de nouveau en vente."))
    return redirect(url_for("spaces_desk.spaces"))


# ── photos ────────────────────────────────────────────────────────────────────────────────────


@pages.post("/<int:space_id>/photos")
@needs("spaces.edit")
def add_photo(space_id: int) -> Response:
    """A picture, painted anew: nothing of the file that was sent is kept."""
    one = _space(space_id)
    sent = request.files.get("photo")
    data = of_space(one) | {"units": rules.unit_counts().get(one.id, 0)}
    form = SpaceForm(None, rules.sites(), rules.spaces(), data=data)

    def work() -> None:
        content = pictures.redrawn(sent.read(pictures.HEAVIEST + 1) if sent else b"")
        stored = rules.add_photo(_space(space_id), content, request.form.get("alt", ""))
        _bytes().put(stored.name, content, stored.media_type)
        _note("space.photo_added", f"space:{space_id}")

    try:
        edge.act(work)
    except Refused as error:
        return _form_page(form, _space(space_id), error.status, error.text)
    navigation.say(_("La photo est ajoutée."))
    return redirect(url_for("spaces_desk.edit", space_id=space_id) + "#photos")


@pages.post("/<int:space_id>/photos/<int:photo_id>/retrait")
@needs("spaces.edit")
def drop_photo(space_id: int, photo_id: int) -> Response:
    """Forget a picture."""
    name = edge.act(lambda: rules.drop_photo(_space(space_id), photo_id))
    if name is None:
        abort(404)
    _bytes().drop(name)
    navigation.say(_("La photo est retirée."))
    return redirect(url_for("spaces_desk.edit", space_id=space_id) + "#photos")


# ── sites ─────────────────────────────────────────────────────────────────────────────────────


def _site_page(
    form: SiteForm, where: Site | None, status: int = 200, fault: str | None = None
) -> Response:
    return navigation.page(
        "spaces/desk_site.html",
        "spaces",
        status,
        form=form,
        site=where,
        fault=fault,
        may_edit=actor().can("spaces.edit"),
    )


@pages.get("/sites/nouveau")
@needs("spaces.edit")
def new_site() -> Response:
    """A building that is not there yet."""
    return _site_page(SiteForm(None, None), None)


@pages.post("/sites/nouveau")
@needs("spaces.edit")
def create_site() -> Response:
    """Add it; its hours come next."""
    form = SiteForm(request.form, None)
    if not form.validate():
        return _site_page(form, None, 422)

    def work() -> int:
        made = rules.add_site(form.facts())
        _note("site.created", f"site:{made.id}")
        return made.id

    made = edge.act(work)
    navigation.say(_("Le site est créé. Dites quand il ouvre."))
    return redirect(url_for("spaces_desk.site_hours", site_id=made))


@pages.get("/sites/<int:site_id>")
@needs("spaces.see")
def edit_site(site_id: int) -> Response:
    """Where it is and how one gets in."""
    where = _site(site_id)
    return _site_page(SiteForm(None, where), where)


@pages.post("/sites/<int:site_id>")
@needs("spaces.edit")
def change_site(site_id: int) -> Response:
    """Write it."""
    where = _site(site_id)
    form = SiteForm(request.form, where)
    if not form.validate():
        return _site_page(form, where, 422)

    def work() -> None:
        rules.change_site(_site(site_id), form.facts())
        _note("site.changed", f"site:{site_id}")

    edge.act(work)
    navigation.say(_("Le site est enregistré."))
    return redirect(url_for("spaces_desk.edit_site", site_id=site_id))


# ── hours ─────────────────────────────────────────────────────────────────────────────────────


def _hours_page(
    where: Site,
    status: int = 200,
    *,
    week: dict[int, str] | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    today = clock.now().astimezone(where.zone).date()
    coming = [
        (day, name)
        for year in (today.year, today.year + 1)
        for day, name in sorted(
            public_holidays(where.country, where.subdivision, year, lang()).items()
        )
        if today <= day < today + dt.timedelta(days=365)
    ]
    return navigation.page(
        "spaces/desk_hours.html",
        "spaces",
        status,
        site=where,
        sites=rules.sites(),
        week=week or {day: hours.write(pairs) for day, pairs in rules.weekly(where.id).items()},
        exceptions=rules.exceptions(where.id, today),
        spaces={s.id: s.name for s in rules.spaces() if s.site_id == where.id},
        holidays=coming,
        faults=faults or {},
        typed=request.form,
        write=hours.write,
        may_edit=actor().can("spaces.edit"),
    )


@pages.get("/horaires/<int:site_id>")
@needs("spaces.see")
def site_hours(site_id: int) -> Response:
    """When a building opens."""
    return _hours_page(_site(site_id))


@pages.post("/horaires/<int:site_id>")
@needs("spaces.edit")
def set_hours(site_id: int) -> Response:
    """The week, and whether public holidays count."""
    where = _site(site_id)
    typed = {day: request.form.get(f"jour-{day}", "") for day in range(7)}
    week: dict[int, hours.Pairs] = {}
    faults: dict[str, str] = {}
    for day, text in typed.items():
        try:
            week[day] = hours.read(text)
        except Refused as error:
            faults[f"jour-{day}"] = error.text
    if faults:
        return _hours_page(where, 422, week=typed, faults=faults)

    def work() -> None:
        one = _site(site_id)
        one.open_on_holidays = bool(request.form.get("feries"))
        rules.set_week(one, week)
        _note("site.hours_changed", f"site:{site_id}")

    edge.act(work)
    navigation.say(_("Les horaires sont enregistrés, les prix se recalculent."))
    return redirect(url_for("spaces_desk.site_hours", site_id=site_id))


@pages.post("/horaires/<int:site_id>/exceptions")
@needs("spaces.edit")
def add_exception(site_id: int) -> Response:
    """Other hours on one date, or closed."""
    where = _site(site_id)
    faults: dict[str, str] = {}
    pairs: hours.Pairs = []
    day = read_day(request.form.get("date"))
    if day is None:
        faults["date"] = _("Indiquez un jour.")
    try:
        pairs = hours.read(request.form.get("heures", ""))
    except Refused as error:
        faults["heures"] = error.text
    space_id = request.form.get("espace", type=int)
    if space_id is not None and _space(space_id).site_id != site_id:
        abort(404)
    if faults or day is None:
        return _hours_page(where, 422, faults=faults)
    wish = rules.DatedWish(day, pairs, request.form.get("raison", "").strip()[:120], space_id)

    def work() -> None:
        rules.set_exception(_site(site_id), wish)
        _note("site.exception_set", f"site:{site_id}")

    edge.act(work)
    navigation.say(_("L’exception est enregistrée."))
    return redirect(url_for("spaces_desk.site_hours", site_id=site_id))


@pages.post("/horaires/<int:site_id>/exceptions/retrait")
@needs("spaces.edit")
def drop_exception(site_id: int) -> Response:
    """That date is like the others again."""
    day = read_day(request.form.get("date"))
    if day is None:
        abort(404)
    space_id = request.form.get("espace", type=int)
    edge.act(lambda: rules.drop_exception(_site(site_id), day, space_id))
    navigation.say(_("L’exception est retirée."))
    return redirect(url_for("spaces_desk.site_hours", site_id=site_id))
