"""Keep a few processes of ours alive until told to stop; leave none behind."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

LONGEST_PAUSE = 30.0  # seconds before a process that keeps dying is tried again
HEALTHY_AFTER = 30.0  # a life this long wipes earlier deaths out
LAST_WISHES = 10.0  # seconds between SIGTERM and SIGKILL
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to end this child should the supervisor itself be killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process that should always be there, and the log of all its lives."""

    name: str
    command: list[str]
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    born: float = 0.0
    deaths: int = 0

    def begin(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops in order
                preexec_fn=die_with_parent,  # noqa: PLW1509 - no thread runs before the children
            )
        self.born = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def due(self) -> float:
        """The moment for the next life: at once, then after longer and longer pauses."""
        return self.born + min(LONGEST_PAUSE, 2.0**self.deaths) if self.deaths else 0.0

    def terminate(self) -> None:
        if self.process:
            self.process.terminate()

    def ended(self, until: float) -> bool:
        """Wait for a polite end; False when it had to be killed."""
        if self.process is None:
            return True
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return False
        return True

    def mourn(self) -> None:
        lived = time.monotonic() - self.born
        self.deaths = 1 if lived > HEALTHY_AFTER else self.deaths + 1

    def tail(self, lines: int = 8) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass
class Supervisor:
    """Starts children in order, revives the dead, stops all of them in the reverse order."""

    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    mourned: set[str] = field(default_factory=set)

    def listen(self) -> None:
        """Ctrl-C, a polite kill and a closed terminal all mean: stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.asked)

    def asked(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signal's shape
        self.stopping.set()

    def start(self, child: Child) -> None:
        self.children.append(child)
        child.begin()

    def watch(self) -> None:
        """Stand guard until somebody asks to stop."""
        while not self.stopping.wait(0.5):
            for child in self.children:
                if not child.alive:
                    self.revive(child)

    def revive(self, child: Child) -> None:
        if child.name not in self.mourned:
            self.mourned.add(child.name)
            child.mourn()
            code = child.process.returncode if child.process else "?"
            self.say(f"{child.name} ended (code {code}); its last words, from {child.log}:")
            self.say(child.tail())
        if time.monotonic() >= child.due:
            self.mourned.discard(child.name)
            child.begin()
            self.say(f"{child.name} is back")

    def stop(self) -> None:
        """SIGTERM to all, the first to have come being the last to go; SIGKILL to who lingers."""
        alive = [child for child in reversed(self.children) if child.alive]
        for child in alive:
            child.terminate()
        until = time.monotonic() + LAST_WISHES
        for child in alive:
            if not child.ended(until):
                self.say(f"{child.name} lingers and is killed")
