"""Whom the key of a customer names. A company that the venue knows pays on its own terms, and its
invoice may have to wait until somebody can say what its VAT number is."""

from __future__ import annotations

from app.core.errors import Refused
from app.core.i18n import _
from app.invoicing.parts import Party
from app.members import companies
from app.members.models import Company

COMPANY = "company:"


class Unproved(Refused):
    """VIES did not answer yet, and the venue waits for it."""

    code = "vat_number_unproved"


def company_of(customer: str) -> Company | None:
    """The company of a key; None for anybody else."""
    number = customer.removeprefix(COMPANY)
    if number == customer or not number.isdecimal():
        return None
    return companies.company(int(number))


def party_of(one: Company) -> Party:
    """A company as its papers name it."""
    return Party(
        kind=one.kind, name=one.name, street=one.street, postcode=one.postcode, city=one.city,
        country=one.country, siren=one.siren, siret=one.siret, vat=one.vat, email=one.email,
        reference=one.reference,
    )  # fmt: skip


def holder(customer: str, name: str) -> Party:
    """Whose account it is, as its statement names them."""
    one = company_of(customer)
    return Party(name=name) if one is None else party_of(one)


def terms_days(customer: str, otherwise: int) -> int:
    """How long a customer has to pay: as agreed with a company, else as the venue says to all."""
    one = company_of(customer)
    return otherwise if one is None else one.due_days


def may_be_billed(customer: str, vies_down: str) -> None:
    """Refuse the invoice of a company whose number nobody could check, where the venue waits."""
    one = company_of(customer)
    if one is not None and not companies.may_invoice(one, vies_down):
        raise Unproved(
            _(
                "VIES n’a pas encore répondu pour le numéro de TVA de %(company)s : la facture"
                " attend sa réponse, comme le veulent vos réglages.",
                company=one.name,
            ),
            field="buyer.vat",
        )


def person_of(customer: str, people: set[int | None]) -> int | None:
    """Whose document it is: one person's, when all of it is theirs; a company's is nobody's."""
    if customer.startswith(COMPANY) or len(people) != 1:
        return None
    return next(iter(people))
