"""What requests write: to whoever asked, at each step and before a hold ends; to the venue."""

from __future__ import annotations

from flask_babel import force_locale
from sqlalchemy import select

from app.core import tenancy
from app.core.db import db
from app.core.i18n import _, clock_range, day_name
from app.requests import read, words
from app.requests.models import RequestStep, SpaceRequest
from app.tenants import letters
from app.tenants.models import Tenant
from app.tenants.resolve import public_url

TEMPLATE = "requests/mail_step"


def _tenant() -> Tenant:
    return db.session.scalars(select(Tenant).where(Tenant.id == tenancy.tenant_id())).one()


def when(one: SpaceRequest) -> str:
    """Day and hours, on the venue's clock."""
    zone = read.site_of(one).zone
    hours = clock_range(one.starts_at, one.ends_at, zone).striptags()
    return f"{day_name(one.starts_at.astimezone(zone).date(), 'year')}, {hours}"


def deadline(one: SpaceRequest) -> str:
    """Until when the room waits."""
    if one.held_until is None:
        return ""
    at = one.held_until.astimezone(read.site_of(one).zone)
    return f"{day_name(at.date(), 'year')}, {at:%H:%M}"


def said(one: SpaceRequest, state: str) -> str:
    """One sentence for whoever asked."""
    return {
        "received": _("Nous avons bien reçu votre demande et vous répondons bientôt."),
        "quoted": _("Votre devis est prêt : vous le recevez par e-mail et sur cette page."),
        "held": _("L’espace vous est gardé jusqu’au %(until)s.", until=deadline(one)),
        "accepted": _("Merci : c’est d’accord, l’espace est à vous."),
        "refused": _("Cette demande est close."),
        "lapsed": _("L’option a pris fin : l’espace est de nouveau proposé à tous."),
        "converted": _("Votre événement est inscrit à notre planning."),
    }[state]


def tell(one: SpaceRequest, step: RequestStep) -> None:
    """A step, once; the venue is told what comes from outside."""
    with force_locale(one.locale):
        text = said(one, step.state)
        if step.state == "refused" and step.by_account is not None and step.note:
            text = f"{text}\n{step.note}"
    _post(one, f"step:{step.id}", step.state, text)
    if step.by_account is None and step.state in ("received", "accepted", "lapsed", "refused"):
        _tell_venue(one, step)


def warn(one: SpaceRequest) -> None:
    """The hold ends soon; each deadline is warned of once."""
    with force_locale(one.locale):
        text = _(
            "L’espace vous est gardé jusqu’au %(until)s. Acceptez le devis avant, ou demandez-nous"
            " de prolonger : ensuite, il sera proposé à tous.",
            until=deadline(one),
        )
    until = int(one.held_until.timestamp()) if one.held_until else 0
    _post(one, f"warn:{until}", "warn", text)


def send_contract(one: SpaceRequest, document_id: int) -> None:
    """The contract waits behind their link."""
    with force_locale(one.locale):
        text = _("Votre contrat est prêt : vous le trouvez sur cette page.")
    _post(one, f"contract:{document_id}", "contract", text)


def _post(one: SpaceRequest, what: str, state: str, text: str) -> None:
    with force_locale(one.locale):
        names = words.states() | {
            "warn": _("votre option prend bientôt fin"),
            "contract": _("votre contrat"),
        }
        subject = f"{one.title} : {names[state].lower()}"
        reason = _(
            "Vous recevez ce message car vous avez fait une demande chez %(name)s.",
            name=_tenant().name,
        )
        at = when(one)
    space = read.space_of(one)
    letters.post(
        TEMPLATE,
        entity=f"request:{one.id}:{what}",
        recipient=one.email,
        locale=one.locale,
        subject=subject,
        reason=reason,
        text=text,
        preheader=text[:90],
        title=one.title,
        when=at,
        where=space.name if space else "",
        people=one.people,
        code=one.code,
        url=public_url(f"/demande/{one.token}"),
        staff=False,
    )


def _tell_venue(one: SpaceRequest, step: RequestStep) -> None:
    """The team, where the venue's address is known, in the venue's language."""
    tenant = _tenant()
    if not tenant.reply_to:
        return
    with force_locale(tenant.locale):
        state = words.states()[step.state]
        subject = _("Demande %(code)s : %(state)s", code=one.code, state=state.lower())
        reason = _("Vous recevez ce message car c’est l’adresse de votre lieu.")
        at = when(one)
        text = f"{state} : {one.title}, {one.organisation or one.name}"
    letters.post(
        TEMPLATE,
        entity=f"request:{one.id}:venue:{step.id}",
        recipient=tenant.reply_to,
        locale=tenant.locale,
        subject=subject,
        reason=reason,
        text=text,
        preheader=text[:90],
        title=one.title,
        when=at,
        where="",
        people=one.people,
        code=one.code,
        url=public_url(f"/gestion/demandes/{one.id}"),
        staff=True,
    )
