"""Column defaults: a closed list of SQLite expressions with a PostgreSQL default of the same meaning. Pure.

None means: no such default, leave it out and say so. A wrong default is worse than none: a failing one stops CREATE
TABLE, and one that became a literal (`strftime(...)` as a string) writes nonsense into every new row.
"""

from __future__ import annotations

import re

from reconciler.migration import convert
from reconciler.migration.expressions import Token, tokens
from reconciler.migration.names import literal

_UTC = "(now() AT TIME ZONE 'UTC')"
_FORMATS = {
    "%Y-%m-%dT%H:%M:%fZ": 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"',
    "%Y-%m-%dT%H:%M:%SZ": 'YYYY-MM-DD"T"HH24:MI:SS"Z"',
    "%Y-%m-%dT%H:%M:%f": 'YYYY-MM-DD"T"HH24:MI:SS.MS',
    "%Y-%m-%dT%H:%M:%S": 'YYYY-MM-DD"T"HH24:MI:SS',
    "%Y-%m-%d %H:%M:%f": "YYYY-MM-DD HH24:MI:SS.MS",
    "%Y-%m-%d %H:%M:%S": "YYYY-MM-DD HH24:MI:SS",
    "%Y-%m-%d": "YYYY-MM-DD",
    "%H:%M:%S": "HH24:MI:SS",
    "%H:%M": "HH24:MI",
    "%Y": "YYYY",
}
"""strftime -> to_char."""

_NOW = {
    "CURRENT_TIMESTAMP": "%Y-%m-%d %H:%M:%S",
    "CURRENT_DATE": "%Y-%m-%d",
    "CURRENT_TIME": "%H:%M:%S",
    "DATETIME": "%Y-%m-%d %H:%M:%S",
    "DATE": "%Y-%m-%d",
    "TIME": "%H:%M:%S",
}
_TEMPORAL = {
    "timestamptz": "CURRENT_TIMESTAMP",
    "timestamp": _UTC,
    "date": f"{_UTC}::date",
    "time": f"{_UTC}::time",
}
_LITERAL_TYPES = {"timestamptz": 6, "timestamp": 6}


def translated(default: str, type_: str) -> str | None:
    """The default of a column of PostgreSQL type `type_`; "NULL" where SQLite's is NULL."""
    items = _without_parentheses([token for token in tokens(default) if token.text != ";"])
    words = [token.upper or token.text for token in items]
    if words == ["NULL"]:
        return "NULL"
    constant = _constant(items)
    if constant is not None:
        return _literal(constant, type_)
    return _moment(items, words, type_) or _random(words, type_) or _blob(items, type_)


def _without_parentheses(items: list[Token]) -> list[Token]:
    while len(items) > 2 and items[0].upper == "(" and items[-1].upper == ")" and _spans(items):
        items = items[1:-1]
    return items


def _spans(items: list[Token]) -> bool:
    depth = 0
    for position, token in enumerate(items):
        depth += {"(": 1, ")": -1}.get(token.upper, 0)
        if depth == 0 and position < len(items) - 1:
            return False
    return True


# --- constants -------------------------------------------------------------------------------------------------------


def _constant(items: list[Token]) -> str | None:
    """The text of a literal: a string (double quotes included, as SQLite allows), a signed number, true or false."""
    if len(items) == 2 and items[0].upper in ("+", "-") and items[1].kind == "number":
        return ("-" if items[0].upper == "-" else "") + items[1].text
    if len(items) != 1:
        return None
    match items[0].kind:
        case "string":
            return items[0].text[1:-1].replace("''", "'")
        case "quoted" | "number":
            return items[0].text
        case "word" if items[0].upper in ("TRUE", "FALSE"):
            return items[0].text.lower()
        case _:
            return None


def _literal(text: str, type_: str) -> str | None:
    """The constant as a literal of the type, where it is one."""
    if type_ == "text":
        return literal({"true": "1", "false": "0"}.get(text, text))
    if type_ == "boolean":
        truth = {"1": "true", "true": "true", "t": "true", "0": "false", "false": "false", "f": "false"}
        return truth.get(text.lower())
    if type_ in ("bigint", "numeric", "double precision"):
        number = {"true": "1", "false": "0"}.get(text, text)
        whole = re.fullmatch(r"-?\d{1,18}", number)
        fraction = type_ != "bigint" and re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", number)
        return number if whole or fraction else None
    if type_ in _LITERAL_TYPES:
        return literal(text) if convert.fits_instant(text, _LITERAL_TYPES[type_]) else None
    fits = {
        "jsonb": convert.fits_jsonb(text),
        "date": len(text) == 10 and convert.fits_instant(text, 6),
        "time": convert.fits_time(text),
        "uuid": re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None,
    }
    return literal(text) if fits.get(type_, False) else None


# --- expressions -----------------------------------------------------------------------------------------------------


def _moment(items: list[Token], words: list[str], type_: str) -> str | None:
    """CURRENT_TIMESTAMP and its kin, datetime('now'), strftime(format, 'now'), unixepoch()."""
    if len(words) == 1 and words[0].startswith("CURRENT_") and words[0] in _NOW:
        return _now(_NOW[words[0]], type_)
    if words[1:2] != ["("] or words[-1] != ")":
        return None
    name, arguments = words[0], [token for token in items[2:-1] if token.upper != ","]
    texts = [token.text[1:-1] for token in arguments if token.kind == "string"]
    if len(texts) != len(arguments):
        return None
    if name in ("DATETIME", "DATE", "TIME") and texts in (["now"], []):
        return _now(_NOW[name], type_)
    if name == "STRFTIME" and len(texts) == 2 and texts[1] == "now":
        return _epoch(type_) if texts[0] == "%s" else _now(texts[0], type_)
    return _epoch(type_) if name == "UNIXEPOCH" and texts in (["now"], []) else None


def _now(form: str, type_: str) -> str | None:
    if type_ in _TEMPORAL:
        parts = {"date": ("%Y-%m-%d",), "time": ("%H:%M",)}.get(type_, ("%Y-%m-%d", "%H:%M"))
        return _TEMPORAL[type_] if form in _FORMATS and all(part in form for part in parts) else None
    if type_ == "text" and form in _FORMATS:
        return f"to_char({_UTC}, {literal(_FORMATS[form])})"
    return None


def _epoch(type_: str) -> str | None:
    seconds = "floor(extract(epoch FROM now()))::bigint"
    return {"bigint": seconds, "text": f"({seconds})::text"}.get(type_)


def _random(words: list[str], type_: str) -> str | None:
    """lower(hex(randomblob(n))), n up to 16: random hexadecimal digits."""
    text = "".join(words).upper()
    found = re.fullmatch(r"(LOWER\()?HEX\(RANDOMBLOB\((\d+)\)\)(?(1)\))", text)
    if found is None or type_ != "text" or not 1 <= int(found[2]) <= 16:
        return None
    digits = f"left(replace(gen_random_uuid()::text, '-', ''), {int(found[2]) * 2})"
    return digits if found[1] else f"upper({digits})"


def _blob(items: list[Token], type_: str) -> str | None:
    """x'00ff'."""
    if type_ == "bytea" and len(items) == 2 and items[0].upper == "X" and items[1].kind == "string":
        digits = items[1].text[1:-1]
        return literal("\\x" + digits) if re.fullmatch(r"(?:[0-9a-fA-F]{2})*", digits) else None
    return None
