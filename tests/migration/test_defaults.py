"""Defaults: what is translated, and that everything else is left out."""

from __future__ import annotations

import pytest

from reconciler.migration.defaults import translated

UTC = "(now() AT TIME ZONE 'UTC')"


@pytest.mark.parametrize(
    ("default", "type_", "expected"),
    [
        ("NULL", "text", "NULL"),
        ("1", "bigint", "1"), ("-5", "bigint", "-5"), ("( 7 )", "bigint", "7"), ("+3", "bigint", "3"),
        ("1", "boolean", "true"), ("false", "boolean", "false"), ("TRUE", "boolean", "true"),
        ("'t'", "boolean", "true"),
        ("true", "bigint", "1"), ("1.0", "double precision", "1.0"), ("0.25", "numeric", "0.25"),
        ("'it''s'", "text", "'it''s'"), ('"abc"', "text", "'abc'"), ("5", "text", "'5'"), ("''", "text", "''"),
        ("current_timestamp", "timestamptz", "CURRENT_TIMESTAMP"),
        ("CURRENT_TIMESTAMP", "timestamp", UTC),
        ("CURRENT_TIMESTAMP", "text", f"to_char({UTC}, 'YYYY-MM-DD HH24:MI:SS')"),
        ("CURRENT_DATE", "date", f"{UTC}::date"), ("CURRENT_TIME", "time", f"{UTC}::time"),
        ("datetime('now')", "timestamptz", "CURRENT_TIMESTAMP"),
        ("(datetime('now'))", "timestamptz", "CURRENT_TIMESTAMP"),
        ("date('now')", "text", f"to_char({UTC}, 'YYYY-MM-DD')"),
        ("strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", "text", f"to_char({UTC}, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"),
        ("strftime('%s','now')", "bigint", "floor(extract(epoch FROM now()))::bigint"),
        ("unixepoch()", "bigint", "floor(extract(epoch FROM now()))::bigint"),
        ("lower(hex(randomblob(16)))", "text", "left(replace(gen_random_uuid()::text, '-', ''), 32)"),
        ("hex(randomblob(4))", "text", "upper(left(replace(gen_random_uuid()::text, '-', ''), 8))"),
        ("'{}'", "jsonb", "'{}'"), ("x'00fF'", "bytea", "'\\x00fF'"),
        ("'2024-01-01 00:00:00'", "timestamptz", "'2024-01-01 00:00:00'"), ("'2024-01-01'", "date", "'2024-01-01'"),
    ],
)  # fmt: skip
def test_a_known_default_is_translated(default: str, type_: str, expected: str) -> None:
    assert translated(default, type_) == expected


@pytest.mark.parametrize(
    ("default", "type_"),
    [
        ("datetime('now', 'localtime')", "timestamptz"), ("strftime('%j','now')", "text"),
        ("date('now')", "timestamptz"),
        ("abs(random())", "bigint"), ("2", "boolean"), ("'abc'", "bigint"), ("1.5", "bigint"), ("'nope'", "jsonb"),
        ("99999999999999999999", "bigint"), ("1700000000000", "timestamptz"), ("'soon'", "timestamptz"),
        ("lower(hex(randomblob(32)))", "text"), ("(1) + (2)", "bigint"), ("1; DROP TABLE t", "bigint"), ("", "text"),
        ("'a' || 'b'", "text"), ("upper('a')", "text"), ("x'0'", "bytea"), ("current_user", "text"),
    ],
)  # fmt: skip
def test_an_unknown_default_is_left_out(default: str, type_: str) -> None:
    assert translated(default, type_) is None
