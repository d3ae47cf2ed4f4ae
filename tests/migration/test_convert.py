"""Values one at a time: dates, numbers, JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.migration import convert

Y2000 = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-01-02", "2024-01-02T00:00:00"),
        ("2024-01-02 03:04", "2024-01-02T03:04:00"),
        ("2024-01-02 03:04:05", "2024-01-02T03:04:05"),
        ("2025-12-07T14:29:25.343+00:00", "2025-12-07T14:29:25.343"),
        ("2025-12-07 14:29:25.033 +00:00", "2025-12-07T14:29:25.033"),
        ("2024-03-31T02:30:00.123Z", "2024-03-31T02:30:00.123"),
        ("2024-03-31T02:30:00+02:00", "2024-03-31T00:30:00"),
        ("2024-03-31T02:30:00-0530", "2024-03-31T08:00:00"),
        ("2024-03-31T02:30:00+02", "2024-03-31T00:30:00"),
        ("2024-01-02 03:04:05.123456", "2024-01-02T03:04:05.123456"),
        ("2024-01-02 03:04:05.1234560000", "2024-01-02T03:04:05.123456"),
        ("0001-01-01 00:00:00", "0001-01-01T00:00:00"),
        ("9999-12-31 23:59:59", "9999-12-31T23:59:59"),
        ("1969-12-31 23:59:59.999", "1969-12-31T23:59:59.999"),
    ],
)
def test_a_date_is_read_as_the_instant_it_names(text: str, utc: str) -> None:
    since = datetime.fromisoformat(utc).replace(tzinfo=UTC) - Y2000
    assert convert.micros(text) == since // timedelta(microseconds=1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "0000-00-00", "2024-02-30", "2023-02-29", "24-01-01", "10000-01-01", "-0044-03-15", "2024-1-2"),
        *("2024-01-01 24:00:00", "2024-01-01 23:60:00", "2024-01-01 23:59:60", "2024-01-01 00:00:00.1234567"),
        *("2024-01-01T00:00:00+16:00", "2024-01-01T00:00:00+02:61", "2024-01-01 00:00:00\n", "1700000000000"),
        "２０２４-01-01",
    ],
)
def test_what_postgres_would_not_read_as_the_same_instant_is_no_date(text: str) -> None:
    assert convert.micros(text) is None
    assert convert.utc_text(text) is None
    assert convert.instant_hex(text) is None


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-14 * 60, 14 * 60))
def test_a_zone_moves_the_text_but_not_the_instant(moment: datetime, offset: int) -> None:
    try:
        local = moment.astimezone(timezone(timedelta(minutes=offset)))
    except OverflowError:
        return
    assert convert.micros(local.isoformat()) == (moment - Y2000) // timedelta(microseconds=1)
    assert convert.utc_text(local.isoformat()) == moment.replace(tzinfo=None).isoformat(" ", "microseconds")


@pytest.mark.parametrize(("digits", "fits"), [(6, True), (3, True), (2, False), (0, False)])
def test_a_date_fits_where_no_decimal_is_cut_off(digits: int, fits: bool) -> None:
    assert convert.fits_instant("2024-01-01 00:00:00.125", digits) is fits


@given(st.floats(allow_nan=False))
def test_a_real_survives_its_text(value: float) -> None:
    assert float(convert.real_text(value)) == value


def test_neighbouring_large_numbers_have_different_keys() -> None:
    keys = {convert.numeric_key(value) for value in (2**53, 2**53 + 1, 2.0**53, 0.1 + 0.2, 0.3)}
    assert len(keys) == 4  # 2**53 and 2.0**53 are the same number


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ('{"b":1,"a":2}', '{"a": 2, "b": 1}'),
        ('{"bb":1,"a":2,"é":3}', '{"a": 2, "bb": 1, "é": 3}'),
        ("[1.0, 1e2, -0, 1.50]", "[1.0, 100, 0, 1.50]"),
        ('"\\u0041\\n\\u0001\\/"', '"A\\n\\u0001/"'),
        (" null ", "null"),
        ("[]", "[]"),
        ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
    ],
)
def test_json_is_printed_as_jsonb_prints_it(text: str, printed: str) -> None:
    assert convert.jsonb_text(text) == printed


@pytest.mark.parametrize(
    "text",
    ["", "not json", '{"a":1,"a":2}', '"\\u0000"', '"\\ud800"', "NaN", "[1e99999]", "{'a':1}", "[" * 100_000],
)
def test_json_that_jsonb_would_refuse_or_change_is_not_jsonb(text: str) -> None:
    assert convert.jsonb_text(text) is None
