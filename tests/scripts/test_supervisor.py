"""Children are revived, stopped for good, and never outlive their supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import supervisor
from scripts.supervisor import Child, Supervisor

SLEEPER = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('ready', flush=True); time.sleep(600)"
)


def child(tmp_path: Path, code: str, name: str = "child") -> Child:
    return Child(name, [sys.executable, "-c", code], dict(os.environ), tmp_path / f"{name}.log")


def soon(happens: Callable[[], bool], within: float = 120.0) -> bool:
    until = time.monotonic() + within
    while not happens():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_dead_child_is_revived_and_its_last_words_are_said(tmp_path: Path) -> None:
    said: list[str] = []
    guard = Supervisor(said.append)
    one = child(tmp_path, f"print('alas', flush=True); {SLEEPER}")
    guard.start(one)
    assert one.process
    assert soon(lambda: "alas" in one.tail())
    first = one.process
    watch = threading.Thread(target=guard.watch)
    watch.start()
    first.kill()
    try:
        assert soon(lambda: one.process is not first and one.alive)
    finally:
        guard.stopping.set()
        watch.join()
        guard.stop()
    assert any("alas" in line for line in said)
    assert "child is back" in said


def test_pauses_grow_while_it_keeps_dying(tmp_path: Path) -> None:
    one = child(tmp_path, SLEEPER)
    one.born = time.monotonic()
    pauses = []
    for _ in range(7):
        one.mourn()
        pauses.append(one.due - one.born)
    assert pauses == pytest.approx([2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0])


def test_stop_ends_even_the_stubborn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LAST_WISHES", 0.5)
    guard = Supervisor(lambda _: None)
    kind, stubborn = child(tmp_path, SLEEPER, "kind"), child(tmp_path, STUBBORN, "stubborn")
    guard.start(kind)
    guard.start(stubborn)
    assert soon(lambda: "ready" in stubborn.tail())
    guard.stop()
    assert kind.process
    assert stubborn.process
    assert kind.process.returncode == -signal.SIGTERM
    assert stubborn.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a parent's death")
def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from scripts.supervisor import *;"
        f"c = Child('c', [sys.executable, '-c', {SLEEPER!r}], {{}}, Path({str(tmp_path / 'l')!r}));"
        "Supervisor(print).start(c); print(c.process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    assert soon(lambda: gone(pid))
