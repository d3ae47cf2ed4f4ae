"""Values one at a time, in Python: what SQLite's own SQL cannot check or print exactly. Pure.

SQLite calls these from within its queries, mostly for the rare values; the common ones never leave C. None stands for
"not such a value". Must never raise: an exception inside a query would say nothing about the value.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

DAY = 86_400_000_000
EPOCH_2000 = date(2000, 1, 1).toordinal()
"""PostgreSQL counts microseconds from here (timestamptz_send)."""
UNIX_TO_2000 = 946_684_800_000_000

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})0*)?)?"
    r" *(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?)? *",
    re.ASCII,
)
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})0*)?)?", re.ASCII)


def micros(text: str) -> int | None:
    """Microseconds since 2000-01-01 UTC of an ISO date, with or without time and zone; no zone means UTC.

    None for anything PostgreSQL would not read as the same instant: 2024-02-30, 25:00, year 0, a seventh decimal.
    """
    found = _INSTANT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, zone_hour, zone_minute = found.groups("0")
    try:
        days = date(int(year), int(month), int(day)).toordinal() - EPOCH_2000
    except ValueError:
        return None
    clock = _clock(hour, minute, second, fraction)
    offset = int(zone_hour) * 60 + int(zone_minute)
    if clock is None or offset > 15 * 60 or int(zone_minute) > 59:
        return None
    return days * DAY + clock - (-offset if sign == "-" else offset) * 60_000_000


def _clock(hour: str, minute: str, second: str, fraction: str) -> int | None:
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return None
    return (int(hour) * 3600 + int(minute) * 60 + int(second)) * 1_000_000 + int(fraction.ljust(6, "0"))


def time_micros(text: str) -> int | None:
    found = _TIME.fullmatch(text)
    return None if found is None else _clock(*found.groups("0"))


def fits_instant(text: str, digits: int) -> bool:
    """Is it a date PostgreSQL reads as the same instant, with at most `digits` decimals of a second?"""
    value = micros(text)
    return value is not None and value % 10 ** (6 - digits) == 0


def fits_time(text: str) -> bool:
    return time_micros(text) is not None


def utc_text(text: str) -> str | None:
    """The instant without its zone, in UTC: what `timestamp` stores (PostgreSQL ignores a zone written into one)."""
    value = micros(text)
    if value is None:
        return None
    days, clock = divmod(value, DAY)
    seconds, fraction = divmod(clock, 1_000_000)
    if days + EPOCH_2000 < 1:
        return None
    moment = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:06}"
    return f"{date.fromordinal(days + EPOCH_2000).isoformat()} {moment}"


def instant_hex(text: str) -> str | None:
    """As `encode(timestamptz_send(..), 'hex')` prints it."""
    return _hex64(micros(text))


def time_hex(text: str) -> str | None:
    return _hex64(time_micros(text))


def _hex64(value: int | None) -> str | None:
    return None if value is None else f"{value & 0xFFFF_FFFF_FFFF_FFFF:016x}"


# --- numbers ---------------------------------------------------------------------------------------------------------


def real_text(value: float) -> str:
    """The shortest text that reads back as the same number; PostgreSQL spells infinity out."""
    text = repr(value)
    return text.replace("inf", "Infinity")


def real_hex(value: float) -> str:
    """The eight bytes of the number, as `encode(float8send(..), 'hex')` prints them."""
    return struct.pack(">d", value).hex()


def numeric_key(value: float) -> str:
    """The number as a double, and exactly where it is whole: tells 2^53 and 2^53 + 1 apart."""
    whole = isinstance(value, int) or value == int(value)
    return real_hex(value + 0.0) + (str(int(value)) if whole else "")  # numeric has no -0.0


# --- JSON ------------------------------------------------------------------------------------------------------------


class _NotJsonb(ValueError):
    """Valid JSON perhaps, but jsonb would lose something of it."""


def jsonb_text(text: str) -> str | None:
    """The text PostgreSQL's jsonb prints for this JSON; None where jsonb would refuse it or lose something.

    Lost would be a duplicate key, U+0000 or half a surrogate pair. Source: PostgreSQL manual 8.14, json types.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_float=_number, parse_int=_number, parse_constant=_no_constant
        )
        printed = _printed(value)
        printed.encode()
    except (ValueError, RecursionError, ArithmeticError):
        return None
    return printed


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotJsonb
    return found


def _number(text: str) -> Decimal:
    value = Decimal(text)
    if abs(value.adjusted()) > 1000 or len(text) > 1000:
        raise _NotJsonb
    return value


def _no_constant(name: str) -> Any:
    raise _NotJsonb(name)


def _printed(value: Any) -> str:
    match value:
        case dict():
            ordered = sorted(value.items(), key=lambda item: (len(item[0].encode()), item[0].encode()))
            return "{" + ", ".join(f"{_string(key)}: {_printed(item)}" for key, item in ordered) + "}"
        case list():
            return "[" + ", ".join(map(_printed, value)) + "]"
        case str():
            return _string(value)
        case Decimal():
            return f"{abs(value) if value.is_zero() else value:f}"
        case _:
            return json.dumps(value)


def _string(text: str) -> str:
    if "\0" in text:
        raise _NotJsonb
    return json.dumps(text, ensure_ascii=False)


def fits_jsonb(text: str) -> bool:
    return jsonb_text(text) is not None


# --- what SQLite may call --------------------------------------------------------------------------------------------

TEXT_FUNCTIONS: Mapping[str, tuple[int, Callable[..., Any]]] = {
    "fits_instant": (2, fits_instant),
    "fits_time": (1, fits_time),
    "fits_jsonb": (1, fits_jsonb),
    "utc_text": (1, utc_text),
    "instant_hex": (1, instant_hex),
    "time_hex": (1, time_hex),
    "jsonb_text": (1, jsonb_text),
}
"""Name -> number of arguments, function. The first argument is text; in SQL it is given as `CAST(c AS BLOB)`, because
the bytes may be no valid text (then the answer is NULL)."""

NUMBER_FUNCTIONS: Mapping[str, Callable[[float], str]] = {
    "real_text": real_text,
    "real_hex": real_hex,
    "numeric_key": numeric_key,
}


def utf8(value: object, encoding: str) -> bytes | None:
    """The UTF-8 bytes of a value that is not a blob; text comes as its bytes in `encoding`."""
    match value:
        case bytes() if encoding == "utf-8":
            return value
        case bytes():
            return value.decode(encoding, errors="replace").encode(errors="replace")
        case float():
            return real_text(value).encode()
        case int():
            return str(value).encode()
        case _:
            return None


def md5(value: bytes | None) -> str | None:
    return None if value is None else hashlib.md5(value, usedforsecurity=False).hexdigest()
