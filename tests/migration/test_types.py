"""Type texts to families: a total function, and which family takes which values."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.migration import Options, types
from reconciler.migration.assess import assess
from reconciler.migration.catalogue import read
from reconciler.migration.source import freeze
from reconciler.migration.values import TargetColumn
from tests.migration.databases import write_sqlite

MS = 1_764_000_000_123


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("INT", "INTEGER"), ("unsigned big int", "INTEGER"), ("interger", "INTEGER"), ("POINT", "INTEGER"),
        ("CHARINT", "INTEGER"), ("NATIVE CHARACTER(70)", "TEXT"), ("longvarchar(20)", "TEXT"), ("CLOB", "TEXT"),
        ("BLOB", "BLOB"), ("", ""), ("  ", ""), ("ANY", ""), ("double precision", "REAL"), ("FLOAT", "REAL"),
        ("DECIMAL(10,2)", "NUMERIC"), ("BOOLEAN", "NUMERIC"), ("DATETIME", "NUMERIC"), ("string", "NUMERIC"),
    ],
)  # fmt: skip
def test_affinity_follows_sqlite_s_rules(declared: str, expected: str) -> None:
    assert types.affinity(declared) == expected


@given(st.text())
def test_every_type_text_ends_with_a_family_that_carries_everything(declared: str) -> None:
    assert types.candidates(declared)[-1].misfit == "0"


@pytest.mark.parametrize(
    ("declared", "values", "family"),
    [
        ("INTEGER", [1, 2**63 - 1, -(2**63)], "bigint"),
        ("INTEGER", [], "bigint"),
        ("INTEGER", [1, "lots"], "scalars"),
        ("INTEGER", [1, 1.5], "double"),
        ("INTEGER", [2**53 + 1, 1.5], "scalars"),
        ("INTEGER", [b"\x00"], "blob"),
        ("INTEGER", [1, b"\xff"], "bytes"),
        ("BOOLEAN", [0, 1, None], "boolean"),
        ("BOOLEAN", ["true", "F", "yes", 0], "boolean"),
        ("BOOLEAN", [2], "bigint"),
        ("REAL", [1, 2.5], "double"),
        ("REAL", ["n/a", 1.0], "scalars"),
        ("DECIMAL(10,2)", [1.25, 7], "numeric"),
        ("DECIMAL(10,2)", [1e300], "double"),
        ("DECIMAL(10,2)", ["1,50"], "text"),
        ("DATETIME", [MS], "instant:ms:zoned:6"),
        ("DATETIME", [MS, "2024-01-01 00:00:00", "2024-01-01T00:00:00.000Z", None], "instant:ms:zoned:6"),
        ("DATETIME", [1_700_000_000], "instant:s:zoned:6"),
        ("DATETIME", [1_700_000_000_000_000], "instant:us:zoned:6"),
        ("DATETIME", [253_402_300_799_000], "instant:ms:zoned:6"),
        ("DATETIME", [1_700_000_000, MS], "bigint"),
        ("DATETIME", [20240131], "bigint"),
        ("DATETIME", [20240131120000], "bigint"),
        ("DATETIME", [2460000.5], "double"),
        ("DATETIME", ["0000-00-00 00:00:00"], "text"),
        ("DATETIME", ["2024-02-30 00:00:00"], "text"),
        ("DATETIME", ["0000-01-01"], "text"),
        ("DATETIME", ["2024-01-01 24:30:00"], "text"),
        ("DATETIME", ["2024-01-01 00:00:00.1234567"], "text"),
        ("DATETIME", ["now"], "text"),
        ("DATETIME", ["2024-01-01 12345.5"], "text"),
        ("timestamp", ["2024-03-31T02:30:00.123456+02:00"], "instant:ms:zoned:6"),
        ("DATE", ["2024-02-29"], "date"),
        ("DATE", ["2024-02-29", "2024-02-29 10:00:00"], "instant:ms:zoned:6"),
        ("DATE", ["2023-02-29"], "text"),
        ("TIME", ["23:59:59.5", "07:00"], "time"),
        ("TIME", ["25:00:00"], "text"),
        ("UUID", ["6ba7b810-9dad-11d1-80b4-00c04fd430c8"], "uuid"),
        ("UUID", ["6BA7B810-9DAD-11D1-80B4-00C04FD430C8"], "text"),
        ("UUID", ["6ba7b8109dad-11d1-80b4-00c04fd430c8--"], "text"),
        ("UUID", [bytes(range(16))], "blob"),
        ("JSON", ['{"a": [1, null]}'], "jsonb"),
        ("JSON", ['{"a": 1, "a": 2}'], "text"),
        ("JSON", ["not json"], "text"),
        ("TEXT", ["a", None], "text"),
        ("TEXT", ["a", "é".encode()], "mixed_text"),
        ("TEXT", [b"\xff", b"\x00"], "blob"),
        ("TEXT", ["a", b"\xff"], "bytes"),
        ("VARCHAR(5)", ["longer than five"], "text"),
        ("BLOB", [b"\x00"], "blob"),
        ("BLOB", ["text", 5], "bytes"),
        ("", ["text", 5, 1.5], "scalars"),
        ("", [5], "bigint"),
        ("", [b"\x01"], "blob"),
    ],
)  # fmt: skip
def test_the_values_decide_the_family(tmp_path: Path, declared: str, values: list[object], family: str) -> None:
    path = tmp_path / "one.db"
    write_sqlite(path, f"CREATE TABLE t (v {declared})", *(("INSERT INTO t VALUES (?)", (value,)) for value in values))
    with freeze(path) as source:
        (table,) = read(source, Options()).tables
        found = assess(source, table, {"v": types.candidates(declared)})
    assert found.families["v"].name == family
    assert found.refusals == ()


@pytest.mark.parametrize("family", sorted(types.FAMILIES))
def test_a_family_is_found_again_by_its_name(family: str) -> None:
    assert types.resolve(family).name == family


def test_an_instant_is_found_again_by_its_name() -> None:
    assert types.resolve("instant:us:naive:3") == types.instant("us", False, 3)


@pytest.mark.parametrize(
    ("type_", "names"),
    [
        ("integer", ["bigint"]), ("boolean", ["boolean"]), ("character varying(10)", ["text", "scalars", "mixed_text"]),
        ("timestamp(3) without time zone", [f"instant:{unit}:naive:3" for unit in ("ms", "s", "us")]),
        ("timestamp with time zone", [f"instant:{unit}:zoned:6" for unit in ("ms", "s", "us")]),
        ("numeric(10,2)", ["numeric"]), ("jsonb", ["jsonb"]), ("bytea", ["blob", "bytes"]),
        ("inet", []), ("real", []), ("text[]", []), ("character(3)", []),
    ],
)  # fmt: skip
def test_an_existing_column_takes_what_its_type_can_hold(type_: str, names: list[str]) -> None:
    assert [family.name for family in types.adopted(TargetColumn("v", type_))] == names
