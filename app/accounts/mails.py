"""What accounts write: links to sign in, to prove an e-mail, to choose a password, to join."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import force_locale

from app.accounts import links
from app.accounts.models import LoginLink
from app.accounts.rules import account, account_of
from app.core import clock
from app.core.i18n import _
from app.tenants import letters
from app.tenants.resolve import public_url

PATHS = {
    "signin": "/connexion/lien/",
    "verify": "/connexion/lien/",
    "reset": "/mot-de-passe/",
    "invite": "/invitation/",
}
TEMPLATE = "accounts/mail_link"


@dataclass(frozen=True)
class Words:
    """The sentences of one kind of letter, in the reader's language."""

    subject: str
    text: str
    action: str
    limits: str
    reason: str


def role_name(role: str) -> str:
    """How a role is called on pages and in mails."""
    return {
        "front_desk": _("Agent d’accueil"),
        "manager": _("Gérant"),
        "owner": _("Propriétaire"),
        "operator": _("Opérateur du réseau"),
        "coworker": _("Coworker"),
    }[role]


def _words(link: LoginLink) -> Words:
    """What to say for this link."""
    short = _("Ce lien ne sert qu’une fois, dans les dix minutes, sur l’appareil d’où il vient.")
    asked = _(
        "Vous recevez cet e-mail car cette adresse vient d’être saisie sur notre site. Si ce"
        " n’était pas vous, ignorez-le : sans ce lien, personne n’entre."
    )
    if link.purpose == "invite":
        role = role_name(link.payload["role"])
        inviter = account(link.payload.get("by") or 0)
        who = inviter.name if inviter else _("L’équipe")
        return Words(
            _("Rejoignez l’équipe"),
            _("%(who)s vous invite dans l’équipe. Votre rôle : %(role)s.", who=who, role=role),
            _("Accepter l’invitation"),
            _("Cette invitation vaut sept jours et ne sert qu’une fois."),
            _("Vous recevez cet e-mail car quelqu’un de l’équipe a saisi votre adresse."),
        )
    if link.purpose == "reset":
        text = _("Choisissez un nouveau mot de passe. Vos appareils seront tous déconnectés.")
        action = _("Choisir un mot de passe")
        return Words(_("Votre nouveau mot de passe"), text, action, short, asked)
    if link.purpose == "verify":
        text = _("Confirmez que cette adresse est la vôtre : votre compte sera prêt.")
        return Words(_("Confirmez votre adresse"), text, _("Confirmer mon adresse"), short, asked)
    text = _("Voici votre lien de connexion.")
    return Words(_("Votre lien de connexion"), text, _("Se connecter"), short, asked)


def post_link(link: LoginLink) -> bool:
    """Write the letter of a link, unless there is nobody to write to.

    Only here is it looked up whether the address has an account, long after the page answered:
    nobody learns from that page who is known. A sign-up of a known address becomes a sign-in.
    """
    found = account_of(link.email)
    if found is not None and link.purpose == "verify":
        link.purpose, link.payload = "signin", {**link.payload, "sealed": None}
    if link.purpose in ("signin", "reset") and (found is None or found.state != "active"):
        link.used_at = clock.now()
        return False
    link.payload = {**link.payload, "mailed": True}
    url = public_url(PATHS[link.purpose] + links.renew(link))
    locale = str(link.payload.get("locale", "fr"))
    with force_locale(locale):
        words = _words(link)
    return letters.post(
        TEMPLATE,
        entity=f"login_link:{link.id}",
        recipient=link.email,
        locale=locale,
        subject=words.subject,
        reason=words.reason,
        words=words,
        url=url,
        preheader=words.text,
    )
