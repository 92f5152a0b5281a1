"""Selling at the counter of an event: a basket and a list of names, one buyer, one payment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core import money
from app.core.errors import Refused
from app.core.i18n import _
from app.core.signals import publish
from app.core.words import one_line
from app.events.wishes import whole
from app.members import companies
from app.members import rules as members
from app.members.models import Person
from app.payments import rules as payments
from app.ticketing import read, rules, typed
from app.ticketing.charging import SOURCE
from app.ticketing.facts import CameIn
from app.ticketing.models import TicketCategory, TicketOrder
from app.ticketing.rules import NAME, Place, Wish

MOST = 200
WAYS = (*payments.AT_DESK, "desk", "on_account", "company")


@dataclass(frozen=True)
class Sold:
    """What was sold, and whether it was now: a form that comes twice sells once."""

    order: TicketOrder
    many: int
    paid_cents: int


def places(form: Mapping[str, str], kinds: list[TicketCategory]) -> tuple[Place, ...]:
    """The tickets that a form wants: so many of each kind, and one for each name of a list. Every
    line of the list that is wrong is named."""
    found: list[Place] = []
    for one in kinds:
        many = whole(form.get(f"n-{one.id}", ""), f"n-{one.id}", 0, MOST, empty=0)
        found += [Place(one.id, cents=_cents(form, one))] * many
    if form.get("noms", "").strip():
        found += _group(form, kinds)
    if len(found) > MOST:
        raise Refused(_("%(n)s billets au plus par commande.", n=MOST), field="noms")
    if not found:
        raise Refused(_("Choisissez au moins un billet."), field="billets")
    return tuple(found)


def _cents(form: Mapping[str, str], one: TicketCategory) -> int | None:
    """The price that somebody chose, where it is theirs to choose."""
    raw = form.get(f"p-{one.id}", "").strip()
    if one.pricing != "open" or not raw:
        return None
    cents = money.typed(raw)
    if cents is None:
        raise Refused(_("Indiquez un montant, avec deux décimales au plus."), field=f"p-{one.id}")
    return cents


def _group(form: Mapping[str, str], kinds: list[TicketCategory]) -> list[Place]:
    kind = next((one for one in kinds if str(one.id) == form.get("categorie")), None)
    if kind is None:
        raise Refused(_("Choisissez la catégorie de ces personnes."), field="categorie")
    found, wrong = [], []
    for number, raw in enumerate(form["noms"].splitlines(), 1):
        if not raw.strip():
            continue
        try:
            name, email = person_of(raw)
            found.append(Place(kind.id, name=name, email=email, cents=_cents(form, kind)))
        except Refused as error:
            wrong.append(_("Ligne %(n)d : %(why)s", n=number, why=error.text))
    if wrong:
        raise Refused(" ".join(wrong[:10]), field="noms")
    return found


def person_of(raw: str) -> tuple[str, str]:
    """A name and perhaps an address, as people paste them: « Ada Roux », « Ada Roux; a@b.fr »."""
    parts = [part.strip() for part in raw.replace("\t", ";").replace(",", ";").split(";")]
    address = ""
    if "@" in parts[-1]:
        address = typed.address(parts[-1], "noms")
        name = ", ".join(part for part in parts[:-1] if part)
    else:
        name = " ".join(raw.split())
    name = one_line(name, max(1, len(name)))
    if not name:
        raise Refused(_("il manque un nom."), field="noms")
    if len(name) > NAME:
        raise Refused(_("ce nom dépasse %(n)s signes.", n=NAME), field="noms")
    return name, address


@dataclass(frozen=True)
class Buyer:
    """Somebody the venue knows, for a company or not; else just a name, or nobody."""

    person: Person | None
    company_id: int | None
    name: str


def buyer(form: Mapping[str, str], way: str) -> Buyer:
    """Who pays. Refuses an account that they do not have."""
    email, name = (
        typed.address(form.get("email", ""), "email"),
        " ".join(form.get("nom", "").split()),
    )
    person = members.known(email) if email else None
    if way == "company":
        if person is None or not companies.paying_for(person.id):
            text = _("Indiquez l’e-mail de quelqu’un qui achète pour une entreprise.")
            raise Refused(text, field="email")
        return Buyer(person, companies.chosen(person.id, form.get("entreprise", "")).id, name)
    if way == "on_account" and (person is None or person.standing != "on_account"):
        raise Refused(_("Cette personne n’a pas de compte ici."), field="moyen")
    if email and person is None:
        if not name:
            raise Refused(_("Indiquez son nom : cette adresse n’est pas connue ici."), field="nom")
        person = members.person_by_email(email, name[:NAME])
    return Buyer(person, None, name[:NAME])


def sell(event_id: int, form: Mapping[str, str], by: int | None) -> Sold:
    """Sell now, all of it or nothing; money that is taken here is written with it. People who walk
    in at once are let in. Refuses what `rules.order` refuses, except windows and buyers: staff may
    sell to whom they like."""
    way = form.get("moyen", "")
    if way not in WAYS:
        raise Refused(_("Choisissez comment ce sera payé."), field="moyen")
    kinds = read.categories(event_id)
    wanted, who = places(form, kinds), buyer(form, way)
    made = rules.order(
        Wish(
            event_id=event_id,
            places=wanted,
            form_key=_key(form),
            payer=who.person,
            way="on_account" if way == "company" else way,
            name=who.name,
            promo=form.get("promo", ""),
            company_id=who.company_id,
            order_number=form.get("reference", ""),
            origin="door",
            locale=who.person.locale if who.person else "fr",
            known=who.person,
            by=by,
            staff=True,
        )
    )
    if made.event_id != event_id or made.state != "confirmed":
        raise Refused(_("Cette vente n’est plus en cours : recommencez."), field="billets")
    due = payments.due_on(SOURCE, made.id)
    if made.way in payments.AT_DESK and due > 0:
        rules.take_money(made.id, made.way, by)
    if form.get("entrent") == "1":
        good = tuple(one.id for one in read.tickets(made.id) if one.state == "valid")
        if good:
            publish(CameIn(event_id, good, by))
    paid = due if made.way in payments.AT_DESK else 0
    return Sold(made, len(read.tickets(made.id)), max(0, paid))


def _key(form: Mapping[str, str]) -> str:
    """The form's own name: long enough that nobody else's is the same."""
    key = form.get("form_key", "")
    if not 16 <= len(key) <= 80:
        raise Refused(_("Cette page est trop ancienne : rechargez-la."), field="billets")
    return f"door:{key}"
