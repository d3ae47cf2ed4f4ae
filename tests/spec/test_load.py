"""Nodes keep their text, style and place; what YAML could hide or expand is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from reconciler.errors import InvalidSpec
from reconciler.model import Place
from reconciler.spec import codes
from reconciler.spec.build import MAX_NODES, build
from reconciler.spec.load import MAX_BYTES, load, load_text, source_of
from reconciler.spec.nodes import MappingNode, Node, ScalarNode, SequenceNode
from reconciler.spec.syntax import MAX_DEPTH


def root(text: str) -> MappingNode:
    return load_text(text, "f.yaml").root


def child(text: str, *path: str | int) -> Node:
    node: Node | None = root(text)
    for step in path:
        if isinstance(node, MappingNode) and isinstance(step, str):
            node = node.get(step)
        elif isinstance(node, SequenceNode) and isinstance(step, int):
            node = node.items[step]
    assert node is not None
    return node


def refused(text: str) -> list[tuple[str, int, int]]:
    with pytest.raises(InvalidSpec) as caught:
        load_text(text, "f.yaml")
    return [(problem.code, problem.place.line, problem.place.column) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("written", "text", "quoted"),
    [
        ("012345678901", "012345678901", False),
        ("NO", "NO", False),
        ("'NO'", "NO", True),
        ('"a\\tb"', "a\tb", True),
        ("1.20", "1.20", False),
        ("12:30:45", "12:30:45", False),
        ("2024-01-01", "2024-01-01", False),
        ("", "", False),
        ("~", "~", False),
        ("|\n  one\n  two", "one\ntwo\n", True),
        (">-\n  one\n  two", "one two", True),
    ],
)
def test_a_scalar_stays_the_text_that_was_written(written: str, text: str, quoted: bool) -> None:
    node = child(f"a: {written}\n", "a")
    assert isinstance(node, ScalarNode)
    assert (node.text, node.quoted) == (text, quoted)


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("a: bc\n", ("a",), (1, 4, 2)),
        ("a:\n  é: 'x y'\n", ("a", "é"), (2, 6, 5)),
        ("a:\n  - 1\n  - two\n", ("a", 1), (3, 5, 3)),
        ("a: {b: c}  # note\n", ("a",), (1, 4, 14)),
        ("a:\n  b: c\n", ("a",), (2, 3, 4)),
        ("a: |\n  text\n", ("a",), (1, 4, 1)),
        ("a:\r\n  b: c\r\n", ("a", "b"), (2, 6, 1)),
        ("\ufeffa: b\n", ("a",), (1, 4, 1)),
        ("𝒳: y\n", ("𝒳",), (1, 4, 1)),
    ],
)
def test_every_node_knows_its_place(text: str, path: tuple[str | int, ...], place: tuple[int, int, int]) -> None:
    assert child(text, *path).place == Place("f.yaml", *place)


def test_a_key_knows_its_place() -> None:
    assert root("a: 1\nlonger: 2\n").key_place("longer") == Place("f.yaml", 2, 1, 6)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("a: x${b.c}${d.e}\n", [(1, 5), (1, 11)]),
        ("a: 'it''s ${b.c}'\n", [(1, 11)]),
        ("a: |\n  one\n  two ${b.c}\n", [(3, 7)]),
        ('a: "x\n  ${b.c}"\n', [(2, 3)]),
        ('a: "\\x24{b.c}"\n', []),
        ("a: plain\n", []),
    ],
)
def test_the_places_of_references_inside_a_text_are_exact(text: str, marks: list[tuple[int, int]]) -> None:
    node = child(text, "a")
    assert isinstance(node, ScalarNode)
    assert [(mark.line, mark.column) for mark in node.marks] == marks


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_both_parsers_of_pyyaml_give_the_same_nodes(loader: type[yaml.SafeLoader]) -> None:
    text = "a: [1, {b: 'c d'}]\nlist:\n- x\n-\n  y: |\n    lines ${a.b}\n    of text\nlast:\n"
    assert build(yaml.parse(text, loader), text, "f.yaml") == root(text)


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x 1\nb: *x\n", [(codes.ALIAS, 1, 4), (codes.ALIAS, 2, 4)]),
        ("a: {<<: {b: c}}\n", [(codes.ALIAS, 1, 5)]),
        ("a: !!str 1\nb: !Ref c\n", [(codes.TAG, 1, 4), (codes.TAG, 2, 4)]),
        ("a: !e!x 1\n", [(codes.TAG, 1, 4)]),
        ("a: 1\na: 2\nb: 1\nb: 2\n", [(codes.DUPLICATE_KEY, 2, 1), (codes.DUPLICATE_KEY, 4, 1)]),
        ("'a': 1\na: 2\n", [(codes.DUPLICATE_KEY, 2, 1)]),
        ("a: {1: x, true: y, null: z, ~: w}\n", [(codes.KEY_NOT_TEXT, 1, c) for c in (5, 11, 20, 29)]),
        ("? [a]\n: b\n", [(codes.KEY_NOT_TEXT, 1, 3)]),
        ("? {a: b}\n: c\n", [(codes.KEY_NOT_TEXT, 1, 3)]),
        ("*a : b\n*c : d\n", [(codes.ALIAS, 1, 1), (codes.ALIAS, 2, 1)]),
        ("a: 1\n---\nb: 2\n", [(codes.SECOND_DOCUMENT, 2, 1)]),
        ("a: 1\na: 2\n---\nb: 2\n", [(codes.DUPLICATE_KEY, 2, 1), (codes.SECOND_DOCUMENT, 3, 1)]),
        ("%YAML 1.2\n---\na: 1\n", [(codes.DIRECTIVE, 1, 1)]),
        ("", [(codes.NOT_A_MAPPING, 1, 1)]),
        ("# only a comment\n", [(codes.NOT_A_MAPPING, 1, 1)]),
        ("- a\n", [(codes.NOT_A_MAPPING, 1, 1)]),
        ("just text\n", [(codes.NOT_A_MAPPING, 1, 1)]),
        ("a: b\x00c\n", [(codes.FORBIDDEN_CHARACTER, 1, 5)]),
        ("a: b\n# \u202e evil\nc: \u200bd\n", [(codes.FORBIDDEN_CHARACTER, 2, 3), (codes.FORBIDDEN_CHARACTER, 3, 4)]),
        ("a: b\u2028c: d\n", [(codes.FORBIDDEN_CHARACTER, 1, 5)]),
        ("a: \ud800\n", [(codes.FORBIDDEN_CHARACTER, 1, 4)]),
        ('a: "\\u202e"\n', [(codes.FORBIDDEN_CHARACTER, 1, 4)]),
        ('a: "\\0"\n', [(codes.FORBIDDEN_CHARACTER, 1, 4)]),
        ("a:\n\tb: 1\n", [(codes.TAB, 2, 1)]),
        ("a: b: c\n", [(codes.SYNTAX, 1, 5)]),
        ("a: [1, 2\n", [(codes.SYNTAX, 2, 1)]),
        ("a: 'x\n", [(codes.SYNTAX, 1, 4)]),
        ("a: 1\na: 2\nb: [\n", [(codes.DUPLICATE_KEY, 2, 1), (codes.SYNTAX, 4, 1)]),
    ],
)
def test_what_a_spec_may_not_hold_is_refused_with_its_place(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert refused(text) == expected


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a: {b: ${c.d}}\n", 'quote it: `"${name.output}"`'),
        ("a: b: c\n", "quote a value that holds `: `"),
        ("a: @b\n", "put the value in quotes"),
        ("a: *.example.com\n", "put the value in quotes"),
        ("a: [1\nb: 2\n", "close it with `]`"),
        ("a:\n  b: 1\n c: 2\n", "check the indentation"),
    ],
)
def test_a_syntax_error_says_what_to_do(text: str, advice: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        load_text(text, "f.yaml")
    assert advice in caught.value.problems[0].help


def test_an_unclosed_list_also_shows_where_it_started() -> None:
    with pytest.raises(InvalidSpec) as caught:
        load_text("a: [1,\n  2\nb: 3\n", "f.yaml")
    assert caught.value.problems[0].related == ((Place("f.yaml", 1, 4), "it starts here"),)


def test_a_duplicate_key_shows_both_places() -> None:
    with pytest.raises(InvalidSpec) as caught:
        load_text("a:\n  b: 1\n  c: 2\n  b: 3\n", "f.yaml")
    problem = caught.value.problems[0]
    assert (problem.place.line, problem.related[0][0].line) == (4, 2)


def test_a_tab_inside_a_text_is_fine() -> None:
    node = child("a: 'b\tc'\n", "a")
    assert isinstance(node, ScalarNode)
    assert node.text == "b\tc"


# --- limits ---------------------------------------------------------------------------------------------------------


def test_the_deepest_allowed_nesting_is_read_and_one_more_is_not() -> None:
    deepest = "a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert isinstance(child(deepest, "a"), SequenceNode)
    assert refused("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH) == [(codes.TOO_DEEP, 1, 3 + MAX_DEPTH)]


def test_the_largest_allowed_number_of_values_is_read_and_one_more_is_not() -> None:
    fits = "a:\n" + "- b\n" * (MAX_NODES - 3)
    assert isinstance(child(fits, "a"), SequenceNode)
    assert refused(fits + "- b\n") == [(codes.TOO_MANY_NODES, MAX_NODES - 1, 3)]


def test_a_file_larger_than_the_limit_is_refused_without_parsing() -> None:
    assert refused("a: " + "b" * MAX_BYTES) == [(codes.TOO_LARGE, 1, 1)]


def test_the_list_of_problems_ends_somewhere() -> None:
    found = refused("a:\n" + "- *b\n" * 10_000)
    assert len(found) == codes.MAX_PROBLEMS + 1
    assert found[-1][0] == codes.TOO_MANY_PROBLEMS


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["missing.yaml", ".", "a\0b"])
def test_what_is_no_readable_file_is_a_problem_and_not_a_crash(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec) as caught:
        load(tmp_path / name)
    assert caught.value.problems[0].code == codes.UNREADABLE
    assert source_of(tmp_path / name) == ""


def test_a_pipe_is_refused_instead_of_waited_for() -> None:
    with pytest.raises(InvalidSpec) as caught:
        load(Path("/dev/zero"))
    assert "not a regular file" in caught.value.problems[0].message


def test_bytes_that_are_no_utf8_are_shown_where_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes("a: é\nb: ü".encode() + b"\xff\n")
    with pytest.raises(InvalidSpec) as caught:
        load(file)
    problem = caught.value.problems[0]
    assert (problem.code, problem.place.line, problem.place.column) == (codes.NOT_UTF8, 2, 5)
    assert source_of(file) == "a: é\nb: ü�\n"


def test_places_carry_the_name_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text("a: b\n", encoding="utf-8")
    assert load(file).root.place.file == str(file)
