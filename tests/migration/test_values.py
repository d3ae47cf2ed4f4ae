"""Values arrive exactly, in the type that fits them; what cannot arrive is refused before anything is written."""

from __future__ import annotations

import json
import math
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reconciler.migration import CannotCarry
from tests.migration.databases import Bench

Made = Callable[[str, list[tuple[object, ...]]], Bench]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("declared", "given_", "type_", "expected"),
    [
        ("int", [2**63 - 1, -(2**63), None], "bigint", [2**63 - 1, -(2**63), None]),
        ("integer", [1, "lots", 1.5], "text", ["1", "lots", "1.5"]),
        ("integer", [1, 1.5], "double precision", [1.0, 1.5]),
        ("real", [0.1234567890123456, 0.1 + 0.2, 5e-324, 1.7976931348623157e308], "double precision", None),
        ("real", [math.inf, -math.inf], "double precision", None),
        ("", [-0.0, 0.5], "double precision", None),
        ("decimal(10,2)", [1.005, 12345678901, 0.1 + 0.2, 1e15], "numeric",
         [Decimal("1.005"), 12345678901, Decimal("0.30000000000000004"), 10**15]),
        ("boolean", [1, 0, "true", None], "boolean", [True, False, True, None]),
        ("boolean", [2, 1], "bigint", [2, 1]),
        ("date", ["2024-02-29"], "date", [date(2024, 2, 29)]),
        ("time", ["23:59:59.25", "07:00"], "time without time zone", [time(23, 59, 59, 250000), time(7)]),
        ("uuid", ["6ba7b810-9dad-11d1-80b4-00c04fd430c8"], "uuid", [uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")]),
        ("json", ['{"b": [1.50, true], "a": null}'], "jsonb", [{"b": [1.5, True], "a": None}]),
        ("json", ["5", "1.5", '"x"', "true", "null"], "jsonb", [5, 1.5, "x", True, None]),
        ("blob", [b"\x00\xff\\", b"", None], "bytea", [b"\x00\xff\\", b"", None]),
        ("blob", ["текст", 5, b"\xff"], "bytea", ["текст".encode(), b"5", b"\xff"]),
        ("text", ["a", "é".encode()], "text", ["a", "é"]),
        ("text", ["", None, "\\N", "\\.", "NULL", "\\x41"], "text", None),
        ("text", ["a\tb\nc\rd\\e\"f'g,h", "\x08\x0b\x0c\x7f", "\x1c\x1d\x1e\x1f", "\x1cd", "\x1d"], "text", None),
        ("text", ["🦆 Żółć مرحبا", "\ufffe\U0010ffff", " "], "text", None),
        ("", [1, "x", 2.5], "text", ["1", "x", "2.5"]),
        ("datetime", ["0000-00-00 00:00:00", "", 0], "text", ["0000-00-00 00:00:00", "", "0"]),
        ("datetime", ["10000-01-01 00:00:00"], "text", None),
    ],
)  # fmt: skip
def test_a_column_arrives_as(
    one_table: Made, declared: str, given_: list[object], type_: str, expected: list[object] | None
) -> None:
    bench = one_table(f"id integer primary key, v {declared}", list(enumerate(given_, 1)))
    assert bench.migrate().status.state == "verified"
    assert bench.type_of("v") == type_
    assert [v for (v,) in bench.query("SELECT v FROM t ORDER BY id")] == (given_ if expected is None else expected)


ENCODINGS: list[tuple[object, datetime]] = [
    (1764003600123, utc(2025, 11, 24, 17, 0, 0, 123000)),
    (0, utc(1970, 1, 1)),
    (-86400000 * 365, utc(1969, 1, 1)),
    (253402300799999, utc(9999, 12, 31, 23, 59, 59, 999000)),
    ("2025-12-07T14:29:25.343+00:00", utc(2025, 12, 7, 14, 29, 25, 343000)),
    ("2025-12-07 14:29:25.033 +00:00", utc(2025, 12, 7, 14, 29, 25, 33000)),
    ("2024-03-31T02:30:00.123+02:00", utc(2024, 3, 31, 0, 30, 0, 123000)),
    ("2024-01-01T00:00:00.000Z", utc(2024, 1, 1)),
    ("2024-01-01 00:00:00", utc(2024, 1, 1)),
    ("2024-01-01 00:00:00.123456", utc(2024, 1, 1, 0, 0, 0, 123456)),
    ("2024-01-01", utc(2024, 1, 1)),
    ("0001-01-01 00:00", utc(1, 1, 1)),
]


def test_many_encodings_of_dates_in_one_column_are_each_read_as_what_they_are(one_table: Made) -> None:
    bench = one_table("id integer primary key, v datetime", [(n, value) for n, (value, _) in enumerate(ENCODINGS)])
    assert bench.migrate().status.state == "verified"
    assert bench.type_of("v") == "timestamp with time zone"
    assert [v for (v,) in bench.query("SELECT v FROM t ORDER BY id")] == [moment for _, moment in ENCODINGS]


@pytest.mark.parametrize(("unit", "scale"), [("s", 1), ("ms", 1000), ("us", 1_000_000)])
def test_integer_dates_before_1970_are_not_rounded_to_the_wrong_second(one_table: Made, unit: str, scale: int) -> None:
    bench = one_table("v datetime", [(-1_000_000_001 * scale - (scale > 1),)])
    bench.migrate()
    micros = bench.value("SELECT (extract(epoch FROM v) * 1000000)::bigint FROM t")
    assert micros == (-1_000_000_001 * scale - (scale > 1)) * (1_000_000 // scale)


def test_a_column_of_doubtful_integers_is_not_guessed_to_be_dates(one_table: Made) -> None:
    bench = one_table("v datetime", [(1_700_000_000,), (1_700_000_000_000,)])
    report = bench.migrate()
    assert bench.type_of("v") == "bigint"
    assert "t.v: carried as bigint, not timestamptz" in bench.notes(report, "type")[0]


def test_text_of_a_utf_16_file_arrives(bench: Bench) -> None:
    with closing(sqlite3.connect(bench.source, isolation_level=None)) as database:
        database.execute("PRAGMA encoding='UTF-16le'")
        database.execute("CREATE TABLE t (a TEXT, b BLOB, c DATETIME)")
        database.execute("INSERT INTO t VALUES ('žluť 😀', 'текст', '2024-01-01T00:00:00.000Z')")
    assert bench.migrate().status.state == "verified"
    assert bench.query("SELECT * FROM t") == [("žluť 😀", "текст".encode(), utc(2024, 1, 1))]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (("CAST(x'610062' AS TEXT)"), "U+0000"),
        (("CAST(x'66ff67' AS TEXT)"), "not valid UTF-8"),
        (("CAST(x'eda080' AS TEXT)"), "not valid UTF-8"),
        (("CAST(x'c3' AS TEXT)"), "not valid UTF-8"),
    ],
)
def test_text_postgres_cannot_hold_is_refused_before_anything_is_written(bench: Bench, value: str, reason: str) -> None:
    bench.write(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, 'good')",
        f"INSERT INTO t VALUES (7, {value})",
        f"INSERT INTO t VALUES (9, {value})",
    )
    with pytest.raises(CannotCarry, match="nothing was written") as caught:
        bench.migrate()
    (refusal,) = caught.value.refusals
    assert (refusal.table, refusal.column, refusal.count, refusal.rows) == ("t", "v", 2, ("7", "9"))
    assert reason in refusal.reason
    assert bench.value("SELECT to_regclass('t') IS NULL AND to_regnamespace('reconciler_migration') IS NULL")


def test_all_refusals_of_a_file_are_told_at_once(bench: Bench) -> None:
    bench.write(
        "CREATE TABLE a (x TEXT)", "INSERT INTO a VALUES (CAST(x'00' AS TEXT))",
        "CREATE TABLE b (y TEXT, z TEXT)", "INSERT INTO b VALUES (CAST(x'ff' AS TEXT), CAST(x'00' AS TEXT))",
    )  # fmt: skip
    with pytest.raises(CannotCarry) as caught:
        bench.migrate()
    assert [(refusal.table, refusal.column) for refusal in caught.value.refusals] == [
        ("a", "x"),
        ("b", "y"),
        ("b", "z"),
    ]


def test_more_columns_than_postgres_allows_are_refused(bench: Bench) -> None:
    bench.write(f"CREATE TABLE t ({', '.join(f'c{n} INT' for n in range(1700))})")
    with pytest.raises(CannotCarry, match="1700 columns"):
        bench.migrate()


def test_hundreds_of_columns_arrive(bench: Bench) -> None:
    names = [f"c{n}" for n in range(900)]
    bench.write(
        f"CREATE TABLE t ({', '.join(f'{name} INT' for name in names)})",
        f"INSERT INTO t VALUES ({', '.join(map(str, range(900)))})",
    )
    assert bench.migrate().status.state == "verified"
    assert bench.query("SELECT * FROM t") == [tuple(range(900))]


def test_a_value_of_many_megabytes_arrives(one_table: Made) -> None:
    bench = one_table("v blob, w text", [(bytes(range(256)) * 40_000, "щ" * 3_000_000), (b"small", "small")])
    assert bench.migrate().status.state == "verified"
    assert bench.query("SELECT length(v), length(w) FROM t ORDER BY 1") == [(5, 5), (10_240_000, 3_000_000)]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), inner)
    ),
)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@settings(
    max_examples=5, derandomize=True, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(st.data())
def test_whatever_the_values_are_they_arrive(postgres_bench: Callable[[], Bench], data: st.DataObject) -> None:
    bench = postgres_bench()
    documents = data.draw(st.lists(st.lists(JSON), min_size=1, max_size=60))
    numbers = data.draw(st.lists(st.floats(allow_nan=False), max_size=200))
    texts = data.draw(st.lists(TEXT, max_size=200))
    bench.write(
        "CREATE TABLE d (v JSON)",
        "CREATE TABLE n (v REAL, w DECIMAL(10, 2), x)",
        "CREATE TABLE w (v TEXT)",
        *(("INSERT INTO d VALUES (?)", (json.dumps(document, ensure_ascii=False),)) for document in documents),
        *(("INSERT INTO n VALUES (?, ?, ?)", (number, number, number)) for number in numbers),
        *(("INSERT INTO w VALUES (?)", (text,)) for text in texts),
    )
    assert bench.migrate().status.state == "verified"
    assert [float(v) for (v,) in bench.query("SELECT v FROM n")] == numbers
    assert [v for (v,) in bench.query("SELECT v FROM w")] == texts
    arrived, sent = (
        json.loads(json.dumps(each), parse_int=float)  # 1e300 comes back as a whole number
        for each in ([v for (v,) in bench.query("SELECT v FROM d")], documents)
    )
    assert arrived == sent
