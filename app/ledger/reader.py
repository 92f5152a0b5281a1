"""Verify an archive of the accounts on any machine with Python 3.9 or later, and nothing else.

    python3 verify.py archive.zip                     sums, numbers, closures, grand total
    python3 verify.py archive.zip --key-file KEY      and every digest, under the ledger's key

Exit 0: the archive is whole. Exit 1: it is not, and each fault is printed. The key file holds the
key (LEDGER_KEYS of the installation, one per line). Copied into each archive as `verify.py`.
"""

import argparse
import hashlib
import hmac
import json
import sys
import zipfile

GENESIS = "0" * 64
MONEY = ("card_clearing", "sepa_clearing", "cash", "terminal", "bank")


def canonical(document):
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Keys:
    """The keys that were given, each under its public name."""

    def __init__(self, secrets):
        self.known = {mac(key, "name of this key")[:16]: key for key in secrets}

    def mac(self, document, key_id):
        return mac(self.known[key_id], document) if key_id in self.known else None


def mac(key, document):
    return hmac.new(key, canonical(document), hashlib.sha256).hexdigest()


def load(path):
    """The files of an archive, and the faults of their sums."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files["manifest.json"])
    faults = [
        f"{name}: not the file that was archived"
        for name, sum_ in sorted(manifest["files"].items())
        if name not in files or hashlib.sha256(files[name]).hexdigest() != sum_
    ]
    extra = set(files) - set(manifest["files"]) - {"manifest.json"}
    return files, manifest, faults + [f"{name}: not in the manifest" for name in sorted(extra)]


def lines(files, name):
    return [json.loads(line) for line in files[name].decode().splitlines()]


def entry_faults(entries, before, keys):
    """Each entry balances, follows the one before, and says what was sealed."""
    number = entries[0]["number"] - 1 if entries else 0
    for entry in entries:
        where = f"entry {entry['number']}"
        if entry["number"] != number + 1:
            yield f"{where}: number {number + 1} is missing"
            before = None
        if sum(line[3] for line in entry["lines"]):
            yield f"{where}: does not balance"
        if keys is not None:
            yield from sealed_faults(entry, before, keys, where)
        number, before = entry["number"], entry["digest"]


def sealed_faults(entry, before, keys, where):
    head = {name: entry[name] for name in ("tenant", "entry", "at", "source", "source_id")}
    head |= {name: entry[name] for name in ("event", "currency", "memo")}
    rows = {
        "entry": str(keys.mac(head, entry["key"]))[:16],
        "lines": {
            str(line[0]): str(keys.mac([entry["entry"], *line], entry["key"]))[:16]
            for line in entry["lines"]
        },
    }
    link = {"number": entry["number"], "before": before, "rows": rows, "lines": entry["lines"]}
    if entry["key"] not in keys.known:
        yield f"{where}: sealed under a key that was not given"
    elif rows != entry["rows"]:
        yield f"{where}: its rows are not those that were sealed"
    elif before is not None and keys.mac(link | head, entry["key"]) != entry["digest"]:
        yield f"{where}: its seal does not fit"


def anchor_faults(files, entries, keys):
    """What was put down outside the database, day by day, is signed and is what the chain says."""
    digests = {entry["number"]: entry["digest"] for entry in entries}
    for name in sorted(one for one in files if one.startswith("anchors/")):
        try:
            said = json.loads(files[name])
            mac_, key = said.pop("mac"), said.pop("key")
        except (ValueError, KeyError):
            yield f"{name}: cannot be read"
            continue
        if keys is not None and keys.mac(said, key) != mac_:
            yield f"{name}: not signed by the ledger's key"
        if "digest" in said and digests.get(said["number"], said["digest"]) != said["digest"]:
            yield f"{name}: entry {said['number']} is not as it was anchored"


def received(entries):
    """Money in and out, by day and currency, counted anew."""
    found = {}
    for entry in entries:
        if any(line[1] in MONEY for line in entry["lines"]):
            sums = found.setdefault((entry["day"], entry["currency"]), [0, 0])
            for line in entry["lines"]:
                if line[1] == "receivable":
                    sums[line[3] > 0] += abs(line[3])
    return found


def closure_faults(closures, entries, keys):
    """Closures follow each other; each day's money is that of its entries; the total only grows."""
    money, before = received(entries), {}
    for closure in closures:
        said = json.loads(closure["content"])
        where = f"closure {said['kind']} {said['first']}"
        last = before.get(said["kind"])
        if last and (said["number"] != last[0]["number"] + 1 or said["before"] != last[1]):
            yield f"{where}: does not follow the one before"
        if keys is not None and keys.mac(closure["content"], closure["key"]) != closure["digest"]:
            yield f"{where}: its digest does not fit"
        if said["kind"] == "day":
            yield from day_faults(said, money, where)
        if last:
            yield from total_faults(said, last[0], where)
        before[said["kind"]] = (said, closure["digest"])


def day_faults(said, money, where):
    currencies = set(said["money"]) | {c for day, c in money if day == said["first"]}
    for currency in sorted(currencies):
        part = said["money"].get(currency, {"in": {}, "out": {}})
        sums = [sum(part["in"].values()), sum(part["out"].values())]
        if sums != money.get((said["first"], currency), [0, 0]):
            yield f"{where}: its money is not that of its entries"


def total_faults(said, last, where):
    for currency in sorted({*said["money"], *said["perpetual"], *last["perpetual"]}):
        part = said["money"].get(currency, {"in": {}, "out": {}})
        was = last["perpetual"].get(currency, {"in": 0, "out": 0})
        now = said["perpetual"].get(currency, {"in": 0, "out": 0})
        for way in ("in", "out"):
            if now[way] != was[way] + sum(part[way].values()):
                yield f"{where}: the grand total does not grow by its money"


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("archive")
    asked.add_argument("--key-file")
    given = asked.parse_args()
    keys = None
    if given.key_file:
        with open(given.key_file, "rb") as file:  # noqa: PTH123  # runs anywhere
            keys = Keys([line.strip() for line in file if line.strip()])
    files, manifest, faults = load(given.archive)
    entries, closures = lines(files, "entries.jsonl"), lines(files, "closures.jsonl")
    faults += entry_faults(entries, manifest["before"], keys)
    faults += closure_faults(closures, entries, keys)
    faults += anchor_faults(files, entries, keys)
    if keys is not None:
        unsigned = {name: part for name, part in manifest.items() if name not in ("mac", "key")}
        if keys.mac(unsigned, manifest["key"]) != manifest["mac"]:
            faults.append("manifest: not signed by the ledger's key")
    for fault in faults:
        print(f"FAULT {fault}")
    how = "digests checked" if keys is not None else "digests not checked: no key given"
    print(f"{len(entries)} entries, {len(closures)} closures, {len(faults)} faults; {how}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
