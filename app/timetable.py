"""The whole schedule on one page: when, which job, for whom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One entry. `cron` is in UTC; `per_tenant` jobs are deferred once for every tenant."""

    name: str
    cron: str
    per_tenant: bool = True


TIMETABLE = (
    Line("outbox.rescue", "* * * * *", per_tenant=False),
    Line("booking.sweep", "*/5 * * * *"),
    Line("incidents.watch", "*/5 * * * *"),
    Line("events.letters", "*/10 * * * *"),
    Line("ticketing.sweep", "*/5 * * * *"),
    Line("requests.watch", "*/10 * * * *"),
    Line("payments.janitor", "* * * * *"),
    Line("ledger.seal", "*/5 * * * *"),
    Line("ledger.nightly", "22 3 * * *"),
    Line("invoicing.anchor", "35 3 * * *"),
    Line("invoicing.remind", "10 7 * * *"),
    Line("rates.solve_tenant", "15 2 * * *"),
    Line("members.erase", "5 4 * * *"),
    Line("tenants.sweep", "40 3 * * *"),
    Line("accounts.sweep", "50 3 * * *"),
)
