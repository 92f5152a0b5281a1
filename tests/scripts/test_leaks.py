"""The secret scan sees a planted key, in the tree and in what was once committed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scripts import leaks

PLANTED = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"  # in pieces: not a find of its own


def test_a_planted_key_is_found(tmp_path: Path) -> None:
    path = tmp_path / "settings.py"
    path.write_text(f'KEY = "{PLANTED}"\n')
    assert [secret.type for _, secret in leaks.leaks(iter([("app/settings.py", path)]))]


def test_a_clean_file_is_clean(tmp_path: Path) -> None:
    path = tmp_path / "settings.py"
    path.write_text("KEY = os.environ['KEY']\n")
    assert not leaks.leaks(iter([("app/settings.py", path)]))


def test_sample_passwords_pass_but_keys_do_not(tmp_path: Path) -> None:
    path = tmp_path / "test_login.py"
    path.write_text(f'password = "correct horse"\nkey = "{PLANTED}"\n')
    kinds = [secret.type for _, secret in leaks.leaks(iter([("tests/test_login.py", path)]))]
    assert "Stripe Access Key" in kinds
    assert "Secret Keyword" not in kinds


def test_history_remembers_a_removed_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, out = tmp_path / "house", tmp_path / "out"
    house.mkdir()
    out.mkdir()

    def git(*words: str) -> None:
        who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        subprocess.run(["git", *who, *words], cwd=house, check=True, capture_output=True)

    git("init")
    for text in (f'KEY = "{PLANTED}"\n', "KEY = None\n"):
        (house / "settings.py").write_text(text)
        git("add", "settings.py")
        git("commit", "-m", "Change the settings")
    monkeypatch.setattr(leaks, "ROOT", house)
    assert not leaks.leaks(leaks.tracked())
    assert leaks.leaks(leaks.ever_committed(out))
