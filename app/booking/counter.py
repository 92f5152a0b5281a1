"""Somebody stands at the desk: one line typed, or a form; the price, then the booking."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.booking import budget, confirm, day, elsewhere, hold
from app.booking.checkout import COMPANY
from app.booking.desk_forms import WalkInForm
from app.booking.dossier import member_percent_of, note
from app.booking.models import Booking
from app.booking.quick import Named, as_name, parse, spaces_meant
from app.core import clock
from app.core.db import db
from app.core.errors import Refused, Taken
from app.core.i18n import _, day_name
from app.core.slots import Interval, at
from app.members import companies
from app.members import rules as members
from app.members.models import Person
from app.payments import here
from app.payments import rules as payments
from app.rates import demand
from app.rates import rules as rates
from app.rates.models import Quote
from app.rates.rules import Asked
from app.spaces.models import Space
from app.web import edge, navigation, render
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("counter", __name__, url_prefix="/gestion/reservations/nouvelle")

OPTION_HOURS = 24
MOST_TRIED = 4


@dataclass
class Draft:
    """What the desk is about to book, as far as it is known."""

    space: Space | None = None
    interval: Interval | None = None
    people: int = 1
    person: Person | None = None
    name: str = ""
    email: str = ""
    quote: Quote | None = None
    missing: list[str] = field(default_factory=list)
    fault: str | None = None
    others: list[Space] = field(default_factory=list)
    nearest: list[elsewhere.Row] = field(default_factory=list)
    namesakes: list[Person] = field(default_factory=list)

    @property
    def who(self) -> str:
        """For whom."""
        return self.person.name if self.person else self.name


def ways() -> list[tuple[str, str]]:
    """How a walk-in pays."""
    found = [("desk", _("Plus tard, à l’accueil"))]
    if actor().can("desk.take_payment"):
        found += [
            ("terminal", _("Terminal")),
            ("cash", _("Espèces")),
            ("transfer", _("Virement")),
        ]
    return [*found, ("on_account", _("Sur compte")), ("option", _("Option, sans payer"))]


def ways_for(person: Person | None) -> list[tuple[str, str]]:
    """Only who has an account here may pay on account; a company pays for who may spend for it."""
    allowed = person is not None and person.standing == "on_account"
    firms = companies.paying_for(person.id) if person is not None else ()
    return [way for way in ways() if allowed or way[0] != "on_account"] + [
        (f"{COMPANY}{one.id}", _("Sur le compte de %(company)s", company=one.name)) for one in firms
    ]


def _priced(draft: Draft, candidates: list[Space], span: tuple[dt.date, int, int | None]) -> None:
    """The first space that can be had, and its price; else the refusal of the first one."""
    date, start, end = span
    for space in candidates[:MOST_TRIED]:
        try:
            begin = at(date, start, space.site.zone)
            stop = at(date, end if end is not None else start + space.min_minutes, space.site.zone)
            wanted = Interval(begin, stop)
            draft.interval = draft.interval or wanted
            percent = member_percent_of(draft.person)
            asked = Asked(space, wanted, draft.people, "staff", percent)
            with db.session.begin_nested():
                draft.quote = rates.ask(asked)
        except Refused as error:
            draft.fault = draft.fault or error.text
            draft.space = draft.space or space
            continue
        draft.space, draft.interval, draft.fault = space, wanted, None
        break
    draft.others = [s for s in candidates if s is not draft.space]
    _or_near(draft)


def _or_near(draft: Draft) -> None:
    """A time that is not to be had, and what is near it, for the same person."""
    if draft.quote is not None or draft.space is None or draft.interval is None:
        return
    whom: dict[str, Any] = {"nom": draft.who, "email": draft.email, "paiement": "desk"}
    if draft.person is not None:
        whom["personne"] = str(draft.person.id)

    def address(**wish: Any) -> str:
        minutes = draft.interval.minutes if draft.interval else 0
        return url_for("counter.walk_in", **wish, **whom, duree=minutes)

    draft.nearest = elsewhere.nearest(
        draft.space,
        draft.interval,
        draft.people,
        address,
        percent=member_percent_of(draft.person),
    )


def _by_line(line: str, spaces: list[Space]) -> Draft:
    """Understand a typed line and price it."""
    zone = spaces[0].site.zone if spaces else dt.UTC
    wish = parse(line, clock.now().astimezone(zone).date())
    match = spaces_meant(wish.left, [Named(s.id, s.name) for s in spaces])
    draft = Draft(people=wish.people, name=as_name(match.who))
    _recognise(draft, match.who)
    wanted = request.args.get("espace", type=int)
    meant = [s for s in spaces if s.id in match.spaces]
    meant.sort(key=lambda s: (s.id != wanted, not s.capacity >= draft.people))
    if not meant:
        draft.missing.append(_("l’espace, par exemple cur pour Salle Curie"))
    if wish.start is None:
        draft.missing.append(_("les heures, par exemple 14-16"))
    if not match.who:
        draft.missing.append(_("pour qui"))
    if meant and wish.start is not None:
        _priced(draft, meant, (wish.day, wish.start, wish.end))
    return draft


def _recognise(draft: Draft, words: str) -> None:
    """Somebody the venue knows, or a new name."""
    asked = request.args.get("personne", type=int)
    draft.namesakes = list(members.search(words, limit=5))
    if asked is not None:
        draft.person = members.person(asked)
    elif draft.namesakes and request.args.get("personne") != "":
        draft.person = draft.namesakes[0]


def _by_form(form: WalkInForm, spaces: list[Space]) -> Draft:
    draft = Draft(
        people=form.personnes.data,
        name=form.nom.data.strip(),
        email=(form.email.data or "").strip(),
    )
    given = request.args.get("personne", type=int)
    draft.person = members.person(given) if given is not None else None
    if draft.email and draft.person is None:
        draft.person = members.known(draft.email.lower())
    space = next(s for s in spaces if s.id == form.espace.data)
    _priced(draft, [space], (form.jour.data, form.minute, form.minute + form.length))
    return draft


def _form(spaces: list[Space], data: MultiDict[str, str] | None) -> WalkInForm:
    zone = spaces[0].site.zone if spaces else dt.UTC
    now = clock.now().astimezone(zone) + dt.timedelta(minutes=29)
    start = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    return WalkInForm(
        data,
        spaces,
        ways(),
        data={
            "jour": start.date(),
            "heure": start.time(),
            "personnes": 1,
            "duree": 60,
            "paiement": "desk",
        },
    )


def _show(draft: Draft | None, form: WalkInForm, status: int = 200, **more: Any) -> Response:
    context = {
        "draft": draft,
        "line": request.values.get("ligne", ""),
        "ways": ways_for(draft.person if draft else None),
        "way": request.form.get("paiement", "desk"),
        "day_words": day_name,
        "notes": form.notes.data or "",
        "again": url_for("counter.walk_in"),
        "old_cents": None,
    } | more
    if render.is_fragment():
        return render.page("booking/_desk_preview.html", status, live=True, **context)
    return navigation.page(
        "booking/desk_walk_in.html", "bookings", status, form=form, live=False, **context
    )


@pages.get("")
@needs("desk.book")
def walk_in() -> Response:
    """A line or a form; with enough said, the price and the button."""
    spaces = day.of_venue()
    line = request.args.get("ligne", "").strip()
    if line:
        draft = _by_line(line, spaces)
        _keep_quote()
        return _show(draft, _form(spaces, None))
    if "espace" not in request.args:
        return _show(None, _form(spaces, None))
    form = _form(spaces, request.args)
    if "nom" not in request.args:  # a place and an hour from the plan: the rest is asked
        return _show(None, form)
    if not form.validate():
        return _show(None, form, 422)
    draft = _by_form(form, spaces)
    _keep_quote()
    return _show(draft, form)


def _keep_quote() -> None:
    """A price that is shown while typing is not kept; one that was asked for with Enter is."""
    if not render.is_fragment():
        edge.act(lambda: None)


@dataclass(frozen=True)
class Guest:
    """For whom a booking is made at the desk."""

    person: Person | None
    name: str


def _guest() -> Guest:
    given = request.form.get("personne", type=int)
    name = request.form.get("nom", "").strip()[:120]
    if given is not None:
        person = members.person(given)
        if person is None:
            raise Refused(_("Cette personne n’est pas connue ici."))
        return Guest(person, person.name)
    if not name:
        raise Refused(_("Dites pour qui : un nom suffit."), field="nom")
    if email := request.form.get("email", "").strip():
        return Guest(members.person_by_email(email, name), name)
    return Guest(None, name)


def book(quote: Quote, guest: Guest, way: str, notes: str = "") -> Booking:
    """Hold and confirm in one go, paid now when the money was taken; or an option that waits."""
    if way == "on_account" and (guest.person is None or guest.person.standing != "on_account"):
        raise Refused(_("Cette personne n’a pas de compte ici."))
    is_option = way == "option"
    terms = hold.Terms(
        hold_minutes=OPTION_HOURS * 60 if is_option else 15,
        origin="desk",
        person_id=guest.person.id if guest.person else None,
        way="on_account" if way == "on_account" or way.startswith(COMPANY) else "desk",
    )
    made = hold.hold(quote, terms)
    if guest.person is None:
        made.organisation = {"name": guest.name}
    made.notes = notes or None
    if is_option:
        return made
    if way.startswith(COMPANY) and guest.person is not None:
        space = db.session.get_one(Space, made.space_id)
        budget.charge(made, space, int(way.removeprefix(COMPANY)), guest.person.id)
    if not confirm.confirm(made.id):
        raise Taken(_("Ce créneau vient d’être pris."))
    due = payments.due_on("booking", made.id)
    if way in payments.AT_DESK and due > 0:
        wanted = payments.Due("booking", made.id, due, made.person_id, made.currency)
        space = db.session.get_one(Space, made.space_id)
        till_site = here.site_id(space.site_id)
        payments.record_at_desk(wanted, way, actor().account_id, till_site)
    return made


@pages.post("")
@needs("desk.book")
def booked() -> Response:
    """Make it theirs at the price that was shown."""
    way = request.form.get("paiement", "desk")
    notes = request.form.get("notes", "").strip()[:2000]

    def work() -> Booking:
        guest = _guest()
        if way not in dict(ways()) | dict(ways_for(guest.person)):
            raise Refused(_("Choisissez comment ce sera payé."))
        quote = rates.live(request.form.get("prix", ""))
        made = book(quote, guest, way, notes)
        space = next(s for s in day.of_venue() if s.id == made.space_id)
        demand.log_quote(quote, space, demand.wish_word("desk", quote.token), "booked")
        note("booking.made_at_desk", f"booking:{made.id}", way=way)
        return made

    try:
        made = edge.act(work)
    except rates.QuoteGone as error:
        return _again(error.text)
    except Refused as error:
        return _again(error.text, error.status)
    navigation.say(_("Réservé. Code %(code)s.", code=made.code))
    return redirect(url_for("dossier.booking", code=made.code))


def _again(fault: str, status: int = 422) -> Response:
    """The page as it was typed, with the price of now when there still is one."""
    spaces = day.of_venue()
    line = request.form.get("ligne", "").strip()
    draft = _by_line(line, spaces) if line else _by_quote(spaces)
    _keep_quote()
    draft.fault = fault
    old = request.form.get("montant", type=int)
    return _show(draft, _form(spaces, None), status, old_cents=old)


def _by_quote(spaces: list[Space]) -> Draft:
    """What the form had asked for, from the quote it named."""
    draft = Draft(
        name=request.form.get("nom", "").strip(), email=request.form.get("email", "").strip()
    )
    given = request.form.get("personne", type=int)
    draft.person = members.person(given) if given is not None else None
    before = rates.find(request.form.get("prix", ""))
    space = next((s for s in spaces if before and s.id == before.space_id), None)
    if before is None or space is None:
        return draft
    draft.people, draft.space = before.people, space
    draft.interval = Interval(before.starts_at, before.ends_at)
    asked = Asked(space, draft.interval, before.people, "staff", member_percent_of(draft.person))
    try:
        with db.session.begin_nested():
            draft.quote = rates.ask(asked)
    except Refused:
        _or_near(draft)
    return draft
