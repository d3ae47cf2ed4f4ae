"""Expressions of CHECKs and indexes: a closed set, with 0 and 1 made truth values where the column became boolean."""

from __future__ import annotations

import pytest

from reconciler.migration.expressions import Names, checks, index_parts, tokens, translated

NAMES = Names({"id": "id", "email": "Email", "active": "active", "order": "order"}, frozenset({"active"}))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("id > 0 AND id<10", '"id" > 0 AND "id" < 10'),
        ("[order] == 1", '"order" = 1'),
        ("lower(`EMAIL`)", 'lower ( "Email" )'),
        ("ifnull(email, '') <> ''", "coalesce ( \"Email\" , '' ) <> ''"),
        ("active = 1 and id = 1", '"active" = true AND "id" = 1'),
        ("0 == active", 'false = "active"'),
        ("active IN (0, 1)", '"active" IN ( false , true )'),
        ("id IN (0, 1)", '"id" IN ( 0 , 1 )'),
        ("email IS NOT NULL -- always\n", '"Email" IS NOT NULL'),
        ('email <> "none"', "\"Email\" <> 'none'"),
        ("email in ('a)', 'b')", "\"Email\" IN ( 'a)' , 'b' )"),
    ],
)
def test_a_known_expression_is_translated(expression: str, expected: str) -> None:
    assert translated(tokens(expression), NAMES) == expected


@pytest.mark.parametrize(
    "expression",
    [
        *("email GLOB 'a*'", "email LIKE 'a%'", "typeof(id) = 'integer'", "id % 2", "unknown > 1", "id; DROP TABLE x"),
        *("json_extract(email, '$.a')", "email COLLATE NOCASE = 'a'", "(SELECT 1)", "date(email)", "", "id = ?", "~id"),
    ],
)
def test_anything_else_is_not(expression: str) -> None:
    assert translated(tokens(expression), NAMES) is None


def test_checks_are_found_in_the_statement_but_not_in_its_strings_and_comments() -> None:
    sql = "CREATE TABLE t (a TEXT DEFAULT 'CHECK (x)' CHECK (length(a) < (9)), -- CHECK (no)\n b, CHECK(b > 0))"
    assert [text for _, text in checks(sql)] == ["length ( a ) < ( 9 )", "b > 0"]


def test_an_index_is_taken_apart() -> None:
    parts, condition = index_parts('CREATE UNIQUE INDEX "i(x" ON t (lower(a), b COLLATE NOCASE DESC) WHERE c IS NULL')
    assert [[token.text for token in part] for part in parts] == [["lower", "(", "a", ")"], ["b"]]
    assert [token.text for token in condition] == ["c", "IS", "NULL"]
