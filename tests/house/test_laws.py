"""The tree obeys the house laws, and each law catches the offence it was written for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.house import laws

ROOT = Path(__file__).resolve().parents[2]
OURS = ("app", "pricing", "scripts", "bench")


def sources(*patterns: str) -> Iterator[tuple[PurePosixPath, str]]:
    for folder in (*OURS, "themes"):
        for pattern in patterns:
            for path in sorted((ROOT / folder).rglob(pattern)):
                yield PurePosixPath(path.relative_to(ROOT).as_posix()), path.read_text()


def breaches(law: laws.Law, files: Iterator[tuple[PurePosixPath, str]]) -> list[str]:
    return [f"{path}:{line}: {what}" for path, text in files for line, what in law(path, text)]


@pytest.mark.parametrize("law", laws.PYTHON_LAWS, ids=lambda law: law.__name__)
def test_the_code_obeys(law: laws.Law) -> None:
    found = breaches(law, sources("*.py"))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("law", laws.TEMPLATE_LAWS, ids=lambda law: law.__name__)
def test_the_templates_obey(law: laws.Law) -> None:
    found = breaches(law, sources("*.html"))
    assert not found, "\n".join(found)


VIEW = "def show(key):\n    return db.session.get(models.Booking, key)\n"
FORM = "def move():\n    return s.get_one(Booking, int(request.form['id']))\n"
OWN = "def logo(version):\n    return s.get(StoredFile, looks.logo_file)\n"
OFFENCES = [
    (laws.flush_gives_its_reason, "app/booking/rules.py", "db.session.flush()"),
    (laws.only_edges_commit, "app/booking/rules.py", "db.session.commit()"),
    (laws.only_edges_commit, "app/booking/views.py", "session.rollback()"),
    (laws.pages_load_through_the_owner, "app/booking/views.py", VIEW),
    (laws.pages_load_through_the_owner, "app/booking/desk.py", FORM),
    (laws.only_edges_commit, "app/payments/refunds.py", "db.session.commit()"),
    (laws.features_keep_their_pages, "app/booking/rules.py", "from app.spaces import views"),
    (laws.features_keep_their_pages, "app/booking/rules.py", "from app.spaces.forms import Form"),
    (laws.time_has_a_zone, "app/booking/rules.py", "dt.datetime.now()"),
    (laws.time_has_a_zone, "app/booking/rules.py", "datetime.utcnow()"),
    (laws.time_has_a_zone, "app/booking/rules.py", "dt.date.today()"),
    (laws.time_has_a_zone, "app/booking/rules.py", "datetime.fromtimestamp(3)"),
    (laws.files_are_short, "app/booking/rules.py", "x = 1\n" * 501),
    (laws.functions_are_short, "app/a.py", "def f():\n" + "    x = 1\n" * 40),
    (laws.files_are_named_after_the_trade, "app/booking/utils.py", ""),
    (laws.files_are_named_after_the_trade, "app/services/rooms.py", ""),
    (laws.nothing_is_left_for_later, "app/booking/rules.py", "x = 1  # TODO: later"),
    (laws.pages_carry_no_inline_code, "app/web/templates/a.html", '<p style="color:red">'),
    (laws.pages_carry_no_inline_code, "app/web/templates/a.html", "<a onclick='x()'>"),
    (laws.pages_carry_no_inline_code, "app/web/templates/a.html", "<script nonce=x>go()</script>"),
    (laws.pages_carry_no_inline_code, "app/web/templates/a.html", '<a href="javascript:x()">'),
]


@pytest.mark.parametrize(("law", "path", "text"), OFFENCES)
def test_a_law_catches_its_offence(law: laws.Law, path: str, text: str) -> None:
    assert list(law(PurePosixPath(path), text))


DECENT = [
    (laws.flush_gives_its_reason, "app/a.py", "db.session.flush()  # id for the line"),
    (laws.flush_gives_its_reason, "app/a.py", "sys.stdout.flush()"),
    (laws.only_edges_commit, "app/web/requests.py", "db.session.commit()"),
    (laws.only_edges_commit, "app/booking/jobs.py", "db.session.commit()"),
    (laws.only_edges_commit, "app/payments/refunds.py", "session.commit()  # before the call"),
    (laws.pages_load_through_the_owner, "app/booking/rules.py", VIEW),
    (laws.pages_load_through_the_owner, "app/tenants/views.py", OWN),
    (laws.features_keep_their_pages, "app/booking/desk.py", "from app.booking import views"),
    (
        laws.features_keep_their_pages,
        "app/booking/rules.py",
        "from app.spaces import models, rules",
    ),
    (laws.features_keep_their_pages, "app/__init__.py", "from app.spaces import views"),
    (laws.time_has_a_zone, "app/a.py", "dt.datetime.now(dt.UTC); clock.now(); clock.today(site)"),
    (laws.files_are_short, "app/a.py", "x = 1\n" * 500),
    (laws.functions_are_short, "app/a.py", "def f():\n" + "    x = 1\n" * 39),
    (laws.pages_carry_no_inline_code, "a.html", '<script src="/a.js"></script><p class="s">'),
    (laws.pages_carry_no_inline_code, "app/web/mails/a.html", '<p style="color:red">'),
]


@pytest.mark.parametrize(("law", "path", "text"), DECENT)
def test_a_law_lets_the_decent_pass(law: laws.Law, path: str, text: str) -> None:
    assert not list(law(PurePosixPath(path), text))


@pytest.mark.parametrize("law", [laws.files_are_short, laws.functions_are_short])
def test_nothing_grows_past_the_line(law: laws.Law, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("", *largest(law), sep="\n  ")
    found = breaches(law, sources("*.py"))
    assert not found, "\n".join([*found, "The ten largest:", *largest(law)])


def largest(law: laws.Law) -> list[str]:
    sizes = (
        ((len(text.splitlines()), str(path)) for path, text in sources("*.py"))
        if law is laws.files_are_short
        else (
            (length, f"{path}:{line} {name}")
            for path, text in sources("*.py")
            for name, line, length in laws.functions(text)
        )
    )
    return [f"{length:4}  {name}" for length, name in sorted(sizes, reverse=True)[:10]]
