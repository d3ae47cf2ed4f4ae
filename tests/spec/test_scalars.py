"""The schema decides what a scalar is, not YAML."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.spec.scalars import convert, number

ANY: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("text", "wanted", "value"),
    [
        ("012345678901", ("string",), "012345678901"),
        ("NO", ("string",), "NO"),
        ("true", ("string",), "true"),
        ("1.20", ("string",), "1.20"),
        ("3000", ("string",), "3000"),
        ("null", ("string",), None),
        ("", ("string",), None),
        ("5", ("integer",), 5),
        ("-5", ("integer",), -5),
        ("0", ("integer",), 0),
        ("05", ("integer",), "05"),
        ("0x10", ("integer",), "0x10"),
        ("1_000", ("integer",), "1_000"),
        ("+5", ("integer",), "+5"),
        ("5.0", ("integer",), "5.0"),
        ("9" * 5000, ("integer",), "9" * 5000),
        ("5", ("number",), 5),
        ("0.5", ("number",), 0.5),
        ("1e3", ("number",), 1000.0),
        ("1e999", ("number",), "1e999"),
        (".inf", ("number",), ".inf"),
        (".5", ("number",), ".5"),
        ("true", ("boolean",), True),
        ("false", ("boolean",), False),
        ("yes", ("boolean",), "yes"),
        ("True", ("boolean",), "True"),
        ("~", ("boolean",), None),
        ("16", ("string", "integer"), 16),
        ("16.10", ("string", "number"), "16.10"),
        ("16.4", ("string", "number"), 16.4),
        ("true", ("string", "boolean"), True),
        ("vpc-1", ("string", "boolean"), "vpc-1"),
        ("null", ("string", "null"), None),
        ("5", ANY, 5),
        ("no", ANY, "no"),
        ("1.20", ANY, "1.20"),
        ("0.5", ANY, 0.5),
        ("true", ANY, True),
        ("~", ANY, None),
        ("123456789012", ANY, "123456789012"),
        ("2012-10-17", ANY, "2012-10-17"),
    ],
)
def test_a_plain_scalar_becomes_what_the_schema_wants(text: str, wanted: tuple[str, ...], value: Any) -> None:
    found = convert(text, False, wanted)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["5", "true", "null", "~", "", "0.5"])
@pytest.mark.parametrize("wanted", [(), ("integer",), ("boolean", "null"), ("number", "string")])
def test_a_quoted_scalar_is_always_a_text(text: str, wanted: tuple[str, ...]) -> None:
    assert convert(text, True, wanted) == text


@pytest.mark.parametrize(
    ("text", "quoted", "exact", "value"),
    [
        ("256", False, (256, 512), 256),
        ("16", False, ("16", "17"), "16"),
        ("7", False, (7, "none"), 7),
        ("none", False, (7, "none"), "none"),
        ("7", True, (7, "7"), "7"),
        ("true", False, ("true", "false"), "true"),
        ("true", False, (True,), True),
        ("null", False, ("null",), "null"),
        ("1", False, (True,), "1"),
    ],
)
def test_an_exact_match_comes_first(text: str, quoted: bool, exact: tuple[Any, ...], value: Any) -> None:
    found = convert(text, quoted, ("string",), exact)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("text", "value"), [("10", 10), ("1.5", 1.5), ("abc", None), ("0777", None), ("", None)])
def test_a_number_is_decimal_or_none(text: str, value: float | None) -> None:
    assert number(text) == value
