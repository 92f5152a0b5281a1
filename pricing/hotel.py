"""The open hotel file (Antonio, Almeida, Nunes 2019, CC BY 4.0), seen as a booking curve.

Net on the books at lead k of an arrival day: bookings made at least k days ahead that are not
cancelled, or were cancelled later than k days before arrival. 37 % of the rows are cancelled.
"""

import csv
import gzip
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np

from .data import BadInput, Bools, Floats, Ints
from .pace import Pace, keep_chance

MONTHS = (
    "January February March April May June July August September October November December"
).split()
SEGMENTS = ("Groups", "Online TA", "Offline TA/TO", "Direct", "Corporate")
PARTIES = ("Transient-Party", "Contract")
FILE = "hotel_city_2015-07_2017-02.csv.gz"
REFIT_DAYS = 28
MEMORY_DAYS = 400


@dataclass(frozen=True)
class Hotel:
    """Bookings as columns (n,): `day` of arrival from 0, `lead`, `nights`, `left` (days before
    arrival at which it was cancelled, -1 when it was not), and `features` (n, p) known at booking.
    """

    first: date
    day: Ints
    lead: Ints
    nights: Ints
    left: Ints
    features: Floats

    @property
    def days(self) -> int:
        """Return the number of arrival days."""
        return int(self.day.max()) + 1

    @property
    def stayed(self) -> Bools:
        """Return the mask of bookings that arrived."""
        return np.asarray(self.left < 0)

    def on_books(self, lead: int) -> Bools:
        """Return the mask of bookings standing `lead` days before their arrival."""
        return np.asarray((self.lead >= lead) & (self.stayed | (self.left < lead)))

    def count(self, chosen: Bools, weight: Floats | None = None) -> Floats:
        """Return chosen bookings per arrival day, (T,)."""
        counted = np.bincount(self.day[chosen], weight, minlength=self.days)
        return np.asarray(counted, dtype=np.float64)

    def rooms_taken(self, lead: int) -> Floats:
        """Return the rooms taken on each night as known `lead` days before it, (T,)."""
        taken = np.zeros(self.days)
        made, gone = self.day - self.lead, self.day - self.left
        for night in range(int(self.nights.max())):
            seen_from = self.day + night - lead
            held = (self.nights > night) & (made <= seen_from) & (self.stayed | (gone > seen_from))
            at = (self.day + night)[held]
            taken += np.bincount(at[at < self.days], minlength=self.days)
        return taken


def _features(row: dict[str, str]) -> list[float]:
    known = [row["market_segment"] == name for name in SEGMENTS]
    known += [row["customer_type"] == name for name in PARTIES]
    known += [row["deposit_type"] == "Non Refund"]
    return [1.0, *map(float, known), np.log1p(int(row["lead_time"])) / 3]


def _arrival(row: dict[str, str]) -> date:
    month = MONTHS.index(row["arrival_date_month"]) + 1
    return date(int(row["arrival_date_year"]), month, int(row["arrival_date_day_of_month"]))


def read_hotel(path: Path) -> Hotel:
    """Read the CSV, gzipped or plain; a fault names the row."""
    rows: list[tuple[date, int, int, int, list[float]]] = []
    unpack = gzip.open if path.suffix == ".gz" else open
    with unpack(path, "rt", encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            try:
                arrival = _arrival(row)
                nights = int(row["stays_in_weekend_nights"]) + int(row["stays_in_week_nights"])
                status = datetime.strptime(row["reservation_status_date"], "%m/%d/%Y").date()  # noqa: DTZ007 - a day, not a moment
                cancelled = row["is_canceled"] == "1"
                left = max((arrival - status).days, 0) if cancelled else -1
                rows.append((arrival, int(row["lead_time"]), nights, left, _features(row)))
            except (KeyError, ValueError) as error:
                raise BadInput("hotel", number, f"cannot read ({error!r})") from error
    if not rows:
        raise BadInput("hotel", None, "no rows")
    first = min(row[0] for row in rows)
    day = np.array([(row[0] - first).days for row in rows])
    whole = np.array([row[1:4] for row in rows], dtype=np.int64)
    features = np.array([row[4] for row in rows])
    return Hotel(first, day, whole[:, 0], whole[:, 1], whole[:, 2], features)


def _kept(hotel: Hotel, lead: int) -> Floats:
    """Return the survivors expected among the books of each day, learnt only from settled days."""
    books = hotel.on_books(lead)
    kept = np.zeros(hotel.days)
    for start in range(0, hotel.days, REFIT_DAYS):
        now = start - lead
        wanted = books & (hotel.day >= start) & (hotel.day < start + REFIT_DAYS)
        settled = books & (hotel.day <= now) & (hotel.day > now - MEMORY_DAYS)
        chance = keep_chance(
            hotel.features[settled],
            hotel.stayed[settled].astype(np.float64),
            (now - hotel.day[settled]).astype(np.float64),
            hotel.features[wanted],
        )
        kept += hotel.count(wanted, chance)
    return kept


def pace_of(hotel: Hotel, lead: int) -> Pace:
    """Return the file as one lead's view; capacity is a fact of the house: its fullest night."""
    books = hotel.on_books(lead)
    weekday = (np.arange(hotel.days) + hotel.first.weekday()) % 7
    return Pace(
        lead,
        weekday,
        on_books=hotel.count(books),
        week_before=hotel.count(hotel.on_books(lead + 7)),
        kept=_kept(hotel, lead),
        stayed=hotel.count(books & hotel.stayed),
        final=hotel.count(hotel.stayed),
        fill=hotel.rooms_taken(lead) / hotel.rooms_taken(0).max(),
    )
