"""The JSON API: the same rules as the pages, for programs with a token of the venue."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request, url_for
from sqlalchemy import bindparam, func, select

from app.booking import cancel as cancelling
from app.booking import confirm, hold, openapi, read
from app.booking.models import Booking
from app.core import clock, words
from app.core.db import db
from app.core.errors import Refused, Taken
from app.core.i18n import _
from app.core.slots import Interval
from app.members import rules as members
from app.rates import demand, grid, near
from app.rates import rules as rates
from app.rates import words as price_words
from app.rates.models import Quote
from app.spaces.models import KINDS, Space
from app.tenants.resolve import of_tenant
from app.tenants.settings import refund_rule
from app.web import api
from app.web.actor import actor
from app.web.api import Field
from app.web.edge import act
from app.web.idempotency import replayable
from app.web.policy import PUBLIC, needs
from app.web.render import error_page
from app.web.security import csrf

routes = Blueprint("api", __name__, url_prefix=api.PREFIX)
csrf.exempt(routes)
blueprints = (routes,)

ORIGIN = "api"


class QuoteUsed(Refused):
    """A quote makes one booking: this one made somebody else's, or one that is paid otherwise."""

    status = 409
    code = "quote_used"


class NotFound(Refused):
    """Nothing of this tenant has this name."""

    status = 404
    code = "not_found"


@routes.before_request
def _short() -> None:
    request.max_content_length = api.LONGEST


def program() -> str:
    """Whose idempotency keys these are."""
    return f"token:{actor().token_id}"


@routes.get("/openapi.json")
@needs(PUBLIC)
def contract() -> Response:
    """The contract of this API, without any name of ours."""
    return jsonify(openapi.document(of_tenant().name))


BY_SLUG = select(Space).where(
    Space.slug == bindparam("slug"), Space.retired_at.is_(None), Space.audience != "staff"
)


def _space(slug: str) -> Space:
    found = db.session.scalars(BY_SLUG, {"slug": slug}).one_or_none()
    if found is None:
        raise NotFound(_("Aucun espace ne porte ce nom."))
    return found


def _space_json(space: Space) -> dict[str, Any]:
    return {
        "id": space.slug,
        "name": space.name,
        "kind": space.kind,
        "capacity": space.capacity,
        "equipment": space.equipment,
        "accessibility": space.accessibility,
        "audience": space.audience,
        "site": {"name": space.site.name, "city": space.site.city, "timezone": space.site.timezone},
        "rules": {
            "step_minutes": space.step_minutes,
            "min_minutes": space.min_minutes,
            "max_minutes": space.max_minutes,
            "lead_minutes": space.lead_minutes,
            "horizon_days": space.horizon_days,
        },
        "base_cents_per_hour": space.base_cents,
        "vat_basis_points": space.vat_bp,
        "currency": of_tenant().currency,
    }


@routes.get("/spaces")
@needs("spaces:read")
def spaces() -> Response:
    """Spaces on sale, in the venue's order, paged."""
    asked = api.query({**api.PAGING, "kind": Field(api.one_of(*KINDS), required=False)})
    query = select(Space).where(Space.retired_at.is_(None), Space.audience != "staff")
    if asked["kind"]:
        query = query.where(Space.kind == asked["kind"])
    total = db.session.scalar(select(func.count()).select_from(query.subquery()))
    rows = db.session.scalars(
        query.order_by(Space.position, Space.id)
        .limit(asked["per_page"])
        .offset((asked["page"] - 1) * asked["per_page"])
    )
    return jsonify(
        items=[_space_json(s) for s in rows],
        page=asked["page"],
        per_page=asked["per_page"],
        total=total,
    )


@routes.get("/availability")
@needs("availability:read")
def availability() -> Response:
    """Starts that can be booked, with the price of this moment; tax included."""
    asked = api.query(
        {
            "space": Field(api.text()),
            "day": Field(api.day),
            "days": Field(api.digits(1, 14), required=False, default=1),
            "minutes": Field(api.digits(15, 1440)),
            "people": Field(api.digits(1, 1000), required=False, default=1),
        }
    )
    space = _space(asked["space"])
    need = grid.Need(
        kind=space.kind,
        people=asked["people"],
        minutes=asked["minutes"],
        first_day=asked["day"],
        days=asked["days"],
        audience=space.audience,
        space_id=space.id,
    )
    found = grid.build(need, clock.now())
    starts = [(c.starts_at, c) for c in found.cells.values() if c.starts_at is not None]
    length = dt.timedelta(minutes=asked["minutes"])
    return jsonify(
        space=space.slug,
        minutes=asked["minutes"],
        items=[
            {
                "starts_at": _local(start, space),
                "ends_at": _local(start + length, space),
                "state": cell.state,
                "price_cents": cell.price_cents,
            }
            for start, cell in sorted(starts, key=lambda one: one[0])
        ],
    )


def _local(instant: dt.datetime, space: Space) -> str:
    return instant.astimezone(space.site.zone).isoformat()


def _rule_json(rule: cancelling.Policy) -> dict[str, Any]:
    """What comes back when it is cancelled, as figures and as the public reads it."""
    return {
        "free_hours_before": rule.free_hours,
        "late_refund_percent": rule.late_percent,
        "at_most_todays_price": rule.today,
        "text": refund_rule(rule.free_hours, rule.late_percent, today=rule.today),
    }


def _quote_json(quote: Quote, space: Space) -> dict[str, Any]:
    return {
        "cancellation": _rule_json(cancelling.policy_of(of_tenant()).on(space)),
        "id": quote.token,
        "space": space.slug,
        "starts_at": _local(quote.starts_at, space),
        "ends_at": _local(quote.ends_at, space),
        "people": quote.people,
        "price_cents": quote.price_cents,
        "currency": quote.currency,
        "vat_basis_points": quote.vat_bp,
        "steps": quote.steps,
        "evidence": quote.evidence,
        "personalised": price_words.is_personal(quote.steps),
        "model_version": quote.model_version,
        "expires_at": quote.expires_at.isoformat(),
    }


@routes.post("/quotes")
@needs("quotes:write")
@replayable(program)
def quotes() -> tuple[Response, int] | Response:
    """A price for a time, kept for fifteen minutes; 409 with alternatives when it is not free."""
    asked = api.body(
        {
            "space": Field(api.text()),
            "starts_at": Field(api.moment),
            "ends_at": Field(api.moment),
            "people": Field(api.whole(1, 1000), required=False, default=1),
        }
    )
    space = _space(asked["space"])
    if asked["ends_at"] <= asked["starts_at"]:
        raise api.BadRequest(
            _("La demande n’est pas conforme."),
            errors=[{"field": "ends_at", "error": _("la fin vient après le début")}],
        )
    interval = Interval(asked["starts_at"], asked["ends_at"])
    wish = rates.Asked(space, interval, asked["people"], space.audience)

    def quote() -> dict[str, Any]:
        said = rates.ask(wish)
        demand.log_quote(said, space, demand.wish_word(ORIGIN, said.token), "shown")
        return _quote_json(said, space)

    try:
        return jsonify(act(quote)), 201
    except Taken as error:
        word = demand.wish_word(ORIGIN, words.token())
        act(
            lambda: demand.log_unavailable(
                space, interval.start, interval.minutes, asked["people"], word
            )
        )
        return _instead(error, space, interval, asked["people"])


def _instead(error: Taken, space: Space, interval: Interval, people: int) -> Response:
    """A lost race or a full slot: 409, and the nearest times that are free."""
    found = near.alternatives(space, interval, people, now=clock.now(), audience=space.audience)
    offered = [
        {
            "space": one.space.slug,
            "starts_at": _local(one.interval.start, one.space),
            "ends_at": _local(one.interval.end, one.space),
            "price_cents": one.price_cents,
        }
        for one in found
    ]
    return error_page(  # type: ignore[return-value]  # werkzeug's response, as Flask takes it
        409, error.text, code=error.code, detail={"alternatives": offered}
    )


def _booking_json(booking: Booking, space: Space) -> dict[str, Any]:
    found = {
        "cancellation": _rule_json(cancelling.terms_of(booking)),
        "id": booking.code,
        "space": space.slug,
        "starts_at": _local(booking.starts_at, space),
        "ends_at": _local(booking.ends_at, space),
        "people": booking.people,
        "state": booking.state,
        "payment": booking.payment_way,
        "price_cents": booking.price_cents,
        "currency": booking.currency,
        "vat_basis_points": booking.vat_bp,
        "steps": booking.steps,
        "held_until": booking.held_until.isoformat() if booking.held_until else None,
    }
    if booking.state == "held":
        settings = current_app.config["SETTINGS"]
        found["payment_url"] = settings.url_for_host(g.route.host, f"/commande/{booking.token}")
    return found


def _refuse_another(booking: Booking, person_id: int, way: str) -> None:
    """The same quote gives the same booking again, to whoever made it and no one else."""
    if booking.person_id != person_id or booking.payment_way not in ("free", way):
        raise QuoteUsed(_("Ce prix a déjà servi pour une autre réservation."))


@routes.post("/bookings")
@needs("bookings:write")
@replayable(program)
def book() -> tuple[Response, int] | Response:
    """Book from a quote. `desk` and `on_account` are confirmed at once; `online` is held until
    somebody paid at `payment_url`."""
    asked = api.body(
        {
            "quote": Field(api.text()),
            "email": Field(api.text()),
            "name": Field(api.text(120)),
            "payment": Field(
                api.one_of("online", "desk", "on_account"), required=False, default="online"
            ),
        }
    )
    tenant = of_tenant()
    quote = rates.live(asked["quote"])
    space = rates.space_of(quote)
    if asked["payment"] == "desk" and not tenant.desk_payment:
        raise Refused(_("Ce lieu n’encaisse pas à l’accueil."))

    def taken() -> tuple[str, dict[str, Any]]:
        person = members.person_by_email(asked["email"], asked["name"], locale=tenant.locale)
        if asked["payment"] == "on_account" and person.standing != "on_account":
            raise Refused(_("Cette personne n’a pas de compte chez ce lieu."))
        booking = hold.hold(
            quote,
            hold.Terms(tenant.hold_minutes, "api", person.id, asked["payment"], person.name),
        )
        _refuse_another(booking, person.id, asked["payment"])
        if booking.payment_way in confirm.WAYS_WITHOUT_PAYING and booking.state == "held":
            confirm.confirm(booking.id)
        demand.log_quote(quote, space, demand.wish_word(ORIGIN, quote.token), "booked")
        return booking.code, _booking_json(booking, space)

    try:
        code, found = act(taken)
    except Taken as error:
        interval = Interval(quote.starts_at, quote.ends_at)
        return _instead(error, space, interval, quote.people)
    answer = jsonify(found)
    answer.headers["Location"] = url_for("api.booking", code=code)
    return answer, 201


def _booking(code: str) -> Booking:
    found = read.by_code(code) if len(code) <= 12 else None
    if found is None:
        raise NotFound(_("Aucune réservation ne porte ce code."))
    return found


@routes.get("/bookings/<code>")
@needs("bookings:read")
def booking(code: str) -> Response:
    """One booking."""
    found = _booking(code)
    said = _booking_json(found, found.space)
    if found.state == "confirmed":  # what `promised_refund_cents` may ask for at this moment
        terms, now = cancelling.terms_of(found), clock.now()
        said["cancellation"]["refund_cents_now"] = cancelling.owed(found, terms, now)
    return jsonify(said)


@routes.post("/bookings/<code>/cancellation")
@needs("bookings:write")
@replayable(program)
def cancellation(code: str) -> tuple[Response, int]:
    """Give a booking back under the venue's public policy; the refund is said in the answer."""
    asked = api.body({"promised_refund_cents": Field(api.whole(0, 10**9), required=False)})
    found = _booking(code)
    row = act(
        lambda: cancelling.cancel(
            found.id,
            cancelling.terms_of(found),
            cancelling.Actor("staff"),
            promised=asked["promised_refund_cents"],
        )
    )
    return jsonify(
        booking=found.code, cancelled_at=row.at.isoformat(), refund_cents=row.refund_cents
    ), 201
