"""Whatever the app says in French it says in English too, with the same blanks and the same tags.

`_("…")` in code and templates is what is said; a feature's messages.po is what is known of it.
"""

from __future__ import annotations

import ast
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from app.web.render import WORDS

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {"_": None, "gettext": None, "_n": (1, 2), "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%(?:\(\w+\)[a-z]|%)?")
TAG = re.compile(r"</?\w[^>]*>")
STRAIGHT = re.compile(r"\w'\w")
FRENCH = re.compile("[à-ÿœ’«]")

# a sentence, with its plural if it has one -> its place
Said = dict[tuple[str, ...], str]


def words_of(file: Path, where: str) -> Said:
    method = "python" if file.suffix == ".py" else "jinja2.ext:babel_extract"
    found = extract_from_file(method, str(file), keywords=KEYWORDS)
    words = {_forms(words): f"{where}:{line}" for line, words, *_rest in found}
    return words | inside_strings(file.read_text(), where) if method == "python" else words


def inside_strings(source: str, where: str) -> Said:
    """What is said inside an f-string: Python of before 3.12 hands those over in one piece."""
    return {
        (call.args[0].value,): f"{where}:{call.lineno}"
        for string in ast.walk(ast.parse(source))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "_"
        and isinstance(call.args[0], ast.Constant)
    }


def test_a_sentence_inside_a_string_is_found() -> None:
    assert inside_strings("f'{a} {_(\"Oui.\")}'", "x.py") == {("Oui.",): "x.py:1"}


def said() -> Said:
    everything = {(words,): "app/web/render.py" for words in WORDS.values()}
    for file in sorted((ROOT / "app").rglob("*")):
        is_template = "templates" in file.parts and file.suffix in (".html", ".txt")
        if file.suffix == ".py" or is_template:
            everything |= words_of(file, file.relative_to(ROOT).as_posix())
    return everything


def known() -> list[tuple[str, Message]]:
    return [
        (file.parts[-5], message)
        for file in sorted((ROOT / "app").glob("*/translations/en/LC_MESSAGES/messages.po"))
        for message in read_po(io.BytesIO(file.read_bytes()), locale="en")
        if message.id
    ]


def unsaid(words: Said, catalogues: list[tuple[str, Message]]) -> list[str]:
    english = {_forms(m.id) for _feature, m in catalogues if all(_forms(m.string))}
    return [f"{place}: {forms[0]}" for forms, place in words.items() if forms not in english]


def unlike(message: Message) -> Iterator[str]:
    """The forms whose English has other blanks or other tags."""
    for french, english in zip(_forms(message.id), _forms(message.string), strict=True):
        for pattern in (PLACEHOLDER, TAG):
            if Counter(pattern.findall(french)) != Counter(pattern.findall(english)):
                yield f"{french!r} -> {english!r}"


def twice(catalogues: list[tuple[str, Message]]) -> list[str]:
    homes: dict[str, list[str]] = {}
    for feature, message in catalogues:
        homes.setdefault(_forms(message.id)[0], []).append(feature)
    return [f"{words!r}: {', '.join(home)}" for words, home in homes.items() if len(home) > 1]


def hidden(source: str) -> list[int]:
    """Lines where the sentence is computed: no reader of the code could list it."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in KEYWORDS
        and not (call.args and isinstance(call.args[0], ast.Constant))
    ]


def bare(source: str) -> list[int]:
    """Lines that refuse in French without asking for the reader's language."""
    return [
        refusal.lineno
        for refusal in ast.walk(ast.parse(source))
        if isinstance(refusal, ast.Raise) and isinstance(refusal.exc, ast.Call)
        for text in refusal.exc.args[:1]
        if isinstance(text, ast.Constant | ast.JoinedStr) and FRENCH.search(ast.unparse(text))
    ]


def _forms(words: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def test_every_sentence_has_its_english() -> None:
    words = said()
    assert len(words) > 1000
    missing = unsaid(words, known())
    assert not missing, "\n".join(missing)


def test_english_has_the_same_blanks_and_tags() -> None:
    found = [f"{feature}: {what}" for feature, message in known() for what in unlike(message)]
    assert not found, "\n".join(found)


def test_a_sentence_lives_in_one_catalogue() -> None:
    found = twice(known())
    assert not found, "\n".join(found)


def test_only_the_words_of_errors_are_looked_up() -> None:
    found = {
        file.relative_to(ROOT).as_posix(): lines
        for file in sorted((ROOT / "app").rglob("*.py"))
        if (lines := hidden(file.read_text()))
    }
    assert list(found) == ["app/web/render.py"]
    assert len(found["app/web/render.py"]) == 1


def test_refusals_speak_the_language_of_their_reader() -> None:
    for file in sorted((ROOT / "app").rglob("*.py")):
        assert not bare(file.read_text()), file.relative_to(ROOT).as_posix()


def test_french_has_one_apostrophe() -> None:
    """`l'heure` and `l’heure` would be two sentences to translate."""
    found = [f"{place}: {forms[0]}" for forms, place in said().items() if STRAIGHT.search(forms[0])]
    assert STRAIGHT.search("aujourd'hui")
    assert not found, "\n".join(found)


def test_a_removed_translation_is_missed() -> None:
    catalogues = known()
    for at in (0, len(catalogues) // 2, len(catalogues) - 1):
        feature, gone = catalogues[at]
        words = {_forms(gone.id): "here:1"}
        assert not unsaid(words, catalogues)
        assert len(unsaid(words, catalogues[:at] + catalogues[at + 1 :])) == 1, feature
        assert unsaid(words, [(feature, Message(gone.id, ""))])


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("Bonjour %(name)s", "Hello %(nom)s"),
        ("%(n)d %% vendu", "%(n)d% sold"),
        ("Il reste %(n)d", "Some are left"),
        ("<b>Lieu</b>", "<i>Venue</i>"),
        (("%(num)s lieu", "%(num)s lieux"), ("%(num)s venue", "venues")),
    ],
)
def test_a_lost_blank_is_seen(french: Any, english: Any) -> None:
    assert list(unlike(Message(french, english)))


def test_a_sentence_in_two_catalogues_is_seen() -> None:
    assert twice([("web", Message("Lieu", "Venue")), ("booking", Message("Lieu", "Site"))])


def test_sentences_are_found_wherever_they_stand(tmp_path: Path) -> None:
    code, page = tmp_path / "a.py", tmp_path / "a.html"
    code.write_text('x = _("Réserver")\ny = _n("%(num)s lieu", "%(num)s lieux", 2)\n')
    page.write_text('<p title="{{ _("Fermer") }}">{{ ngettext("1 place", "places", n) }}</p>')
    assert set(words_of(code, "a.py")) == {("Réserver",), ("%(num)s lieu", "%(num)s lieux")}
    assert set(words_of(page, "a.html")) == {("Fermer",), ("1 place", "places")}
    assert hidden("a = _(words)\nb = _('Fermer')\n") == [1]


def test_a_french_refusal_is_seen() -> None:
    assert bare("raise Refused('Cet espace est fermé.')") == [1]
    assert bare("raise Refused(f'« {text} » ?')") == [1]
    assert not bare("raise Refused(_('Cet espace est fermé.'))")
    assert not bare("raise ValueError('an interval ends after it starts')")
