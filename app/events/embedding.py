"""Feeds and the frame for other sites: what to copy, and which sites may show it."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.booking.dossier import note
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.events.models import AgendaPolicy
from app.tenants.resolve import of_tenant, public_url
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("events_embed", __name__, url_prefix="/gestion/evenements/partage")
MOST = 20
ORIGIN = re.compile(
    r"https://(?=.{1,253}(?::|$))[a-z0-9](?:[a-z0-9-]{0,62}\.)+[a-z0-9-]{2,63}(?::\d{1,5})?"
)


def origins() -> list[str]:
    """The sites that may show the agenda in a frame."""
    row = db.session.scalars(select(AgendaPolicy)).one_or_none()
    return list(row.origins) if row else []


def parsed(raw: str) -> list[str]:
    """One address a line, without a path. Refuses what is none: it goes into a header."""
    found: list[str] = []
    for line in raw.split():
        origin = line.strip().rstrip("/").lower()
        if not ORIGIN.fullmatch(origin):
            words = _("« %(line)s » n’est pas une adresse comme https://www.mairie.fr.",
                      line=line[:80])  # fmt: skip
            raise Refused(words, field="sites")
        if origin not in found:
            found.append(origin)
    if len(found) > MOST:
        raise Refused(_("%(n)d sites au plus.", n=MOST), field="sites")
    return found


def _page(status: int = 200, fault: Refused | None = None, typed: str | None = None) -> Response:
    tenant = of_tenant()
    frame = public_url("/agenda/cadre")
    return navigation.page(
        "events/desk_share.html",
        "events",
        status,
        feeds={
            "agenda": public_url("/agenda"),
            "ical": public_url("/agenda.ics"),
            "rss": public_url("/agenda.rss"),
        },
        frame=frame,
        snippet=f'<iframe src="{frame}" title="Agenda, {_plain(tenant.name)}" width="100%"'
        ' height="600" loading="lazy"></iframe>',
        sites="\n".join(origins()) if typed is None else typed,
        may_edit=actor().can("events.edit"),
        fault=fault,
    )


def _plain(name: str) -> str:
    """A name inside an attribute."""
    return name.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


@pages.get("")
@needs("events.see")
def show() -> Response:
    """The addresses to subscribe to, and the lines to copy into another site."""
    return _page()


@pages.post("")
@needs("events.edit")
def allow() -> Response:
    """Say which sites may show it."""
    typed = request.form.get("sites", "")

    def work() -> None:
        found = parsed(typed)
        row = db.session.scalars(select(AgendaPolicy).with_for_update()).one_or_none()
        if row is None:
            db.session.add(AgendaPolicy(origins=found))
        else:
            row.origins = found
        note("agenda.framed", "agenda", origins=found)

    try:
        edge.act(work)
    except Refused as error:
        return _page(error.status, error, typed)
    navigation.say(_("C’est enregistré."))
    return redirect(url_for("events_embed.show"), 303)
