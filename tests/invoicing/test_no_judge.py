"""F03: without a judge nothing is issued, and silence is never consent."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.invoicing import court as courts
from app.invoicing import facturx, press
from app.invoicing.court import Court, NoJudge
from app.invoicing.pdf import Looks
from tests.invoicing.papers import seven

READY = "import sys\nprint('{\"ready\": true}', flush=True)\n"
SCRIPTS = {
    "engine absent": "import saxonche_is_not_installed",
    "leaves at once": "",
    "never ready": "print('{}', flush=True)\ninput()",
    "dies while judging": READY + "sys.stdin.readline()\nimport os\nos.abort()",
    "answers with noise": READY + "sys.stdin.readline()\nprint('all is well', flush=True)",
    "fires no rule": READY
    + 'sys.stdin.readline()\nprint(\'{"fired": {}, "broken": []}\', flush=True)',
    "fires one set alone": READY
    + 'sys.stdin.readline()\nprint(\'{"fired": {"en16931": 99}, "broken": []}\', flush=True)',
    "fires too few": READY + "sys.stdin.readline()\n"
    'print(\'{"fired": {"en16931": 79, "french": 55}, "broken": []}\', flush=True)',
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_f03_nothing_is_printed_without_a_verdict(name: str, tmp_path: Path) -> None:
    script = tmp_path / "judge.py"
    script.write_text(SCRIPTS[name])
    broken = Court(script)
    try:
        with pytest.raises(NoJudge):
            press.printed(seven()["to pay"], Looks(), broken)
    finally:
        broken.close()


def test_f03_a_judge_who_says_nothing_is_waited_for_and_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courts, "PATIENCE", 0.5)
    script = tmp_path / "judge.py"
    script.write_text(READY + "sys.stdin.readline()\nsys.stdin.readline()")
    silent = Court(script)
    with pytest.raises(NoJudge, match="says nothing"):
        silent.judge(facturx.xml(seven()["to pay"]))
    assert silent._judge is None


def test_the_next_paper_gets_a_new_judge() -> None:
    made = Court()
    try:
        assert not made.judge(facturx.xml(seven()["to pay"])).faults
        assert made._judge
        made._judge.kill()
        made._judge.wait()
        assert not made.judge(facturx.xml(seven()["consumer"])).faults
    finally:
        made.close()


def test_the_judge_knows_nothing_of_the_product() -> None:
    """It runs by its path, so that it stays small and cannot reach a database."""
    source = courts.SCRIPT.read_text()
    assert "from app" not in source
    assert "import app" not in source
    assert sys.modules.get("saxonche") is None
