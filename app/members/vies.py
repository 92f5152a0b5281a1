"""Ask VIES, the European Commission's register, whether a VAT number is in use. REST over urllib3.

Three answers: valid, invalid, unavailable. Anything that is not a clear answer (silence, a busy
member state, words we do not know) is unavailable: it proves nothing, and never stops a sale.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import urllib3

PATH = "/taxation_customs/vies/rest-api/check-vat-number"
SECONDS = 6.0


@dataclass(frozen=True)
class Answer:
    """What was said of a number; `said` is the whole answer as it came, for the proof."""

    answer: str
    consultation: str = ""
    name: str = ""
    address: str = ""
    said: dict[str, Any] = field(default_factory=dict)


def ask(
    base: str, number: str, asker: str = "", *, seconds: float = SECONDS, http: Any = None
) -> Answer:
    """One question. With the asker's own VAT number the answer carries a consultation number."""
    body = {"countryCode": number[:2], "vatNumber": number[2:]}
    if asker:
        body |= {"requesterMemberStateCode": asker[:2], "requesterNumber": asker[2:]}
    pool = http or urllib3.PoolManager(retries=False)
    try:
        answer = pool.request(
            "POST", f"{base}{PATH}", json=body, timeout=urllib3.Timeout(total=seconds)
        )
        said = answer.json() if answer.status == 200 else {"status": answer.status}
    except (urllib3.exceptions.HTTPError, ValueError, UnicodeDecodeError) as error:
        return Answer("unavailable", said={"error": type(error).__name__})
    return read(said)


def read(said: Any) -> Answer:
    """An answer as it came, understood."""
    if not isinstance(said, dict) or not isinstance(said.get("valid"), bool):
        kept = said if isinstance(said, dict) else {"answer": str(said)[:200]}
        return Answer("unavailable", said=kept)
    return Answer(
        "valid" if said["valid"] else "invalid",
        _text(said.get("requestIdentifier")),
        _text(said.get("name")),
        _text(said.get("address")),
        said,
    )


def _text(value: Any) -> str:
    """VIES writes `---` where a member state tells nothing."""
    text = value.strip() if isinstance(value, str) else ""
    return "" if text.strip("-") == "" else text[:500]
