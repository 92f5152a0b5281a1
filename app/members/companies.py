"""Companies: who they are, who books for them, and what they may spend in a month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from app.core import clock, outbox, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.words import fold
from app.members import numbers
from app.members.models import COMPANIES, Company, Person, Seat, VatCheck

EU = frozenset(
    "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI".split()
)
PLAIN = ("street", "postcode", "city", "email", "reference")


def company(company_id: int) -> Company | None:
    """A company of the entered venue; None for another venue's."""
    return db.session.scalars(
        select(Company).where(Company.id == company_id, Company.tenant_id == tenancy.tenant_id())
    ).one_or_none()


def describe(one: Company, facts: Mapping[str, str]) -> Company:
    """Write what is known, its numbers checked by their keys; VIES is asked about a new VAT number.

    Refuses without a name, a French business without a SIREN, one of the EU without a VAT number.
    """
    name = " ".join(facts.get("name", "").split())
    if not 1 <= len(name) <= 120:
        raise Refused(
            _("Indiquez le nom de l’entreprise, en 120 caractères au plus."), field="name"
        )
    kind = facts.get("kind", "fr_business")
    if kind not in COMPANIES:
        raise Refused(_("Choisissez la sorte d’entreprise."), field="kind")
    found = _numbers(kind, facts)
    one.kind, one.name = kind, name
    one.siren, one.siret = found["siren"], found["siret"]
    changed, one.vat = one.vat != found["vat"], found["vat"]
    for word in PLAIN:
        setattr(one, word, facts.get(word, "").strip()[:200])
    one.country = _country(kind, facts, one.vat)
    one.search = fold(f"{name} {one.siren} {one.vat} {one.email}")
    db.session.add(one)
    db.session.flush()  # id for the question to VIES; two of one SIREN are refused here
    if changed and one.vat and one.kind == "eu_business":
        outbox.defer("members.ask_vies", company_id=one.id, once=f"vies:{one.id}")
    return one


def _numbers(kind: str, facts: Mapping[str, str]) -> dict[str, str]:
    """SIREN, SIRET and VAT number as the kind asks for them."""
    siren, siret, vat = (facts.get(name, "").strip() for name in ("siren", "siret", "vat"))
    found = {
        "siren": numbers.siren(siren) if siren else "",
        "siret": numbers.siret(siret) if siret else "",
        "vat": numbers.vat(vat) if vat else "",
    }
    if kind == "fr_business":
        found["siren"] = found["siren"] or found["siret"][:9]
        if not found["siren"]:
            raise Refused(_("Une entreprise française a un SIREN : indiquez-le."), field="siren")
        if found["siret"] and found["siret"][:9] != found["siren"]:
            raise Refused(_("Ce SIRET n’est pas de ce SIREN."), field="siret")
        if found["vat"] and found["vat"] != numbers.vat_of_siren(found["siren"]):
            raise Refused(_("Ce numéro de TVA n’est pas celui de ce SIREN."), field="vat")
    elif kind == "eu_business" and (not found["vat"] or found["vat"].startswith("FR")):
        words = _("Une entreprise d’un autre pays de l’Union a un numéro de TVA : indiquez-le.")
        raise Refused(words, field="vat")
    return found


def _country(kind: str, facts: Mapping[str, str], vat: str) -> str:
    if kind == "fr_business":
        return "FR"
    if kind == "eu_business":
        return "GR" if vat.startswith("EL") else vat[:2]
    country = facts.get("country", "").strip().upper()[:2]
    if len(country) != 2 or not country.isalpha() or country in EU:
        words = _("Indiquez le pays en deux lettres, hors de l’Union.")
        raise Refused(words, field="country")
    return country


def snapshot(one: Company) -> dict[str, object]:
    """What a booking and a document keep of a company."""
    return {
        "company": one.id,
        "name": one.name,
        "kind": one.kind,
        "siren": one.siret or one.siren,
        "vat": one.vat,
        "street": one.street,
        "postcode": one.postcode,
        "city": one.city,
        "country": one.country,
        "email": one.email,
        "reference": one.reference,
    }


# ── seats ─────────────────────────────────────────────────────────────────────────────────────


def seats(company_id: int) -> Sequence[tuple[Seat, Person]]:
    """Who books for a company, by name."""
    rows = db.session.execute(
        select(Seat, Person)
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.company_id == company_id)
        .order_by(Person.name, Person.id)
    )
    return [(seat, person) for seat, person in rows]


def give_seat(
    company_id: int, person: Person, *, may_spend: bool = True, keeps_seats: bool = False
) -> Seat:
    """A seat for a person; the one they have, changed."""
    found = seat_of(company_id, person.id)
    if found is None:
        found = Seat(company_id=company_id, person_id=person.id)
        db.session.add(found)
    found.may_spend, found.keeps_seats = may_spend, keeps_seats
    return found


def take_seat(company_id: int, person_id: int) -> bool:
    """End a seat; False when there was none. What was booked stays the company's."""
    found = seat_of(company_id, person_id)
    if found is None:
        return False
    db.session.delete(found)
    return True


def seat_of(company_id: int, person_id: int) -> Seat | None:
    """The seat of a person at a company."""
    return db.session.scalars(
        select(Seat).where(Seat.company_id == company_id, Seat.person_id == person_id)
    ).one_or_none()


def paying_for(person_id: int) -> Sequence[Company]:
    """The companies that a person may spend for."""
    return db.session.scalars(
        select(Company)
        .join(Seat, Seat.company_id == Company.id)
        .where(Seat.person_id == person_id, Seat.may_spend, Company.closed_at.is_(None))
        .order_by(Company.name, Company.id)
    ).all()


def chosen(person_id: int, asked: str) -> Company:
    """The company that pays for somebody: the one that was chosen, or the only one they have.
    Refuses who has none, and a choice that nobody made between several."""
    found = paying_for(person_id)
    if not found:
        raise Refused(_("Cette personne n’achète pour aucune entreprise."), field="moyen")
    wanted = next((one for one in found if str(one.id) == asked), None)
    if wanted is None and len(found) > 1:
        text = _("Cette personne achète pour plusieurs entreprises : choisissez laquelle paie.")
        raise Refused(text, field="entreprise")
    return wanted or found[0]


def choices(email: str) -> list[tuple[str, str]]:
    """Companies to choose from for whoever has this address; none where there is no choice."""
    person = db.session.scalars(select(Person).where(Person.email == email)).one_or_none()
    found = paying_for(person.id) if person is not None and email else ()
    return [(str(one.id), one.name) for one in found] if len(found) > 1 else []


def kept_by(person_id: int) -> Company | None:
    """The company whose seats a person keeps."""
    return db.session.scalars(
        select(Company)
        .join(Seat, Seat.company_id == Company.id)
        .where(Seat.person_id == person_id, Seat.keeps_seats, Company.closed_at.is_(None))
        .order_by(Company.id)
        .limit(1)
    ).one_or_none()


def for_spending(company_id: int, person_id: int) -> Company:
    """The company, locked until the end of the transaction, for who may spend for it; a seat that
    was taken a moment ago no longer does, and its budget is that of this moment."""
    found = db.session.scalars(
        select(Company)
        .join(Seat, Seat.company_id == Company.id)
        .where(
            Company.id == company_id,
            Seat.person_id == person_id,
            Seat.may_spend,
            Company.closed_at.is_(None),
        )
        .with_for_update(of=Company)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise Refused(_("Vous ne réservez plus pour cette entreprise."), field="moyen")
    return found


def locked(company_id: int) -> Company | None:
    """A company of the entered venue, for this transaction alone."""
    return db.session.scalars(
        select(Company)
        .where(Company.id == company_id, Company.tenant_id == tenancy.tenant_id())
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def close(one: Company) -> None:
    """No more bookings for it; what was booked is still billed."""
    one.closed_at = clock.now()


# ── VAT numbers ───────────────────────────────────────────────────────────────────────────────


def last_check(one: Company) -> VatCheck | None:
    """The latest clear answer about its present number, else the latest of any kind."""
    rows = db.session.scalars(
        select(VatCheck)
        .where(VatCheck.company_id == one.id, VatCheck.vat == one.vat)
        .order_by(VatCheck.id.desc())
    ).all()
    return next((row for row in rows if row.answer != "unavailable"), rows[0] if rows else None)


def tax_kind(one: Company) -> str:
    """Which customer of `app.spaces.natures` a company is: a number of the EU counts when VIES said
    so, else VAT is charged as here."""
    if one.kind != "eu_business":
        return one.kind
    check = last_check(one)
    return "eu_business" if check is not None and check.answer == "valid" else "eu_unchecked"


def may_invoice(one: Company, vies_down: str) -> bool:
    """Whether its invoice may go out now: a venue may choose to wait while nobody could say."""
    if one.kind != "eu_business" or vies_down != "hold":
        return True
    check = last_check(one)
    return check is not None and check.answer != "unavailable"
