"""The rules CONTRIBUTING.md states, held by every Python file: size, names, docstrings, no patching, one door.

Each test lists everything that breaks its rule at once.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer

from tests.repository.workflows import ROOT

MOST_LINES = 400
MOST_FUNCTION_LINES = 40
MOST_PARAMETERS = 5
EMPTY_WORD = re.compile(r"(utils?|helpers?|managers?)", re.IGNORECASE)
"""A module or folder called this, or ending in `_` and this, says nothing of what it does."""
NAMED_BY_OTHERS = (HTMLParser, BaseHTTPRequestHandler, ThreadingTCPServer)
"""What a subclass of these overrides has the name they gave it."""

Function = ast.FunctionDef | ast.AsyncFunctionDef

TEXTS = {
    str(path.relative_to(ROOT)): path.read_text()
    for folder in ("reconciler", "tests", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
}
TREES = {name: ast.parse(text) for name, text in TEXTS.items()}
DOCUMENTS = ("*.md", "*.toml", "*.yml", "docs/**/*.md", "spec/**/*.yaml", "schemas/**/*.json", ".github/**/*.yml")


def functions() -> Iterator[tuple[str, Function]]:
    """(file:line name, function) of every function and method."""
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{name}:{node.lineno} {node.name}", node


def parameters(function: Function) -> list[str]:
    """All of them but `self`, `cls`, `*args` and `**kwargs`."""
    named = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [each.arg for each in named if each.arg not in ("self", "cls")]


def imports(tree: ast.AST) -> Iterator[str]:
    """The module of every import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_a_file_is_short() -> None:
    lengths = {name: len(text.splitlines()) for name, text in TEXTS.items()}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_a_function_is_short() -> None:
    lengths = {place: (each.end_lineno or 0) - each.lineno + 1 for place, each in functions()}
    assert {place: lines for place, lines in lengths.items() if lines > MOST_FUNCTION_LINES} == {}


def test_a_function_takes_few_parameters() -> None:
    counts = {place: len(parameters(each)) for place, each in functions()}
    assert {place: count for place, count in counts.items() if count > MOST_PARAMETERS} == {}


def test_a_module_says_what_it_is_for() -> None:
    docstrings = {name: ast.get_docstring(tree) or "" for name, tree in TREES.items() if TEXTS[name].strip()}
    assert [name for name, docstring in docstrings.items() if len(docstring) < 20] == []


def test_no_name_hides_what_a_thing_does() -> None:
    words = {name: {word for part in Path(name).with_suffix("").parts for word in part.split("_")} for name in TREES}
    assert [name for name, found in words.items() if any(map(EMPTY_WORD.fullmatch, found))] == []
    classes = [node.name for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    assert [name for name in classes if re.search(r"(Utils?|Helpers?|Manager)$", name)] == []
    named = {place: each.name for place, each in functions() if re.match(r"_?(handle|process)_", each.name)}
    assert [place for place, name in named.items() if not any(hasattr(base, name) for base in NAMED_BY_OTHERS)] == []


def test_nothing_is_patched() -> None:
    mocks = {"unittest.mock", "mock", "pytest_mock"}
    assert [name for name, tree in TREES.items() if mocks & set(imports(tree))] == []
    assert [place for place, each in functions() if "mocker" in parameters(each)] == []


def test_nothing_is_left_for_later_and_no_machine_is_named() -> None:
    words = {str(path.relative_to(ROOT)): path.read_text() for pattern in DOCUMENTS for path in ROOT.glob(pattern)}
    left = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
    machine = re.compile("/wo" + "rk/|/ro" + "ot/|bash" + "_jobs")
    everything = {**TEXTS, **words}
    assert [name for name, text in everything.items() if left.search(text) or machine.search(text)] == []


# --- one door for each dependency -------------------------------------------------------------------------------------


def doors() -> dict[str, set[str]]:
    """Third-party package -> the parts of `reconciler` that import it."""
    found: dict[str, set[str]] = {}
    for name, tree in TREES.items():
        folder, part, *_ = Path(name).parts
        if folder == "reconciler":
            roots = {module.split(".")[0] for module in imports(tree)}
            for package in roots - sys.stdlib_module_names - {"reconciler"}:
                found.setdefault(package, set()).add(part)
    return found


def test_every_third_party_import_is_one_the_contract_knows() -> None:
    """import-linter only watches the packages it is told of: here none can be forgotten."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (contract,) = (each for each in configuration["contracts"] if each["id"] == "doors")
    assert set(doors()) <= set(contract["forbidden_modules"])


def test_no_package_is_imported_through_two_doors() -> None:
    assert {package: parts for package, parts in doors().items() if len(parts) > 1} == {}
