"""The sales journal in FEC format: a view of the sealed ledger, in the order of its numbers.

Sales and cash only: it is an extract for the accountant, not "the FEC" of the whole company. The
words in it are French whoever asks, as the tax office reads them.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from app.core import slots
from app.core.errors import Refused
from app.core.i18n import _
from app.ledger.models import MONEY

COLUMNS = (
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
)
ENCODING = "iso8859-15"
CHART = {
    "receivable": ("411000", "Clients"),
    "card_clearing": ("511500", "Cartes bancaires à l'encaissement"),
    "sepa_clearing": ("511600", "Prélèvements à l'encaissement"),
    "terminal": ("511700", "Terminal de paiement à l'encaissement"),
    "cash": ("530000", "Caisse"),
    "bank": ("512000", "Banque"),
    "sales": ("706000", "Prestations de services"),
    "vat": ("445711", "TVA collectée sur les débits"),
    "vat_pending": ("445740", "TVA en attente d'encaissement"),
    "vat_collected": ("445712", "TVA collectée sur les encaissements"),
    "penalties": ("763000", "Pénalités de retard"),
    "prepaid": ("419100", "Clients, avances reçues"),
    "deposits_held": ("165000", "Dépôts de garantie reçus"),
    "till_difference": ("658000", "Écarts de caisse"),
    "suspense": ("471000", "Compte d'attente"),
    "transfer": ("478000", "Passage des ventes aux factures"),
}
JOURNALS = {"VE": "Ventes", "CA": "Caisse", "BQ": "Encaissements", "OD": "Opérations diverses"}
EVENTS = {
    "sold": "Vente",
    "captured": "Encaissement",
    "refunded": "Remboursement",
    "returned": "Paiement repris par la banque",
    "reinstated": "Paiement rendu par la banque",
    "cancelled": "Annulation",
    "moved": "Modification",
    "goodwill": "Geste commercial",
    "counted": "Écart de caisse",
    "opened": "Ouverture de caisse",
    "closed": "Écart de caisse",
    "banked": "Remise en banque",
    "billed": "Facturation",
    "followed": "Report sur la facture",
    "rounded": "Arrondi de TVA",
    "advance": "Facture d'acompte",
    "deducted": "Acompte déduit",
    "levelled": "Acompte réparti par taux",
    "credited": "Avoir",
    "allocated": "Crédit utilisé",
    "penalties": "Pénalités de retard",
}
OF_TILL = {"moved": "Mouvement de caisse"}
"""Where one word of ours means two things."""
LINES = text("""
select s.number, e.id as entry_id, e.posted_at, e.source, e.source_id, e.event, e.memo, e.currency,
       (select first.memo from ledger_entry first where first.tenant_id = e.tenant_id
           and first.source = e.source and first.source_id = e.source_id and first.memo <> ''
         order by first.id limit 1) as piece,
       s.sealed_at, l.account, l.vat_bp, l.amount_cents,
       array_agg(l.account) over (partition by l.entry_id) as accounts
  from ledger_seal s
  join ledger_entry e on e.tenant_id = s.tenant_id and e.id = s.entry_id
  join ledger_line l on l.tenant_id = e.tenant_id and l.entry_id = e.id
 where s.tenant_id = :tenant and e.posted_at >= :start and e.posted_at < :end
 order by s.number, l.id
""")


@dataclass(frozen=True)
class Span:
    """Days of the accounts, by the venue's clock."""

    first: dt.date
    last: dt.date
    zone: ZoneInfo


@dataclass(frozen=True)
class Party:
    """Who owes or is owed: the number and name of a customer, and the paper that says so."""

    number: str = ""
    name: str = ""
    paper: str = ""


Parties = Mapping[tuple[str, int], Party]


def file_name(siren: str, last: dt.date) -> str:
    """`SIRENFECAAAAMMJJ.txt`."""
    return f"{siren}FEC{last:%Y%m%d}.txt"


def content(rows: Iterable[list[str]]) -> bytes:
    """The whole file, its head first."""
    lines = ["\t".join(row) for row in (list(COLUMNS), *rows)]
    return ("\r\n".join(lines) + "\r\n").encode(ENCODING)


def rows(
    connection: Connection, tenant: int, span: Span, parties: Parties, currency: str = "EUR"
) -> Iterator[list[str]]:
    """One row per line of the ledger. Refuses a period with entries of another currency."""
    named = {
        "tenant": tenant,
        "start": slots.day_bounds(span.first, span.zone).start,
        "end": slots.day_bounds(span.last, span.zone).end,
    }
    for line in connection.execute(LINES, named):
        if line.currency != currency:
            raise Refused(
                _("Une écriture de la période est en %(other)s : exportez une devise à la fois.",
                  other=line.currency)
            )  # fmt: skip
        yield _row(line, span.zone, parties.get((line.source, line.source_id), Party()))


def _row(line: Any, zone: ZoneInfo, party: Party) -> list[str]:
    journal = _journal(line.accounts)
    number, name = CHART[line.account]
    day = _day(line.posted_at, zone)
    owes = line.account in ("receivable", "prepaid", "deposits_held") and party.number
    return [
        journal,
        JOURNALS[journal],
        str(line.number),
        day,
        number,
        plain(name),
        plain(party.number) if owes else "",
        plain(party.name) if owes else "",
        plain(party.paper or line.memo or line.piece or f"{line.source}-{line.source_id}"),
        day,
        plain(_words(line)),
        amount(max(line.amount_cents, 0)),
        amount(max(-line.amount_cents, 0)),
        "",
        "",
        _day(line.sealed_at, zone),
        "",
        "",
    ]


def _journal(accounts: Iterable[str]) -> str:
    found = set(accounts)
    if "cash" in found:
        return "CA"
    if found & set(MONEY):
        return "BQ"
    return "VE" if "sales" in found else "OD"


def _words(line: Any) -> str:
    """What moved, and at which rate."""
    event = line.event.partition(":")[0]
    known = EVENTS | OF_TILL if line.source == "till" else EVENTS
    said = [known.get(event, event), line.memo]
    if line.vat_bp is not None:
        said.append(f"TVA {line.vat_bp / 100:g} %".replace(".", ","))
    return " ".join(part for part in said if part)


def _day(when: dt.datetime, zone: ZoneInfo) -> str:
    return f"{when.astimezone(zone):%Y%m%d}"


def amount(cents: int) -> str:
    """`1234,56`: a comma, no thousands."""
    return f"{cents // 100},{cents % 100:02d}"


SPELLED = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "→": "->"}
)


def plain(text: str) -> str:
    """A field that the encoding can hold: no tab, no line end, no sign that it does not know."""
    spelled = " ".join(text.translate(SPELLED).split())
    kept = []
    for sign in spelled:
        try:
            sign.encode(ENCODING)
            kept.append(sign)
        except UnicodeEncodeError:
            bare = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
            kept.append(bare or "?")
    return "".join(kept)
