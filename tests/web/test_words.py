"""Everything that the shells and macros say in French is said in English too."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

WEB = Path(__file__).resolve().parents[2] / "app/web"
FILES = sorted((WEB / "templates").rglob("*.html")) + sorted((WEB / "templates").rglob("*.txt"))


def _said(file: Path) -> set[str]:
    found = extract_from_file("jinja2.ext:babel_extract", str(file))
    return {words[0] if isinstance(words, tuple) else words for _line, words, *_rest in found}


def test_the_catalogue_holds_every_sentence() -> None:
    text = (WEB / "translations/en/LC_MESSAGES/messages.po").read_bytes()
    catalogue = read_po(io.BytesIO(text), locale="en")
    known = {
        message.id[0] if isinstance(message.id, tuple) else message.id
        for message in catalogue
        if message.string
    }
    said = set().union(*(_said(file) for file in FILES))
    assert len(said) > 50
    assert said - known == set()


@pytest.mark.parametrize("word", ["Fermer", "complet"])
def test_the_reader_of_templates_finds_words(word: str) -> None:
    assert any(word in _said(file) for file in FILES)
