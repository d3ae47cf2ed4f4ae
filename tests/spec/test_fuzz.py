"""Whatever a file holds, reading it ends as a stack or as InvalidSpec with places inside the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import InvalidSpec, Problem
from reconciler.spec.diagnostics import render
from reconciler.spec.environments import select
from reconciler.spec.load import load, load_text
from reconciler.spec.nodes import split_lines
from reconciler.spec.validate import validate
from tests.spec.support import HERE, catalog

SPECS = [
    (HERE / "schemas" / "example.yaml").read_text(encoding="utf-8"),
    *(file.read_text(encoding="utf-8") for file in sorted((HERE / "broken").iterdir())),
]
PIECES = [
    "stack: a\n", "region: eu-west-1\n", "resources:\n", "  db:\n", "    kind: demo.database\n",
    "    engine: mysql\n", "    action: {type: keep}\n", "    target: ", "    backup: ", "    policy: ", "vars:\n",
    "environments:\n", "  s:\n", "- ", ": ", "? ", "&a ", "*a", "<<: ", "!!x ", "---\n", "...\n", "%TAG ! x\n", "\t",
    "\n", "  ", "[", "]", "{", "}", ",", "'", '"', "|\n", ">-\n", "#", "${", "}", "$${", "${a.b}", "${vars.x}",
    "${env}", "~", "null", "true", "0777", "1e9", "\\", "\\x00", "\\ud800", "\xe9", "\u202e", "\x00", "\ud800",
    "\ufeff", "\r", "\x85", "{owner: x, within: [1, 2]}",
]  # fmt: skip
BOUNDED = settings(
    max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def check(text: str, env: str | None = None) -> None:
    for problem in problems_of(lambda: validate(select(load_text(text, "f.yaml"), env), catalog())):
        assert 1 <= problem.place.line <= len(split_lines(text)) + 1
        assert problem.place.column >= 1
        assert problem.place.length >= 1
        assert problem.message
        assert problem.help
        render(problem, text)


def problems_of(read: Callable[[], object]) -> tuple[Problem, ...]:
    """The problems of an invalid spec, at least one; none of a valid one. Any other exception fails the test."""
    try:
        read()
    except InvalidSpec as error:
        return error.problems or (pytest.fail("invalid without a problem"),)
    return ()


@BOUNDED
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    check(text)


@BOUNDED
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_mixture_of_yaml_is_read_or_refused(text: str) -> None:
    check(text)


@BOUNDED
@given(st.sampled_from(SPECS), st.data())
def test_any_spec_with_one_piece_replaced_is_read_or_refused(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 12))
    piece = data.draw(st.sampled_from(PIECES) | st.text(max_size=5))
    check(text[:at] + piece + text[at + length :], data.draw(st.sampled_from([None, "staging"])))


@BOUNDED
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "any.yaml"
    file.write_bytes(content)
    assert all(problem.place.file == str(file) for problem in problems_of(lambda: load(file)))
