"""How values travel: families of values, and which of them a column may belong to. Pure; builds SQL, runs none.

A family says, in SQL, which values it cannot carry (`misfit`, SQLite), how SQLite prints a value for COPY (`copy`), and
how each engine prints it for the comparison (`source_key`, `target_key`; the two must agree for equal values, and are
on purpose not the expressions the copy uses). `{c}` is the quoted column, `{b}` its bytes.

SQLite affinity rules: sqlite.org/datatype3.html 3.1. Every type text maps to something, and the values seen decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from reconciler.migration.names import literal
from reconciler.migration.values import TargetColumn


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    type: str
    """The PostgreSQL type of a column we create."""
    misfit: str
    copy: str = "{c}"
    source_key: str = "{c}"
    target_key: str = "{c}::text"
    textual: bool = False
    """Text values may occur: they need the census of NUL, UTF-8 and separators, and escaping."""
    free: bool = False
    """Any character may occur, our separators included."""


def _other_than(*classes: str) -> str:
    allowed = ", ".join(map(literal, ("null", *classes)))
    return f"typeof({{c}}) NOT IN ({allowed})"


EXACT_IN_DOUBLE = 2**53
BYTES = "CAST({c} AS BLOB)"
_FIFTEEN = "printf('%!.15g',{c})"
_SEVENTEEN = "printf('%!.17g',{c})"
_MIDDLING = "abs({c}) BETWEEN 1e-15 AND 1e15"
"""Where SQLite prints numbers exactly; further out its last digit may be wrong (seen in 3.40 at 1.8e308),
and -0.0 loses its sign."""

BIGINT = Family("bigint", "bigint", _other_than("integer"))

BOOLEAN = Family(
    "boolean",
    "boolean",
    _other_than("integer", "text") + " OR (typeof({c})='integer' AND {c} NOT IN (0,1))"
    " OR (typeof({c})='text' AND lower({c}) NOT IN ('true','false','t','f','yes','no','y','n','1','0'))",
    source_key="CASE WHEN {c} IS NULL THEN NULL WHEN lower({c}) IN ('1','true','t','yes','y') THEN '1' ELSE '0' END",
    target_key="({c}::int)::text",
    textual=True,
)

DOUBLE = Family(
    "double",
    "double precision",
    _other_than("real", "integer")
    + f" OR (typeof({{c}})='integer' AND {{c}} NOT BETWEEN -{EXACT_IN_DOUBLE} AND {EXACT_IN_DOUBLE})",
    copy=f"CASE WHEN {_MIDDLING} THEN {_SEVENTEEN} WHEN {{c}} IS NOT NULL THEN real_text({{c}}) END",
    source_key="real_hex({c})",
    target_key="encode(float8send({c}),'hex')",
)

NUMERIC = Family(
    "numeric",
    "numeric",
    _other_than("integer", "real")
    + f" OR (typeof({{c}})='real' AND {{c}} NOT BETWEEN -{EXACT_IN_DOUBLE}.0 AND {EXACT_IN_DOUBLE}.0)",
    copy=f"CASE WHEN typeof({{c}})<>'real' THEN {{c}} WHEN {_MIDDLING} AND CAST({_FIFTEEN} AS REAL)={{c}}"
    f" THEN {_FIFTEEN} ELSE real_text({{c}}) END",
    source_key="numeric_key({c})",
    target_key="encode(float8send({c}::float8),'hex')"
    "||CASE WHEN {c}=trunc({c}) AND abs({c})<=9223372036854775808 THEN trim_scale({c})::text ELSE '' END",
)

TEXT = Family("text", "text", _other_than("text"), textual=True, free=True)

MIXED_TEXT = Family(
    "mixed_text",
    "text",
    "typeof({c})='blob' AND NOT is_utf8({c})",
    copy="CASE typeof({c}) WHEN 'real' THEN real_text({c}) WHEN 'blob' THEN CAST({c} AS TEXT) ELSE {c} END",
    source_key="CASE typeof({c}) WHEN 'real' THEN real_text({c}) WHEN 'blob' THEN CAST({c} AS TEXT) ELSE {c} END",
    textual=True,
    free=True,
)
"""Whole numbers, numbers and text in one column, and blobs that are UTF-8 text."""

SCALARS = replace(MIXED_TEXT, name="scalars", misfit="typeof({c})='blob'")
"""The same without blobs."""

BLOB = Family(
    "blob",
    "bytea",
    _other_than("blob"),
    copy="CASE WHEN {c} IS NOT NULL THEN '\\x'||hex({c}) END",  # hex(NULL) is ''.
    source_key="md5_hex({c})",
    target_key="md5({c})",
    textual=True,  # for the backslash
)

BYTES_OF_ANYTHING = Family(
    "bytes",
    "bytea",
    "0",
    copy="CASE typeof({c}) WHEN 'null' THEN NULL WHEN 'blob' THEN '\\x'||hex({c})"
    " WHEN 'text' THEN '\\x'||hex(utf8({b})) ELSE '\\x'||hex(utf8({c})) END",
    source_key="CASE typeof({c}) WHEN 'blob' THEN md5_hex({c}) WHEN 'text' THEN md5_hex(utf8({b}))"
    " ELSE md5_hex(utf8({c})) END",
    target_key="md5({c})",
    textual=True,
)
"""Text in a blob column travels as its UTF-8 bytes."""

DATE = Family(
    "date",
    "date",
    _other_than("text")
    + " OR (typeof({c})='text' AND (length({c})<>10 OR substr({c},1,4)<'0001' OR date({c},'0 days') IS NOT {c}))",
    textual=True,
)

TIME = Family(
    "time",
    "time",
    _other_than("text") + " OR (typeof({c})='text' AND fits_time({b}) IS NOT 1)",
    source_key="time_hex({b})",
    target_key="encode(time_send({c}),'hex')",
    textual=True,
)

UUID = Family(
    "uuid",
    "uuid",
    _other_than("text") + " OR (typeof({c})='text' AND (length({c})<>36 OR length(replace({c},'-',''))<>32"
    " OR {c} GLOB '*[^0-9a-f-]*' OR {c} NOT GLOB '????????-????-????-????-????????????'))",
    textual=True,
)

JSONB = Family(
    "jsonb",
    "jsonb",
    _other_than("text", "integer", "real")
    + " OR (typeof({c})='text' AND fits_jsonb({b}) IS NOT 1) OR (typeof({c})='real' AND abs({c})>1.8e308)",
    copy="CASE typeof({c}) WHEN 'real' THEN real_text({c}) ELSE {c} END",
    source_key="CASE typeof({c}) WHEN 'text' THEN jsonb_text({b})"
    " WHEN 'real' THEN jsonb_text(CAST(real_text({c}) AS BLOB)) ELSE {c} END",
    textual=True,
    free=True,
)

"""A document that is one number is a number in SQLite: the column's affinity made it one."""

JSON = replace(JSONB, name="json", type="json", source_key=JSONB.copy)

FAMILIES = {
    family.name: family
    for family in (
        *(BIGINT, BOOLEAN, DOUBLE, NUMERIC, TEXT, MIXED_TEXT, SCALARS),
        *(BLOB, BYTES_OF_ANYTHING, DATE, TIME, UUID, JSONB, JSON),
    )
}

# --- instants --------------------------------------------------------------------------------------------------------

UNITS = {"ms": 1_000, "s": 1, "us": 1_000_000}
"""What integers may count, most likely first; per second."""
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
"""Of the years 1 and 9999, since 1970."""
YEAR_9999 = 253_370_764_800


def _plausible(unit: str) -> str:
    """Integers that can be read as this unit without guessing: 0, a date up to 2286 that another unit would put into
    1970 or beyond 2286, and the year 9999, which programs use for "never"."""
    scale = UNITS[unit]
    low = 10**10 if unit == "ms" else 10**8 * scale  # in microseconds, 20240131120000 is a date written in digits
    return (
        f"({{c}}=0 OR {{c}} BETWEEN {low} AND {10**10 * scale - 1} OR {{c}} BETWEEN {1 - 10**10 * scale} AND {-low}"
        f" OR {{c}} BETWEEN {YEAR_9999 * scale} AND {LAST_SECOND * scale + scale - 1})"
    )


def _text_instant(digits: int) -> str:
    """Is the text an ISO date? The usual shapes are checked in C; whatever they do not match is looked at closely."""
    longest = 19 if digits == 0 else 20 + digits
    return (
        f"((length({{c}})<={longest} AND substr({{c}},1,10)=date(substr({{c}},1,10),'0 days')"
        " AND substr({c},1,4)>='0001'"
        " AND (length({c})=10 OR (substr({c},11,1) IN (' ','T') AND substr({c},14,1)=':' AND substr({c},12,2)<'24'"
        f" AND time(substr({{c}},12)) IS NOT NULL))) OR fits_instant({{b}},{digits}) IS 1)"
    )


def _epoch_text(unit: str) -> str:
    """ISO text of an integer. Floor division by hand: SQLite's rounds towards zero, wrong before 1970."""
    scale = UNITS[unit]
    if scale == 1:
        return "datetime({c},'unixepoch')"
    rest = f"(({{c}}%{scale}+{scale})%{scale})"
    width = len(str(scale)) - 1
    return f"datetime(({{c}}-{rest})/{scale},'unixepoch')||printf('.%0{width}d',{rest})"


@cache
def instant(unit: str, zoned: bool, digits: int) -> Family:
    """Dates with time: integers since 1970 in `unit` and ISO text, mixed at will, as timestamptz or timestamp.

    Text without a zone is read as UTC, as SQLite's own date functions do.
    """
    scale = UNITS[unit]
    digit_step = 10 ** (6 - digits) * scale // 1_000_000
    fine = f" AND {{c}}%{digit_step}=0" if digit_step > 1 else ""
    numbers = f"({_plausible(unit)}{fine})"
    text = "{c}" if zoned else "CASE WHEN substr({c},11) GLOB '*[+-]*' THEN utc_text({b}) ELSE {c} END"
    micro = 1_000_000 // scale
    since = f"printf('%016x',{{c}}*{micro}-946684800000000)"
    send = "timestamptz_send" if zoned else "timestamp_send"
    return Family(
        f"instant:{unit}:{'zoned' if zoned else 'naive'}:{digits}",
        "timestamptz" if zoned else "timestamp",
        "CASE typeof({c}) WHEN 'null' THEN 0 "
        f"WHEN 'integer' THEN NOT {numbers} WHEN 'text' THEN NOT {_text_instant(digits)} ELSE 1 END",
        copy=f"CASE typeof({{c}}) WHEN 'integer' THEN {_epoch_text(unit)} WHEN 'text' THEN {text} END",
        source_key=f"CASE typeof({{c}}) WHEN 'integer' THEN {since} WHEN 'text' THEN instant_hex({{b}}) END",
        target_key=f"encode({send}({{c}}),'hex')",
        textual=True,
    )


def resolve(name: str) -> Family:
    """The family of that name, `instant:ms:zoned:6` included."""
    if name in FAMILIES:
        return FAMILIES[name]
    _, unit, zoned, digits = name.split(":")
    return instant(unit, zoned == "zoned", int(digits))


INSTANTS = tuple(instant(unit, True, 6) for unit in UNITS)

# --- which families a column may belong to ---------------------------------------------------------------------------

_LAST = (TEXT, SCALARS, BLOB, MIXED_TEXT, BYTES_OF_ANYTHING)
"""Always ends with one that carries everything."""

_BY_AFFINITY = {
    "INTEGER": (BIGINT, DOUBLE, *_LAST),
    "REAL": (DOUBLE, *_LAST),
    "NUMERIC": (BIGINT, DOUBLE, *_LAST),
    "TEXT": _LAST,
    "BLOB": (BLOB, BYTES_OF_ANYTHING),
    "": (BIGINT, DOUBLE, *_LAST),
}

_BY_NAME = {
    "BOOL": (BOOLEAN,),
    "BOOLEAN": (BOOLEAN,),
    "DATE": (DATE, *INSTANTS),
    "DATETIME": INSTANTS,
    "DECIMAL": (NUMERIC,),
    "GUID": (UUID,),
    "JSON": (JSONB,),
    "JSONB": (JSONB,),
    "MONEY": (NUMERIC,),
    "NUMERIC": (NUMERIC,),
    "TIME": (TIME,),
    "TIMESTAMP": INSTANTS,
    "TIMESTAMPTZ": INSTANTS,
    "TIMESTAMP WITH TIME ZONE": INSTANTS,
    "UNIQUEIDENTIFIER": (UUID,),
    "UUID": (UUID,),
}


def affinity(declared: str) -> str:
    """INTEGER, TEXT, BLOB, REAL, NUMERIC, or empty where no type is declared. Total: any text has one."""
    text = declared.upper()
    for mark, found in (
        *(("INT", "INTEGER"), ("CHAR", "TEXT"), ("CLOB", "TEXT"), ("TEXT", "TEXT"), ("BLOB", "BLOB")),
        *(("REAL", "REAL"), ("FLOA", "REAL"), ("DOUB", "REAL")),
    ):
        if mark in text:
            return found
    return "" if not text.strip() or text.strip() == "ANY" else "NUMERIC"


def candidates(declared: str) -> tuple[Family, ...]:
    """The families a column of this declared type may belong to; the first that carries every value is taken."""
    return (*_BY_NAME.get(_base(declared), ()), *_BY_AFFINITY[affinity(declared)])


def speaks(declared: str) -> bool:
    """Does the declared type say what the values are? (`string` and no type at all do not.)"""
    return _base(declared) in _BY_NAME or affinity(declared) in ("INTEGER", "REAL", "TEXT", "BLOB")


def _base(declared: str) -> str:
    return " ".join(declared.upper().split("(")[0].split())


_BITS = {"smallint": 15, "integer": 31, "bigint": 63}


def adopted(column: TargetColumn) -> tuple[Family, ...]:
    """The families an existing column can take, by its PostgreSQL type; empty where we cannot fill such a type."""
    base, _, arguments = column.type.partition("(")
    limits = [int(part) for part in arguments.split(")")[0].split(",")] if arguments else []
    if base in _BITS:
        limit = 2 ** _BITS[base]
        return (replace(BIGINT, misfit=f"{BIGINT.misfit} OR {{c}} NOT BETWEEN {-limit} AND {limit - 1}"),)
    if base.startswith("timestamp"):
        zoned, digits = "with time zone" in column.type, limits[0] if limits else 6
        return tuple(instant(unit, zoned, digits) for unit in UNITS)
    if column.labels:
        labels = ", ".join(map(literal, column.labels))
        return (replace(TEXT, misfit=f"{TEXT.misfit} OR {{c}} NOT IN ({labels})"),)
    if base in ("character varying", "text"):
        longer = f" OR length({{c}})>{limits[0]}" if limits else ""
        return tuple(replace(family, misfit=f"({family.misfit}){longer}") for family in (TEXT, SCALARS, MIXED_TEXT))
    if base == "numeric" and limits:
        precision, scale = limits[0], limits[1] if len(limits) > 1 else 0
        most = 10 ** (precision - scale)
        too_fine = f" OR {{c}}<>round({{c}},{scale}) OR {{c}}<=-{most}.0 OR {{c}}>={most}.0"
        return (replace(NUMERIC, misfit=f"{NUMERIC.misfit}{too_fine}"),)
    return _ADOPTED.get(base, ())


_ADOPTED = {
    "boolean": (BOOLEAN,),
    "bytea": (BLOB, BYTES_OF_ANYTHING),
    "date": (DATE,),
    "double precision": (DOUBLE,),
    "json": (JSON,),
    "jsonb": (JSONB,),
    "numeric": (NUMERIC,),
    "time without time zone": (TIME,),
    "uuid": (UUID,),
}


def written(template: str, column: str) -> str:
    """The SQL of a template for one quoted column."""
    return template.replace("{b}", BYTES).replace("{c}", column)
