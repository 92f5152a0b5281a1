"""A list as its address has it: words, days, order, page, and the same list as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from app.core.slots import read_day
from app.web import paging


def day(name: str) -> dt.date | None:
    """A day that the address asks for; what is no day asks for none."""
    return read_day(request.args.get(name))


@dataclass(frozen=True)
class Listing:
    """Where a list stands, by what it is narrowed and ordered. `kept` stays in every address and
    narrows nothing: which tab, which till."""

    page: str
    orders: Sequence[str]
    first: str
    filters: Sequence[str] = ("q", "du", "au")
    kept: Sequence[str] = ()
    anchor: str | None = None

    @property
    def order(self) -> tuple[str, bool]:
        """By what, and whether the greatest comes first; what is no order is the list's own."""
        asked = request.args.get("tri", self.first)
        asked = asked if asked.lstrip("-") in self.orders else self.first
        return asked.lstrip("-"), asked.startswith("-")

    @property
    def is_filtered(self) -> bool:
        """Whether the address leaves anything out."""
        return any(request.args.get(name, "").strip() for name in self.filters)

    def address(self, endpoint: str | None = None, **more: Any) -> str:
        """The same list elsewhere: another page of it, another order, a file."""
        known = (*self.kept, *self.filters, "tri")
        asked: dict[str, Any] = {n: t for n in known if (t := request.args.get(n))}
        return url_for(endpoint or self.page, **asked | more)

    def context(self, total: int, size: int) -> dict[str, Any]:
        """What a template shows around the rows, by the names that every list has."""
        name, falls = self.order
        return {
            "count": total,
            "page_number": paging.asked(),
            "pages_count": -(-total // size),
            "url": lambda n: self.address(page=n, _anchor=self.anchor),
            "order": lambda by: self.address(
                tri=by if name == by and falls else f"-{by}" if name == by else by,
                _anchor=self.anchor,
            ),
            "sort": f"-{name}" if falls else name,
            "filters": request.args,
            "is_filtered": self.is_filtered,
            "all_of_it": self.address(tri=None, **dict.fromkeys(self.filters)),
        }
