"""A new venue in eight answers: open under the network's own domain, its manager invited."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.accounts import team
from app.accounts.addresses import mail_address
from app.core import audit, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.network.starters import STARTERS, furnish
from app.tenants.models import Domain, Network
from app.tenants.rules import LABEL, create_tenant
from app.web import themes

KEPT_LABELS = frozenset("www mail smtp api app admin reseau lieux support static cdn".split())


class Faulty(Refused):
    """Some answers are to be mended; `fields` says which and how."""

    code = "faults"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(next(iter(fields.values())), fields=fields)
        self.fields = fields


@dataclass(frozen=True)
class Answers:
    """The eight answers, checked."""

    name: str
    town: str
    postcode: str
    host: str
    siren: str
    manager: str
    starter: str
    theme: str
    brand: str


def base_host(network_id: int) -> str:
    """What new venues' hosts end with: said by the network's settings, else beside its own host."""
    settings, host = db.session.execute(
        select(Network.settings, Domain.host)
        .join(Domain, Domain.network_id == Network.id)
        .where(Network.id == network_id, Domain.tenant_id.is_(None), Domain.canonical)
    ).one()
    return str(settings.get("base_host") or host.partition(".")[2])


def is_siren(text: str) -> bool:
    """Nine digits whose Luhn sum holds."""
    if not re.fullmatch(r"\d{9}", text):
        return False
    digits = [int(c) * (1 + n % 2) for n, c in enumerate(text)]
    return sum(d - 9 if d > 9 else d for d in digits) % 10 == 0


def checked(given: Mapping[str, str], base: str) -> Answers:
    """Check all answers together; `Faulty` names every one to mend."""
    found: dict[str, str] = {}
    faults: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            found[name] = check(" ".join(given.get(name, "").split()))
        except (Refused, ValueError) as error:
            faults[name] = str(error)
    host = f"{found.get('label', '')}.{base}"
    if "label" in found and db.session.scalar(select(Domain.host).where(Domain.host == host)):
        faults["label"] = _("Cette adresse est déjà prise.")
    if faults:
        raise Faulty(faults)
    postcode, _blank, town = found.pop("town").partition(" ")
    del found["label"]
    return Answers(town=town, postcode=postcode, host=host, **found)


def _name(text: str) -> str:
    if not 1 <= len(text) <= 80:
        raise ValueError(_("Donnez un nom au lieu, en 80 signes au plus."))
    return text


def _town(text: str) -> str:
    if not re.fullmatch(r"\d{5} .{1,80}", text):
        raise ValueError(_("Écrivez le code postal et la commune : 26400 Crest."))
    return text


def _label(text: str) -> str:
    label = text.lower()
    if not re.fullmatch(LABEL, label) or label in KEPT_LABELS:
        raise ValueError(_("Lettres, chiffres et tirets ; certains mots sont réservés."))
    return label


def _siren(text: str) -> str:
    siren = text.replace(" ", "")
    if siren and not is_siren(siren):
        raise ValueError(_("Ce SIREN n’est pas juste : neuf chiffres, clé comprise."))
    return siren


def _one_of(known: Callable[[], Iterable[str]]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in known():
            raise ValueError(_("Choisissez dans la liste."))
        return text

    return check


def _brand(text: str) -> str:
    return themes.Seeds(brand=text).brand or ""


CHECKS: dict[str, Callable[[str], str]] = {
    "name": _name,
    "town": _town,
    "label": _label,
    "siren": _siren,
    "manager": mail_address,
    "starter": _one_of(lambda: STARTERS),
    "theme": _one_of(themes.available),
    "brand": _brand,
}


def create(network_id: int, answers: Answers, by: int | None) -> int:
    """Tenant, host, looks, spaces and invitation in one transaction; the new tenant's id."""
    legal = {"company": answers.name, "postcode": answers.postcode, "city": answers.town}
    if answers.siren:
        legal["siren"] = answers.siren
    tenant_id = create_tenant(
        network_id,
        answers.name,
        host=answers.host,
        brand=answers.brand,
        theme=answers.theme,
        legal=legal,
    )
    with tenancy.tenant(tenant_id, network_id):
        furnish(answers.name, STARTERS[answers.starter], answers.town, answers.postcode)
        team.invite(answers.manager, "owner", by=by)
        audit.note("venue.created", f"tenant:{tenant_id}", actor_id=by, host=answers.host)
        db.session.flush()  # written while the tenant is entered
    return tenant_id
