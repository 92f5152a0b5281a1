"""What is done with a request: hold a room, quote, accept, refuse, make it an event, bill it.

Locks: the request's row, then those of events, then the clusters of units, as everywhere. What a
hold takes stands in the occupancy table under the source `request`; past its time it counts for
nothing there, whoever sleeps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from app.core import clock, locks, outbox, tenancy, words
from app.core.db import db
from app.core.errors import Refused, Taken
from app.core.i18n import _
from app.core.signals import publish
from app.core.slots import Interval
from app.events import rules as events
from app.events import taking
from app.events.alternatives import Alternative
from app.events.models import Event
from app.invoicing import drafts, quoting, sellers, settle
from app.invoicing.models import Document, Draft
from app.invoicing.parts import Party
from app.occupancy import rules as occupancy
from app.occupancy.rules import Place, Taking
from app.requests import offers, read
from app.requests.ask import Asked
from app.requests.facts import RequestConverted
from app.requests.models import RequestQuote, RequestStep, SpaceRequest
from app.requests.offers import SOURCE
from app.requests.policy import policy
from app.spaces.fit import seats
from app.spaces.models import Space
from app.tenants.models import Tenant

LATEST = dt.timedelta(minutes=30)
OPEN = ("received", "quoted", "held", "lapsed")


def receive(asked: Asked) -> SpaceRequest:
    """Keep what an outsider asks for; they and the team are told."""
    one = SpaceRequest(
        code=_free_code(),
        token=words.token(),
        state="received",
        name=asked.name,
        email=asked.email,
        phone=asked.phone,
        organisation=asked.organisation,
        locale=asked.locale,
        title=asked.title,
        message=asked.message,
        people=asked.people,
        options=list(asked.options),
        wanted_space_id=asked.space_id,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        search="",
    )
    one.search = words.fold(f"{one.code} {one.title} {one.name} {one.organisation} {one.email}")
    db.session.add(one)
    db.session.flush()  # id for its first step
    step(one, "received", None)
    return one


def _free_code() -> str:
    """A code that no request of the venue has."""
    code = words.short_code()
    while db.session.scalar(select(SpaceRequest.id).where(SpaceRequest.code == code)) is not None:
        code = words.short_code()
    return code


def step(one: SpaceRequest, state: str, by: int | None, note: str = "") -> RequestStep:
    """A state as a row, and the letter about it."""
    one.state = state
    row = RequestStep(
        request_id=one.id, state=state, at=clock.now(), by_account=by, note=note[:500]
    )
    db.session.add(row)
    db.session.flush()  # id for the letter, written once
    outbox.defer("requests.letter", request_id=one.id, step_id=row.id, lane="mail")
    return row


def _open(request_id: int) -> SpaceRequest:
    one = read.locked(request_id)
    if one.state not in OPEN:
        raise Refused(_("Cette demande a déjà sa réponse."))
    if one.starts_at <= clock.now():
        raise Refused(_("La date de cette demande est passée."))
    return one


# ── the room ──────────────────────────────────────────────────────────────────────────────────


def hold(
    request_id: int,
    space: Space,
    until: dt.datetime,
    *,
    setup_minutes: int = 0,
    clear_minutes: int = 0,
    by: int | None = None,
) -> SpaceRequest:
    """Keep a space for them until a moment; a former hold of theirs is given back first.

    Refuses what is past or after the date itself, a space that is too small, and with `InTheWay`
    one where something stands; nothing is changed then.
    """
    one = _open(request_id)
    if not clock.now() + LATEST <= until <= one.starts_at:
        words_ = _("L’option prend fin dans une demi-heure au plus tôt, avant la date demandée.")
        raise Refused(words_, field="jusquau")
    for minutes, field in ((setup_minutes, "montage"), (clear_minutes, "rangement")):
        if not 0 <= minutes <= 1440:
            raise Refused(_("Indiquez un nombre de 0 à %(n)s.", n=1440), field=field)
    _check_room(one, space)
    _lock_with_old(one, space)
    occupancy.release(SOURCE, one.id)
    one.space_id, one.held_until, one.warned_at = space.id, until, None
    one.setup_minutes, one.clear_minutes = setup_minutes, clear_minutes
    _take(one, space, until)
    step(one, "held", by, space.name)
    outbox.defer("requests.lapse", request_id=one.id, at=until, lane="holds")
    return one


def _check_room(one: SpaceRequest, space: Space) -> None:
    room = seats(space, len(occupancy.place_of(space).units))
    if space.retired_at is not None or room < one.people:
        words_ = _("%(space)s accueille au plus %(n)d personnes.", space=space.name, n=room)
        raise Refused(words_, field="espace")


def _lock_with_old(one: SpaceRequest, space: Space) -> None:
    """The old place and the new one together, so that two of them cannot wait in a circle."""
    wanted = {space.id: space}
    if one.space_id is not None and one.space_id not in wanted:
        wanted[one.space_id] = db.session.get_one(Space, one.space_id)
    taking.lock(occupancy.places(wanted.values()).values())


def _take(one: SpaceRequest, space: Space, until: dt.datetime | None) -> None:
    """Take every unit with set-up and clear-down: as a hold, or for good when `until` is none."""
    slot = offers.slot_of(one)
    if found := taking.clashes([space], slot):
        raise taking.InTheWay(found)
    one.displaced_cents = offers.displaced(space, slot)
    place = replace(occupancy.place_of(space), takes="all")
    kind = "hold" if until is not None else "event"
    label = one.organisation or one.name
    taken = Taking(kind, SOURCE, one.id, f"{one.title} ({label})", until, pinned=True)
    _seat(place, slot, slot.after(space), taken)


def _seat(place: Place, slot: taking.Slot, after: int, taken: Taking) -> None:
    start, count = slot.interval.start, len(place.units)
    if slot.setup_minutes:
        before = Interval(start - dt.timedelta(minutes=slot.setup_minutes), start)
        kind = taken.kind if taken.kind == "hold" else "buffer"
        label = _("Montage : %(what)s", what=taken.label)
        occupancy.take(
            replace(place, buffer_minutes=0),
            before,
            count,
            replace(taken, kind=kind, label=label),
        )
    occupancy.take(replace(place, buffer_minutes=after), slot.interval, count, taken)


def release(request_id: int, by: int | None = None) -> SpaceRequest:
    """Give a hold back before its time. Refuses where nothing is held."""
    one = read.locked(request_id)
    if not one.is_held(clock.now()):
        raise Refused(_("Aucune option n’est posée."))
    _let_go(one)
    step(one, "lapsed", by, _("Option rendue"))
    return one


def _let_go(one: SpaceRequest) -> None:
    occupancy.release(SOURCE, one.id)
    one.held_until = None


def lapse(request_id: int) -> bool:
    """Write down that a hold ran out; False when it was accepted, renewed, or still has time."""
    one = read.locked(request_id)
    if not one.is_past(clock.now()):
        return False
    _let_go(one)
    step(one, "lapsed", None)
    return True


def reschedule(request_id: int, to: Alternative, by: int | None) -> SpaceRequest:
    """Another time or space that was proposed; nothing may be held yet."""
    one = _open(request_id)
    if one.is_held(clock.now()):
        raise Refused(_("Rendez d’abord l’option qui est posée."))
    if to.interval.start <= clock.now():
        raise Refused(_("Cette date est passée."))
    if len(to.space_ids) != 1 or db.session.get(Space, to.space_ids[0]) is None:
        raise Refused(_("Choisissez un espace de la liste."))
    one.space_id = to.space_ids[0]
    one.starts_at, one.ends_at = to.interval.start, to.interval.end
    one.held_until = None
    step(one, "received", by, _("Autre créneau proposé : %(what)s", what=to.text)[:500])
    return one


# ── the quote ─────────────────────────────────────────────────────────────────────────────────


def quote(
    request_id: int,
    tenant: Tenant,
    buyer: Party,
    lines: Sequence[quoting.Wish],
    *,
    space: Space,
    by: int | None,
) -> Draft:
    """Write a quote for a space and hand it to the worker, who numbers and sends it. A hold that
    stands stays. Refuses like every quote does, and a venue without its legal data."""
    one = _open(request_id)
    _check_room(one, space)
    if one.is_held(clock.now()) and one.space_id != space.id:
        raise Refused(_("L’option posée est dans un autre espace."), field="espace")
    if one.is_past(clock.now()):
        _let_go(one)
    sellers.ready(tenant, sellers.profile())
    note = _("Demande %(code)s", code=one.code)
    made = quoting.write(tenant, buyer, lines, lang=one.locale, note=note, by=by)
    _issue(made, by)
    db.session.add(RequestQuote(request_id=one.id, draft_id=made.id))
    one.space_id = space.id
    step(one, "quoted", by)
    return made


def _issue(draft: Draft, by: int | None) -> None:
    draft.state, draft.faults = "queued", []
    outbox.defer("invoicing.issue", draft_id=draft.id, by=by)


def accept(row: RequestQuote, document: Document, tenant: Tenant, name: str) -> SpaceRequest:
    """The customer signed: the room is theirs for good, and the deposit is asked for.

    Refuses when their hold ran out and somebody else took the room since, when the date is past,
    and when the request has its answer already: the answer to the quote is undone with it.
    """
    one = _open(row.request_id)
    if one.space_id is None:
        raise Refused(_("Cette demande n’a plus d’espace : demandez un nouveau devis."))
    space = db.session.get_one(Space, one.space_id)
    taking.lock([occupancy.place_of(space)])
    occupancy.release(SOURCE, one.id)
    try:
        _take(one, space, None)
    except Taken as error:  # who took it is nobody's business outside
        words_ = _("Ce créneau n’est plus libre : demandez un nouveau devis.")
        raise Refused(words_) from error
    one.held_until = None
    step(one, "accepted", None, name)
    percent = policy().deposit_percent
    if cents := document.gross_cents * percent // 100:
        deposit = drafts.deposit(document, tenant, cents, by=None)
        _issue(deposit, None)
        row.deposit_draft_id = deposit.id
    return one


def refuse(request_id: int, reason: str, by: int | None) -> SpaceRequest:
    """The venue says no, or the customer does: what was held is free. Refuses what is an event."""
    one = read.locked(request_id)
    if one.state in ("refused", "converted"):
        raise Refused(_("Cette demande a déjà sa réponse."))
    _let_go(one)
    step(one, "refused", by, " ".join(reason.split()))
    return one


# ── the event ─────────────────────────────────────────────────────────────────────────────────


def convert(request_id: int, by: int | None) -> Event:
    """Make an accepted request an event, as a draft: it takes the very time that was kept, under
    the locks that keep others out meanwhile. Refuses one that was not accepted."""
    one = read.locked(request_id)
    if one.state != "accepted" or one.space_id is None:
        raise Refused(_("Seule une demande acceptée devient un événement."))
    space = db.session.get_one(Space, one.space_id)
    locks.hold(locks.EVENTS, [tenancy.tenant_id()])
    taking.lock([occupancy.place_of(space)])
    occupancy.release(SOURCE, one.id)
    made = events.create(
        events.Wish(
            title_fr=one.title,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            space_ids=(space.id,),
            capacity=one.people,
            audience="members",
            setup_minutes=one.setup_minutes,
            clear_minutes=one.clear_minutes,
            organiser=one.organisation or one.name,
            contact=one.email,
        ),
        by,
    )
    one.event_id = made.id
    step(one, "converted", by)
    publish(RequestConverted(one.id, made.id))
    return made


def bill(request_id: int, tenant: Tenant, by: int | None) -> Draft:
    """The final invoice, its deposit deducted. Refuses before acceptance, before the deposit was
    paid, and a second time."""
    paper = next((p for p in read.papers(request_id) if p.quote and _said_yes(p.quote)), None)
    if paper is None or paper.quote is None:
        raise Refused(_("Le devis n’est pas accepté."))
    if paper.row.deposit_draft_id and paper.deposit is None:
        raise Refused(_("L’acompte n’est pas encore émis."))
    if paper.deposit is not None and settle.due_of(paper.deposit.id) > 0:
        raise Refused(_("L’acompte n’est pas encore payé."))
    made = quoting.bill(paper.quote, tenant, by=by)
    paper.row.final_draft_id = made.id
    _issue(made, by)
    return made


def _said_yes(document: Document) -> bool:
    said = quoting.answer_of(document.id)
    return said is not None and said.what == "accepted"
