"""Our side of the judge: started once per worker, asked one paper at a time.

Silence is never consent: a judge that cannot start, dies, or lets too few rules fire makes issuing
fail (`NoJudge`), and the next paper gets a new judge.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from app.invoicing.faults import Fault, from_rule

SCRIPT = Path(__file__).with_name("judge.py")
AT_LEAST = {"en16931": 80, "french": 55}
"""Fewer rules than that never fired on a document of ours: the sets were not applied."""
PATIENCE = 120.0
WARNING = "PEPPOL-EN16931-R008"
"""Empty elements: a warning by its own words; the schema wants one on a deposit without days."""


class NoJudge(RuntimeError):
    """Nobody can say whether a document is right, so none is issued."""


@dataclass(frozen=True)
class Verdict:
    """How many rules fired in each set, and what they found."""

    fired: dict[str, int]
    faults: list[Fault]


class Court:
    """One judge, for one thread at a time."""

    def __init__(self, script: Path = SCRIPT) -> None:
        self._script = script
        self._lock = threading.Lock()
        self._judge: subprocess.Popen[str] | None = None
        self._usher = ThreadPoolExecutor(1, "court")

    def hearing(self, xml: bytes) -> Future[Verdict]:
        """The same as `judge`, while the caller does something else. The answer is always heard,
        even when nobody waits for it: the next paper never gets this one's."""
        return self._usher.submit(self.judge, xml)

    def judge(self, xml: bytes) -> Verdict:
        """The verdict on one document; `NoJudge` when there is none to be had."""
        with self._lock:
            said = self._ask(json.dumps({"xml": xml.decode()}))
        fired = said["fired"]
        faults = [
            from_rule(one["rule"], one["where"], one["words"])
            for one in said["broken"]
            if one["rule"] != WARNING
        ]
        for name, least in AT_LEAST.items():
            if not faults and fired.get(name, 0) < least:
                raise NoJudge(f"only {fired.get(name, 0)} rules of {name} fired, {least} expected")
        return Verdict(fired, faults)

    def _ask(self, question: str) -> dict[str, Any]:
        try:
            judge = self._sitting()
            _stream(judge.stdin).write(question + "\n")
            _stream(judge.stdin).flush()
            return self._answer(judge)
        except (OSError, ValueError) as error:
            self.close()
            raise NoJudge(f"the judge is gone: {error}") from error
        except NoJudge:
            self.close()
            raise

    def _sitting(self) -> subprocess.Popen[str]:
        if self._judge is None or self._judge.poll() is not None:
            self.close()
            self._judge = subprocess.Popen(
                [sys.executable, "-P", str(self._script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
            if not self._answer(self._judge).get("ready"):
                raise NoJudge("the judge did not say that it is ready")
        return self._judge

    def _answer(self, judge: subprocess.Popen[str]) -> dict[str, Any]:
        heard = _stream(judge.stdout)
        if not select.select([heard], [], [], PATIENCE)[0]:
            raise NoJudge("the judge says nothing")
        line = heard.readline()
        if not line:
            raise NoJudge(f"the judge left ({judge.poll()})")
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        """Send the judge home."""
        if self._judge is not None:
            self._judge.kill()
            self._judge.wait()
            for stream in (self._judge.stdin, self._judge.stdout):
                if stream is not None:
                    stream.close()
            self._judge = None


def _stream(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise NoJudge("the judge has no pipe")
    return pipe


court = Court()
