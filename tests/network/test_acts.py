"""The journal reads as sentences: each act that the code notes has its words."""

from __future__ import annotations

import ast
from pathlib import Path

from app.network.acts import action_name
from app.network.journal import _said

APP = Path(__file__).resolve().parents[2] / "app"


def _noted(source: str) -> set[str]:
    """The acts named where something is noted, by whatever note it is."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            if name in ("note", "_note") and isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found


def test_every_act_has_words(app) -> None:
    noted = set().union(*(_noted(path.read_text()) for path in APP.rglob("*.py")))
    assert len(noted) > 40
    with app.test_request_context():
        assert [act for act in sorted(noted) if action_name(act) == act] == []


def test_an_act_without_words_would_be_seen(app) -> None:
    assert _noted('audit.note("kettle.boiled", "kettle:1")') == {"kettle.boiled"}
    with app.test_request_context():
        assert action_name("kettle.boiled") == "kettle.boiled"


def test_a_role_is_read_in_words(app) -> None:
    with app.test_request_context("/?lang=en"):
        assert _said({"email": "a@b.fr", "roles": ["owner"], "none": []}) == "a@b.fr, Owner"
