"""Who came, on paper and as a table; badges to print and cut."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path

import typst
from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from app.core import clock
from app.core.i18n import _, _n, day_name, lang
from app.doors import rules
from app.doors.rules import Row
from app.events import read as events
from app.events.models import Event
from app.tenants import brand
from app.tenants.models import Tenant
from app.tenants.resolve import of_tenant
from app.web import navigation, themes
from app.web.policy import needs

pages = Blueprint("door_papers", __name__, url_prefix="/gestion/evenements/<int:event_id>")
SHEET = Path(__file__).parent / "badges.typ"
FONTS = ["Figtree", "Public Sans", "Liberation Sans", "DejaVu Sans", "Libertinus Serif"]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
PER_SHEET = 10
MOST_BADGES = 1000
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _event(event_id: int) -> Event:
    of_tenant()
    found = events.event(event_id)
    if found is None:
        abort(404)
    return found


def title_of(event: Event) -> str:
    """Its name in the reader's language."""
    return event.title_en if lang() == "en" and event.title_en else event.title_fr


def _state(event: Event, row: Row) -> str:
    """Nobody stayed away from what is not over yet: they are expected."""
    if row.holder.cancelled:
        return _("Annulé")
    if row.settled.entry:
        return _("Venu")
    return _("Attendu") if clock.now() < event.ends_at else _("Pas venu")


@pages.get("/presences")
@needs("desk.check_in")
def attendance(event_id: int) -> Response:
    """Everybody who holds a ticket, who came and when; made to be printed, too."""
    event = _event(event_id)
    return navigation.page(
        "doors/attendance.html",
        "events",
        event=event,
        title=title_of(event),
        zone=events.site(event).zone,
        door=rules.look(event),
        state=partial(_state, event),
    )


def _table(event: Event) -> Iterator[list[str]]:
    zone = events.site(event).zone
    yield [
        _("Nom"), _("Organisation"), _("Billet"), _("Commande"), _("État"), _("Entrée"), _("Porte"),
    ]  # fmt: skip
    found = rules.look(event)
    for row in found.rows:
        one, entry = row.holder, row.entry
        at = entry.at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if entry else ""
        door = entry.door if entry else ""
        yield [one.name, one.company, one.category, one.order, _state(event, row), at, door]
    for walked in found.walk_ins:
        at = walked.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        kind = _n("Sans billet, %(num)s personne", "Sans billet, %(num)s personnes", walked.people)
        yield [walked.name, "", kind, "", _("Venu"), at, walked.door]


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _csv(event: Event) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([_cell(text) for text in line] for line in _table(event))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _xlsx(event: Event) -> bytes:
    """Loaded when asked for: a web process does without most of the time."""
    library = import_module("xlsxwriter")
    out = io.BytesIO()
    book = library.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(_("Présences")[:31])
    strong = book.add_format({"bold": True})
    for number, line in enumerate(_table(event)):
        for column, text in enumerate(line):
            sheet.write_string(number, column, text, *([strong] if number == 0 else []))
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 6, 20)
    book.close()
    return out.getvalue()


@pages.get("/presences.<any(csv, xlsx):form>")
@needs("desk.check_in")
def table(event_id: int, form: str) -> Response:
    """The same for a spreadsheet."""
    event = _event(event_id)
    content = _csv(event) if form == "csv" else _xlsx(event)
    answer = Response(content, content_type=TYPES[form])
    day = event.starts_at.astimezone(events.site(event).zone).date()
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="presences-{event.slug}-{day:%Y-%m-%d}.{form}"'
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@pages.get("/badges.pdf")
@needs("desk.check_in")
def badges(event_id: int) -> Response:
    """Ten on a sheet, for good tickets; `passer` leaves the first places of a used sheet empty,
    `billet` prints one alone."""
    event, tenant = _event(event_id), of_tenant()
    only = request.args.get("billet", type=int)
    good = [
        row for row in rules.look(event).rows
        if not row.holder.cancelled and only in (None, row.holder.id)
    ][:MOST_BADGES]  # fmt: skip
    if not good:
        abort(404)
    skip = min(max(request.args.get("passer", 0, type=int), 0), PER_SHEET - 1)
    answer = Response(printed(event, tenant, good, skip), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="badges-{event.slug}.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def printed(event: Event, tenant: Tenant, good: list[Row], skip: int = 0) -> bytes:
    """The sheets as PDF, in the venue's colours."""
    looks = brand.published(tenant.id)
    seeds = brand.seeds_of(looks) if looks else themes.Seeds()
    colours = themes.colours(themes.load(looks.theme if looks else "etabli"), seeds, "light")
    day: dt.date = event.starts_at.astimezone(events.site(event).zone).date()
    data = {
        "lang": lang(),
        "fonts": FONTS,
        "colours": {name: colours[name] for name in ("ink", "ink2", "line", "brand", "on_brand")},
        "sender": tenant.name,
        "title": title_of(event),
        "day": day_name(day, "year"),
        "skip": skip,
        "badges": [{"name": row.holder.name or "—", "company": row.holder.company} for row in good],
    }
    return bytes(typst.compile(str(SHEET), sys_inputs={"data": json.dumps(data)}))
