"""Looks at every value of the source before anything is written: which family each column belongs to, what cannot be
carried, how wide rows get. Must never write, and never decide from a sample or from declared types alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.migration import types
from reconciler.migration.catalogue import row_names
from reconciler.migration.names import concatenated, quoted
from reconciler.migration.source import Source, is_text
from reconciler.migration.types import Family
from reconciler.migration.values import Column, Refusal, Table

SEPARATORS = b"\x1c\x1d\x1e\x1f"
"""What the copy puts between values; text that holds them is escaped."""
WIDEST_VALUE = 250 * 1024 * 1024
"""PostgreSQL stops at 1 GB for a value or a COPY line, and hexadecimal doubles a blob."""
COLUMNS_AT_ONCE = 300
"""Result columns of one query; SQLite allows 2000."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """What was found in one table: the family of each column (by SQLite name), with the reason where it is not the one
    its declared type asks for."""

    table: Table
    rows: int
    widest: int
    families: Mapping[str, Family]
    careful: frozenset[str]
    """Columns with text that holds one of SEPARATORS."""
    nulls: frozenset[str]
    """Columns with at least one NULL."""
    reasons: Mapping[str, str]
    refusals: tuple[Refusal, ...] = ()


@dataclass(slots=True)
class _Found:
    refusals: list[Refusal] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)


def assess(source: Source, table: Table, wanted: Mapping[str, Sequence[Family]]) -> Assessed:
    """`wanted`: for each column (SQLite name) the families it may belong to, best first."""
    found = _Found()
    rows, nulls, families = _families(source, table, wanted, found)
    missing = [column for column in table.columns if column.not_null and column.name in nulls]
    found.refusals += [_null_in_not_null(source, table, column) for column in missing]
    widest, careful = _census(source, table, families, found)
    return Assessed(table, rows, widest, families, careful, nulls, found.reasons, tuple(found.refusals))


def column_sql(name: str) -> str:
    return f"t.{quoted(name)}"


# --- families --------------------------------------------------------------------------------------------------------


def _families(
    source: Source, table: Table, wanted: Mapping[str, Sequence[Family]], found: _Found
) -> tuple[int, frozenset[str], dict[str, Family]]:
    first = {name: families[:1] for name, families in wanted.items()}
    rows, present, misfits = _misfits(source, table, first)
    families = {name: some[0] for name, some in wanted.items() if not misfits[name, 0]}
    others = {name: some for name, some in wanted.items() if name not in families}
    if others:
        _, _, misfits = _misfits(source, table, others)
    for name, some in others.items():
        place = next((place for place in range(len(some)) if not misfits[name, place]), None)
        families[name] = some[0 if place is None else place]
        rowids = row_names(source, table, _misfit(some[0], name))
        if place is None:
            found.refusals.append(_no_fit(table, name, some[0], misfits[name, 0], rowids))
        elif some[place].type != some[0].type:
            found.reasons[name] = (
                f"carried as {some[place].type}, not {some[0].type}, because of {misfits[name, 0]} value(s) that are"
                f" none (row {', '.join(rowids)})"
            )
    nulls = frozenset(name for name in wanted if present[name] < rows)
    return rows, nulls, {name: families[name] for name in wanted}


def _misfit(family: Family, column: str) -> str:
    return f"({types.written(family.misfit, column_sql(column))})"


def _misfits(
    source: Source, table: Table, wanted: Mapping[str, Sequence[Family]]
) -> tuple[int, dict[str, int], dict[tuple[str, int], int]]:
    """Rows; values that are not NULL, by column; misfits by column and place in its list of families."""
    keys: list[tuple[str, int]] = [(name, place) for name, some in wanted.items() for place in range(-1, len(some))]
    counted: dict[tuple[str, int], int] = {}
    rows = 0
    for part in _parts(keys):
        sums = [
            f"count({column_sql(name)})"
            if place < 0
            else f"count(CASE WHEN {_misfit(wanted[name][place], name)} THEN 1 END)"
            for name, place in part
        ]
        (answer,) = source.query(f"SELECT count(*), {', '.join(sums)} FROM {quoted(table.name)} t")
        rows = answer[0]
        counted.update(zip(part, answer[1:], strict=True))
    present = {name: count for (name, place), count in counted.items() if place < 0}
    return rows, present, {key: count for key, count in counted.items() if key[1] >= 0}


def _parts(keys: list[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    for start in range(0, len(keys), COLUMNS_AT_ONCE):
        yield keys[start : start + COLUMNS_AT_ONCE]


def _no_fit(table: Table, column: str, family: Family, count: int, rowids: tuple[str, ...]) -> Refusal:
    return Refusal(
        table.name,
        column,
        count,
        rowids,
        f"value that the existing column ({family.type}) cannot hold exactly",
        "correct the values, or widen the column of the existing table",
    )


def _null_in_not_null(source: Source, table: Table, column: Column) -> Refusal:
    condition = f"{column_sql(column.name)} IS NULL"
    (answer,) = source.query(f"SELECT count(*) FROM {quoted(table.name)} t WHERE {condition}")
    rowids = row_names(source, table, condition)
    return Refusal(table.name, column.name, answer[0], rowids, "NULL in a NOT NULL column", "set a value")


# --- the census of text ----------------------------------------------------------------------------------------------


def _census(source: Source, table: Table, families: Mapping[str, Family], found: _Found) -> tuple[int, frozenset[str]]:
    """Reads all text once: U+0000 and invalid UTF-8 cannot be carried, SEPARATORS need care. Also the width of rows."""
    text = [name for name, family in families.items() if family.textual and family.type != "bytea"]
    blobs = [name for name, family in families.items() if family.type == "bytea"]
    widest = 40 * len(families) + _widest_blobs(source, table, blobs, found)
    if not text:
        return widest, frozenset()
    longest, bad, separated = 0, False, False
    for block in _text_blocks(source, table, text, widest):
        longest = max(longest, *map(len, block))
        joined = b"\n".join(block)
        bad = bad or not is_text(joined)
        separated = separated or any(joined.find(mark) >= 0 for mark in (b"\x1c", b"\x1d", b"\x1e", b"\x1f"))
    careful = [name for name in text if separated and families[name].free and _holds_separators(source, table, name)]
    if bad:
        found.refusals += _bad_text(source, table, text)
    if longest > WIDEST_VALUE:
        found.refusals.append(_too_wide(table, "", longest))
    return widest + 2 * longest, frozenset(careful)


def _text_blocks(source: Source, table: Table, columns: Sequence[str], widest: int) -> Iterator[list[bytes]]:
    line = concatenated([part for name in columns for part in (f"ifnull({column_sql(name)},'')", "'\n'")])
    for rows in source.stream(f"SELECT {line} FROM {quoted(table.name)} t", widest=max(widest, 256 * 1024)):
        yield [row[0] for row in rows]


def _widest_blobs(source: Source, table: Table, blobs: Sequence[str], found: _Found) -> int:
    if not blobs:
        return 0
    lengths = [f"max(length({column_sql(name)}))" for name in blobs]
    (answer,) = source.query(f"SELECT {', '.join(lengths)} FROM {quoted(table.name)} t")
    widths = dict(zip(blobs, (width or 0 for width in answer), strict=True))
    found.refusals += [_too_wide(table, name, width) for name, width in widths.items() if width > WIDEST_VALUE]
    return 2 * sum(widths.values())


def _too_wide(table: Table, column: str, width: int) -> Refusal:
    return Refusal(
        table.name, column, 1, (), f"value of {width:,} bytes", "PostgreSQL cannot take it: keep such files in S3"
    )


def _holds_separators(source: Source, table: Table, column: str) -> bool:
    c = column_sql(column)
    marks = " OR ".join(f"instr({c},char({mark}))" for mark in SEPARATORS)
    return bool(source.query(f"SELECT 1 FROM {quoted(table.name)} t WHERE {marks} LIMIT 1"))


def _bad_text(source: Source, table: Table, columns: Sequence[str]) -> Iterator[Refusal]:
    for name in columns:
        c = column_sql(name)
        for reason, sign, advice in (
            (
                "text with U+0000, which PostgreSQL has no place for",
                f"instr({c},char(0))",
                f"UPDATE {quoted(table.name)} SET {quoted(name)} = replace({quoted(name)}, char(0), '')",
            ),
            (
                "text that is not valid UTF-8",
                f"decodes(CAST({c} AS BLOB)) IS NOT 1",
                "re-encode it, or store it in a BLOB column",
            ),
        ):
            condition = f"typeof({c})='text' AND {sign}"
            (answer,) = source.query(f"SELECT count(*) FROM {quoted(table.name)} t WHERE {condition}")
            if answer[0]:
                yield Refusal(table.name, name, answer[0], row_names(source, table, condition), reason, advice)
