"""What is written to somebody who asked to be forgotten: the link, the day, or why not yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import force_locale

from app.accounts.models import Account
from app.core.db import db
from app.core.i18n import _, day_name
from app.core.mail import NOBODY
from app.members.facts import Obstacle
from app.members.models import Erasure, Person
from app.tenants import letters
from app.tenants.resolve import public_url

TEMPLATE = "members/mail_erasure"
PATH = "/suppression/"


@dataclass(frozen=True)
class Words:
    """The sentences of one letter, in the reader's language."""

    subject: str
    text: str
    action: str
    limits: str


def reader(one: Erasure) -> tuple[str, str]:
    """The address and the language of whoever asked."""
    row: Account | Person = (
        db.session.get_one(Account, one.account_id)
        if one.account_id is not None
        else db.session.get_one(Person, one.person_id)
    )
    return row.email, row.locale


def _link(_one: Erasure) -> Words:
    return Words(
        _("Confirmez l’effacement de vos données"),
        _(
            "Vous avez demandé que vos données soient effacées. Ouvrez cette page pour voir ce"
            " qui part, ce que la loi fait garder, et confirmer."
        ),
        _("Voir et confirmer"),
        _("Ce lien vaut 24 heures. Si ce n’était pas vous, ignorez-le : rien ne se passe."),
    )


def _planned(one: Erasure) -> Words:
    day = day_name(one.due_at.date(), "year") if one.due_at else ""
    undo = (
        _("Pour tout garder, connectez-vous avant ce jour, ou ouvrez cette page.")
        if one.account_id
        else _("Pour tout garder, ouvrez cette page avant ce jour.")
    )
    return Words(
        _("Vos données seront effacées le %(day)s", day=day),
        _(
            "C’est noté. Vos données seront effacées après le %(day)s. Les factures et la"
            " comptabilité restent dix années, comme la loi le demande. Aucun autre message ne"
            " suivra.",
            day=day,
        ),
        _("Garder mes données"),
        undo,
    )


def _stopped(_one: Erasure) -> Words:
    return Words(
        _("Vos données n’ont pas été effacées"),
        _("Quelque chose est arrivé entre-temps, qu’il faut d’abord finir :"),
        _("Recommencer"),
        _("Rien n’a été effacé. Une fois la liste vide, demandez de nouveau."),
    )


WORDS = {"link": _link, "planned": _planned, "stopped": _stopped}


def post(
    kind: str, one: Erasure, secret: str | None = None, found: Sequence[Obstacle] = ()
) -> bool:
    """Write one letter about a wish, once."""
    recipient, locale = reader(one)
    if recipient.endswith(NOBODY):
        return False
    again = "/moi/reglages/suppression" if one.account_id else "/"
    with force_locale(locale):
        words = WORDS[kind](one)
        reason = _("Vous recevez cet e-mail car l’effacement de vos données a été demandé.")
    return letters.post(
        TEMPLATE,
        entity=f"erasure:{one.id}:{kind}",
        recipient=recipient,
        locale=locale,
        subject=words.subject,
        reason=reason,
        words=words,
        found=found,
        url=public_url(PATH + secret if secret else again),
        preheader=words.text,
    )
