"""Whose papers somebody may read: their own, and those of the company whose seats they keep."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_

from app.invoicing.clients import COMPANY
from app.invoicing.models import Document
from app.members import companies
from app.members.models import Company


@dataclass(frozen=True)
class Whose:
    """A person, or a company. `person_id` also finds what a person bought for an organisation that
    the venue does not know; a company's papers are found by its key alone."""

    customer: str
    name: str
    person_id: int | None = None

    def holds(self) -> ColumnElement[bool]:
        """Which documents are theirs."""
        own = Document.customer == self.customer
        return own if self.person_id is None else or_(own, Document.person_id == self.person_id)


def of_person(person_id: int, name: str) -> Whose:
    """Their own."""
    return Whose(f"person:{person_id}", name, person_id)


def of_company(one: Company) -> Whose:
    """A company's."""
    return Whose(f"{COMPANY}{one.id}", one.name)


def readable(person_id: int, name: str) -> dict[str, Whose]:
    """What a person may look at, by the word in the address; their own comes first."""
    found = {"moi": of_person(person_id, name)}
    kept = companies.kept_by(person_id)
    if kept is not None:
        found["entreprise"] = of_company(kept)
    return found
