"""What incidents write: to whoever follows one, and to the team."""

from __future__ import annotations

from flask_babel import force_locale
from sqlalchemy import select

from app.accounts.models import Account
from app.booking.words import span
from app.core import clock, tenancy
from app.core.db import db
from app.core.i18n import _, day_name
from app.incidents import choosing, read, words
from app.incidents.models import (
    Incident,
    IncidentComment,
    IncidentFollower,
    IncidentStep,
    OutageOffer,
)
from app.incidents.read import Where
from app.tenants import letters
from app.tenants.models import Tenant
from app.tenants.resolve import public_url

TEMPLATE = "incidents/mail_status"
STAFF = "incidents/mail_staff"
OFFER = "incidents/mail_offer"


def _tenant() -> Tenant:
    return db.session.scalars(select(Tenant).where(Tenant.id == tenancy.tenant_id())).one()


def state_text(state: str, *, written: bool = True) -> str:
    """One sentence for one state; to whoever left no address no letter is promised."""
    if state == "reported" and not written:
        return _("Nous l’avons bien reçu. Cette page dira la suite : gardez son adresse.")
    return {
        "reported": _("Nous l’avons bien reçu. Vous serez prévenu à chaque étape."),
        "acknowledged": _("Quelqu’un de l’équipe s’en occupe."),
        "in_progress": _("La réparation est en cours."),
        "waiting": _("Nous attendons notre fournisseur."),
        "resolved": _("C’est réparé. Dites-nous si tout va bien."),
        "reopened": _("Le problème est revenu : nous nous en occupons de nouveau."),
    }[state]


def tell_step(incident: Incident, step: IncidentStep) -> int:
    """A state, to every follower with an address; how many letters were new."""
    return sum(
        _tell(one, incident, f"step:{step.id}", step.state, "")
        for one in read.followers(incident.id)
        if step.state != "reported" or one.reporter
    )


def tell_comment(incident: Incident, comment: IncidentComment) -> int:
    """What the team said to everybody."""
    return sum(
        _tell(one, incident, f"comment:{comment.id}", "", comment.text)
        for one in read.followers(incident.id)
    )


def _tell(one: IncidentFollower, incident: Incident, what: str, state: str, said: str) -> bool:
    if not one.email or one.stopped_at is not None:
        return False
    where, tenant = read.where_of(incident), _tenant()
    url = public_url(f"/signalement/{one.token}")
    with force_locale(one.locale):
        name = _title(incident, where)
        subject = (
            _("%(what)s : %(state)s", what=name, state=words.states()[state].lower())
            if state
            else _("%(what)s : un message du lieu", what=name)
        )
        reason = _(
            "Vous recevez ce message car vous suivez ce signalement chez %(name)s.",
            name=tenant.name,
        )
        text = state_text(state) if state else said
    return letters.post(
        TEMPLATE,
        entity=f"incident:{incident.id}:{what}:{one.id}",
        recipient=one.email,
        locale=one.locale,
        subject=subject,
        reason=reason,
        text=text,
        preheader=text[:90],
        where=where.name,
        code=incident.code,
        url=url,
        asks_opinion=state == "resolved",
    )


def _title(incident: Incident, where: Where) -> str:
    return f"{words.categories()[incident.category]}, {where.name}"


def tell_offer(row: OutageOffer) -> bool:
    """The choice that somebody has, with its end and what happens without an answer; or that their
    room works again. Nothing when it was settled otherwise: that has its own letter."""
    booking = choosing.booking_of(row)
    settled = row.answered_at is not None
    if booking.person is None or booking.simulated or (settled and row.answer != "stays"):
        return False
    zone, tenant = booking.space.site.zone, _tenant()
    end = row.ends_at.astimezone(zone)
    with force_locale(booking.person.locale):
        room, when = booking.space.name, day_name(booking.starts_at.astimezone(zone).date())
        if settled:
            subject = _("%(room)s est réparé : rien ne change", room=room)
            text = _("Votre réservation reste où elle est, vous n’avez rien à faire.")
        else:
            subject = _("%(room)s est en panne : choisissez la suite", room=room)
            text = _(
                "%(room)s ne pourra pas vous accueillir le %(when)s. Choisissez un autre espace au"
                " même prix, ou votre argent, avant %(day)s à %(time)s.",
                room=room, when=when, day=day_name(end.date()), time=f"{end:%H:%M}",
            )  # fmt: skip
        reason = _("Vous recevez ce message car vous avez réservé chez %(name)s.", name=tenant.name)
        default = "" if settled else choosing.by_default(row)
    return letters.post(
        OFFER,
        entity=f"offer:{row.id}:{row.answer or 'asked'}",
        recipient=booking.person.email,
        locale=booking.person.locale,
        subject=subject,
        reason=reason,
        text=text,
        preheader=text[:90],
        default=default,
        when=when,
        hours=span(booking.starts_at, booking.ends_at, zone),
        code=booking.code,
        asks=not settled,
        url=public_url(f"/choix/{row.token}"),
    )


def tell_staff(incident: Incident, account: Account, kind: str, mark: str) -> bool:
    """One of the team: it was given to them, or a promise was not kept."""
    where, tenant = read.where_of(incident), _tenant()
    with force_locale(account.locale):
        title = _title(incident, where)
        subject = {
            "assigned": _("%(what)s : à vous", what=title),
            "respond": _("%(what)s : personne n’a répondu à temps", what=title),
            "resolve": _("%(what)s : pas réparé à temps", what=title),
        }[kind]
        due = incident.respond_by if kind == "respond" else incident.resolve_by
        at = due.astimezone(where.site.zone)
        promise = _("Promis avant %(day)s, %(time)s.", day=day_name(at.date()), time=f"{at:%H:%M}")
        reason = _("Vous recevez ce message car vous travaillez chez %(name)s.", name=tenant.name)
    return letters.post(
        STAFF,
        entity=f"incident:{incident.id}:{mark}:{account.id}",
        recipient=account.email,
        locale=account.locale,
        subject=subject,
        reason=reason,
        preheader=promise,
        promise=promise,
        description=incident.description,
        where=where.name,
        code=incident.code,
        url=public_url(f"/gestion/incidents/{incident.id}"),
        at=clock.now(),
    )
