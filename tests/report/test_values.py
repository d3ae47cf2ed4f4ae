"""How values and their differences become lines."""

from __future__ import annotations

import json

import pytest

from reconciler.model import Value
from reconciler.report.redact import UNKNOWN
from reconciler.report.values import difference_lines, literal, value_lines
from reconciler.report.wording import path_text, shortened, visible


def written(name: str, value: Value) -> list[str]:
    return [f"{line.symbol}{'  ' * line.depth}{line.text}" for line in value_lines(name, value, "", 0)]


def compared(desired: Value, observed: Value) -> list[str]:
    return [f"{line.symbol:1}{'  ' * line.depth}{line.text}" for line in difference_lines("it", desired, observed, 0)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", '"a"'),
        ('say "hi"', '"say \\"hi\\""'),
        (True, "true"),
        (None, "null"),
        (1.5, "1.5"),
        ({}, "{}"),
        ([], "[]"),
        (UNKNOWN, "(known after apply)"),
        ("(known after apply)", '"(known after apply)"'),
        (["a", 1], '["a", 1]'),
        ({"a b": 1, "c": "d"}, '{"a b" = 1, c = "d"}'),
    ],
)
def test_a_plain_value_is_written_on_one_line(value: Value, text: str) -> None:
    assert literal(value) == text


def test_a_mapping_lines_its_equal_signs_up() -> None:
    assert written("tags", {"Name": "x", "environment": "prod"}) == [
        "tags = {",
        '  Name        = "x"',
        '  environment = "prod"',
        "}",
    ]


def test_small_flat_members_of_a_list_stay_on_one_line() -> None:
    assert written("environment", [{"name": "PORT", "value": "3000"}]) == [
        "environment = [",
        '  {name = "PORT", value = "3000"}',
        "]",
    ]


def test_a_json_document_in_a_text_is_shown_as_structure() -> None:
    document = json.dumps({"Version": "2012-10-17"})
    assert written("policy", document) == ["policy = JSON {", '  Version = "2012-10-17"', "}"]


def test_a_text_of_several_lines_keeps_its_lines_behind_a_bar() -> None:
    assert written("user_data", "#!/bin/sh\n::set-env::") == ["user_data = |", "  | #!/bin/sh", "  | ::set-env::"]


def test_a_long_text_is_cut_and_says_how_long_it_was() -> None:
    shown = literal("x" * 5_000)
    assert len(shown) <= 400
    assert shown.endswith("… (5,002 characters)")


def test_a_changed_scalar_shows_old_then_new() -> None:
    assert compared(30, 7) == ["~it = 7 -> 30"]


def test_a_difference_of_mappings_shows_only_what_differs() -> None:
    assert compared({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5, "d": 4}) == [
        "~it = {",
        "~  b = 5 -> 2",
        "+  c = 3",
        "-  d = 4",
        "   # (1 unchanged attribute hidden)",
        " }",
    ]


def test_lists_of_named_things_are_compared_by_name_in_any_order() -> None:
    new = [{"name": "b", "port": 2}, {"name": "a", "port": 1}]
    old = [{"name": "a", "port": 1}, {"name": "b", "port": 3}]
    assert compared(new, old) == [
        "~it = [",
        "~  b = {",
        "~    port = 3 -> 2",
        "     # (1 unchanged attribute hidden)",
        "   }",
        "   # (1 unchanged attribute hidden)",
        " ]",
    ]


def test_lists_with_a_name_twice_are_compared_in_order() -> None:
    member = {"name": "a", "value": 1}
    assert compared([member, member], [member]) == [
        "~it = [",
        '+  {name = "a", value = 1}',
        "   # (1 unchanged element hidden)",
        " ]",
    ]


def test_json_texts_are_compared_as_documents() -> None:
    assert compared('{"a": 1,  "b": 2}', '{"b":2,"a":9}') == [
        "~it = JSON {",
        "~  a = 9 -> 1",
        "   # (1 unchanged attribute hidden)",
        " }",
    ]


def test_texts_of_several_lines_are_compared_line_by_line() -> None:
    assert compared("a\nb\nc", "a\nx\nc") == [
        "~it = |",
        "-  | x",
        "+  | b",
        "   # (2 unchanged lines hidden)",
    ]


def test_a_structure_that_replaces_a_scalar_is_shown_whole() -> None:
    assert compared({"a": {"b": 1}}, "none") == ['-it = "none"', "+it = {", "+  a = {", "+    b = 1", "   }", " }"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("a",), "a"),
        (("a", "b", 0, "c"), "a.b[0].c"),
        (("tags", "reconciler:stack"), 'tags["reconciler:stack"]'),
        (("tags", 'a"]\n'), 'tags["a\\"]\\n"]'),
    ],
)
def test_a_path_is_written_as_it_would_be_accessed(path: tuple[str | int, ...], text: str) -> None:
    assert path_text(path) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u200bb", "a\\u200bb"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("##[error]", "#\\x23[error]"),
        ("grün – 日本", "grün – 日本"),
    ],
)
def test_characters_that_hide_or_move_text_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_shortened_text_is_never_longer_than_its_limit() -> None:
    assert shortened("abc", 3) == "abc"
    assert len(shortened("x" * 1_000, 50)) == 50
