"""House laws that no linter can say: each a function from one source file to its breaches."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

Breaches = Iterator[tuple[int, str]]
Law = Callable[[PurePosixPath, str], Breaches]

EDGE_FOLDERS = ("app/web/", "app/demo/", "bench/", "scripts/")
EDGE_FILES = (
    "app/worker.py",
    "app/clock.py",
    "app/core/db.py",
    "app/core/outbox.py",
    "app/core/pool.py",
    "app/core/tenancy.py",
)
EDGE_NAMES = ("jobs.py", "cli.py")
PAGES = ("views.py", "desk.py", "api.py")
INDOORS = {"views", "desk", "api", "forms", "mails"}
FRONT_DOORS = ("app/__init__.py", "app/cli.py")
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "services"}
LONGEST_FUNCTION = 40
LONGEST_FILE = 500


@functools.cache
def parsed(source: str) -> ast.Module:
    return ast.parse(source)


def is_edge(path: PurePosixPath) -> bool:
    """The places that may commit: requests, jobs and commands, never a rule."""
    name = str(path)
    return name.startswith(EDGE_FOLDERS) or name in EDGE_FILES or path.name in EDGE_NAMES


def calls(source: str, method: str) -> Iterator[ast.Call]:
    for node in ast.walk(parsed(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) if name == method:
                yield node


def flush_gives_its_reason(path: PurePosixPath, source: str) -> Breaches:
    lines = source.splitlines()
    for call in calls(source, "flush"):
        if "session" in ast.unparse(call.func) and "#" not in lines[(call.end_lineno or 1) - 1]:
            yield call.lineno, "flush() needs its reason on the same line"


def only_edges_commit(path: PurePosixPath, source: str) -> Breaches:
    """The bank is asked between two commits, so payments may, giving their reason on the line."""
    lines = source.splitlines()
    for method in ("commit", "rollback"):
        for call in calls(source, method):
            reasoned = str(path).startswith("app/payments/") and "#" in lines[call.lineno - 1]
            if not is_edge(path) and not reasoned:
                yield call.lineno, f"{method}() belongs to the edge that serves the request or job"


def pages_load_through_the_owner(path: PurePosixPath, source: str) -> Breaches:
    """An id that came with the request never loads a row by itself."""
    if path.name not in PAGES:
        return
    for view in ast.walk(parsed(source)):
        if not isinstance(view, ast.FunctionDef):
            continue
        foreign = {argument.arg for argument in view.args.args} | {"request", "form"}
        for method in ("get", "get_one", "get_or_404"):
            for call in calls(ast.unparse(view), method):
                if len(call.args) > 1 and is_model(call.args[0]) and names(call.args[1]) & foreign:
                    what = ast.unparse(call.args[0])
                    yield view.lineno, f"{what} by bare id: load it through its owner, or 404"


def is_model(node: ast.expr) -> bool:
    word = ast.unparse(node).rpartition(".")[2]
    return word[:1].isupper() and not word.isupper()


def names(node: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def features_keep_their_pages(path: PurePosixPath, source: str) -> Breaches:
    """Another feature is asked through its tables and rules; only the front door hangs pages up."""
    if str(path) in FRONT_DOORS or not str(path).startswith("app/"):
        return
    for node in ast.walk(parsed(source)):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        for whole in [node.module, *(f"{node.module}.{name.name}" for name in node.names)]:
            parts = whole.split(".")
            elsewhere = not str(path).startswith(f"app/{parts[1]}/") if len(parts) == 3 else False
            if elsewhere and parts[1] not in ("web", "core") and parts[2] in INDOORS:
                yield node.lineno, f"{whole} is indoors: ask its rules"


def time_has_a_zone(path: PurePosixPath, source: str) -> Breaches:
    if str(path) == "app/core/clock.py":
        return
    for method in ("now", "utcnow", "today", "fromtimestamp", "utcfromtimestamp"):
        for call in calls(source, method):
            owner = ast.unparse(call.func).rpartition(".")[0].rpartition(".")[2]
            zoned = len(call.args) + len(call.keywords) >= (2 if method == "fromtimestamp" else 1)
            if owner in ("datetime", "date") and not (zoned and method in ("now", "fromtimestamp")):
                yield call.lineno, f"{owner}.{method}(): naive; ask app.core.clock"


def files_are_short(path: PurePosixPath, source: str) -> Breaches:
    length = len(source.splitlines())
    if length > LONGEST_FILE:
        yield 1, f"{length} lines; {LONGEST_FILE} at most"


def functions_are_short(path: PurePosixPath, source: str) -> Breaches:
    for name, line, length in functions(source):
        if length > LONGEST_FUNCTION:
            yield line, f"{name} has {length} lines; {LONGEST_FUNCTION} at most"


def files_are_named_after_the_trade(path: PurePosixPath, source: str) -> Breaches:
    if path.stem in VAGUE or path.parent.name in VAGUE:
        yield 1, f"«{path.stem}» says nothing of the trade"


def nothing_is_left_for_later(path: PurePosixPath, source: str) -> Breaches:
    for number, line in enumerate(source.splitlines(), 1):
        if re.search(r"#.*\b(TODO|FIXME|XXX|HACK)\b", line):
            yield number, "finish it, or file an issue"


def pages_carry_no_inline_code(path: PurePosixPath, source: str) -> Breaches:
    """The content policy forbids it; mails are exempt, their readers know no style sheet."""
    if "mail" in str(path):
        return
    faults = {
        r"\sstyle\s*=": "inline style",
        r"\son[a-z]+\s*=\s*[\"']": "inline handler",
        r"<style\b": "inline style sheet",
        r"<script(?![^>]*\bsrc=)(?![^>]*\btype=[\"']application/(ld\+)?json)": "inline script",
        r"[\"']javascript:": "javascript: address",
    }
    for number, line in enumerate(source.splitlines(), 1):
        for pattern, what in faults.items():
            if re.search(pattern, line, re.IGNORECASE):
                yield number, what


def functions(source: str) -> Iterator[tuple[str, int, int]]:
    """Name, first line and length of each function; decorators and docstring do not count."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            said = node.body[0] if ast.get_docstring(node) else None
            talk = (said.end_lineno or 0) - said.lineno + 1 if said else 0
            yield node.name, node.lineno, (node.end_lineno or 0) - node.lineno + 1 - talk


PYTHON_LAWS: tuple[Law, ...] = (
    flush_gives_its_reason,
    only_edges_commit,
    pages_load_through_the_owner,
    features_keep_their_pages,
    time_has_a_zone,
    files_are_named_after_the_trade,
    nothing_is_left_for_later,
)
TEMPLATE_LAWS: tuple[Law, ...] = (pages_carry_no_inline_code,)
