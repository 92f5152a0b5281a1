"""What lets the sample venues issue documents: their legal data, and a company of twelve seats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stdnum import iban, luhn

from app.demo.cast import Venue
from app.invoicing import sellers
from app.members import companies, numbers
from app.members.models import Company, Person

SEATS = 12
FIRM = {
    "name": "Coop Bleue",
    "kind": "fr_business",
    "siren": "552100554",
    "street": "8 rue des Tisserands",
    "postcode": "69004",
    "city": "Lyon",
    "email": "compta@coop-bleue.example.org",
    "reference": "CB-2026",
}
BUDGET = 150_000
KEEPER = "maya@example.org"


@dataclass(frozen=True)
class Firm:
    """A company of the demo: who it is on paper, and whose bookings it pays."""

    company_id: int
    snapshot: dict[str, object]
    people: frozenset[int]


def legal(venue: Venue) -> dict[str, str]:
    """The legal person of a venue, complete."""
    return {
        "company": f"SCIC {venue.name}",
        "siren": venue.siren,
        "vat": numbers.vat_of_siren(venue.siren),
        "street": venue.street,
        "postcode": venue.postcode,
        "city": venue.town,
        "director": venue.staff[0][0],
    }


def profile(venue: Venue) -> None:
    """How it bills; the account is invented, its keys are right."""
    head = f"{venue.siren}0001"
    spaced = " ".join(venue.siren[n : n + 3] for n in (0, 3, 6))
    sellers.keep(
        {
            "siret": head + luhn.calc_check_digit(head),
            "legal_form": "SCIC SARL à capital variable",
            "capital": "48 200 €",
            "register": f"RCS {venue.town} {spaced}",
            "email": f"comptes@{venue.slug}.example.org",
            "iban": _account(int(venue.siren)),
            "bic": "PSSTFRPPXXX",
            "penalty_rate": "",
            "terms_days": 30,
            "franchise": False,
            "prefix": "F",
            "consumers": "on_request",
        }
    )


def _account(number: int) -> str:
    bank, desk, account = 20041, 1005, number
    key = 97 - (89 * bank + 15 * desk + 3 * account) % 97
    basic = f"{bank:05d}{desk:05d}{account:011d}{key:02d}"
    return f"FR{iban.calc_check_digits(f'FR00{basic}')}{basic}"


def firm(people: Sequence[Person]) -> Firm:
    """A company with its seats; one of the two who can sign in keeps them."""
    one = companies.describe(Company(), FIRM)
    one.budget_cents = BUDGET
    seated = [person for person in people if person.standing != "on_account"][:SEATS]
    for person in seated:
        companies.give_seat(one.id, person, keeps_seats=person.email == KEEPER)
    return Firm(one.id, companies.snapshot(one), frozenset(person.id for person in seated))
