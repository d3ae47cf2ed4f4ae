"""Compares source and target row by row, by two code paths that share nothing: SQLite's values hashed here,
PostgreSQL's values hashed there. Must never use what the copy printed.

Each side prints a row in one canonical form and takes 64 bits of its md5; the hashes of a table are added up, so order
does not matter. They are added in BUCKETS sums: where tables differ, few rows must be listed to find those that do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import md5

from reconciler.migration import types
from reconciler.migration.assess import column_sql
from reconciler.migration.names import concatenated, quoted
from reconciler.migration.source import Source
from reconciler.migration.target import Target
from reconciler.migration.values import ColumnPlan, Difference, Plan, Progress, TableCheck, TablePlan, Verification

NULL, FIELD = "\x1d", "\x1f"
BUCKETS = 1024
"""A power of two: the bucket of a row is the low bits of its hash."""
BUCKETS_LISTED = 64
DIFFERENCES_LISTED = 20


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one side of a table: rows and sum of hashes, by bucket."""

    rows: tuple[int, ...]
    sums: tuple[int, ...]


def compare(source: Source, target: Target, plan: Plan, on_progress: Callable[[Progress], None]) -> Verification:
    """Compares every row of every table. Never raises for a difference: see `Verification`."""
    with target.transaction():
        target.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        checks = []
        for table in plan.tables:
            on_progress(Progress("verify", table.source, 0, table.rows))
            checks.append(_check(source, target, plan.schema, table))
    return Verification(tuple(checks))


def _check(source: Source, target: Target, schema: str, table: TablePlan) -> TableCheck:
    here = _source_sums(source, table)
    there = _target_sums(target, schema, table)
    check = TableCheck(table.source, sum(here.rows), sum(there.rows), sum(here.sums), sum(there.sums))
    differing = [b for b in range(BUCKETS) if (here.rows[b], here.sums[b]) != (there.rows[b], there.sums[b])]
    if not differing:
        return check
    buckets = frozenset(differing[:BUCKETS_LISTED])
    return replace(check, differences=tuple(_differences(source, target, schema, table, buckets)))


def _source_sums(source: Source, table: TablePlan) -> Sums:
    rows, sums = [0] * BUCKETS, [0] * BUCKETS
    sql = f"SELECT {_source_row(table)} FROM {quoted(table.source)} AS t"
    from_bytes, mask = int.from_bytes, BUCKETS - 1
    for block in source.stream(sql, widest=table.widest):
        for (row,) in block:
            value = from_bytes(md5(row, usedforsecurity=False).digest()[:8], "big", signed=True)
            rows[value & mask] += 1
            sums[value & mask] += value
    return Sums(tuple(rows), tuple(sums))


def _target_sums(target: Target, schema: str, table: TablePlan) -> Sums:
    hashed = f"SELECT {_target_hash(table)} AS h FROM {quoted(schema, table.target)} t"
    # OFFSET 0 keeps the planner from computing the hash once for each use.
    found = target.query(f"SELECT (h & {BUCKETS - 1})::int, count(*), sum(h) FROM ({hashed} OFFSET 0) s GROUP BY 1")
    rows, sums = [0] * BUCKETS, [0] * BUCKETS
    for bucket, count, total in found:
        rows[bucket], sums[bucket] = count, int(total)
    return Sums(tuple(rows), tuple(sums))


# --- one row, in one form --------------------------------------------------------------------------------------------


def _source_row(table: TablePlan) -> str:
    return _row([_source_key(column) for column in table.columns], f"ifnull({{}},'{NULL}')")


def _target_hash(table: TablePlan) -> str:
    row = _row([_target_key(column) for column in table.columns], f"coalesce({{}},'{NULL}')")
    return f"('x'||left(md5({row}),16))::bit(64)::bigint"


def _row(keys: list[str], or_null: str) -> str:
    return concatenated([part for key in keys for part in (f"'{FIELD}'", or_null.replace("{}", key))][1:])


def _source_key(column: ColumnPlan) -> str:
    key = types.written(types.resolve(column.family).source_key, column_sql(column.source))
    return f"length({key})||':'||{key}" if column.careful else key


def _target_key(column: ColumnPlan) -> str:
    key = types.written(types.resolve(column.family).target_key, f"t.{quoted(column.target)}")
    return f"length({key})||':'||{key}" if column.careful else key


# --- which rows ------------------------------------------------------------------------------------------------------


def _differences(
    source: Source, target: Target, schema: str, table: TablePlan, buckets: frozenset[int]
) -> Iterator[Difference]:
    """The rows of these buckets that only one side has; one with the same key on both sides is a changed row."""
    here = _by_hash(_source_rows(source, table, buckets))
    there = _by_hash(_target_rows(target, schema, table, buckets))
    missing = {name for value, names in here.items() for name in names[len(there.get(value, ())) :]}
    extra = {name for value, names in there.items() for name in names[len(here.get(value, ())) :]}
    listed = [
        *(("changed", key) for key in sorted(missing & extra)),
        *(("missing", key) for key in sorted(missing - extra)),
        *(("extra", key) for key in sorted(extra - missing)),
    ]
    for kind, key in listed[:DIFFERENCES_LISTED]:
        yield Difference(kind, key)


def _by_hash(rows: Iterable[tuple[str, int]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for name, value in rows:
        found.setdefault(value, []).append(name)
    return found


def _source_rows(source: Source, table: TablePlan, buckets: frozenset[int]) -> Iterator[tuple[str, int]]:
    sql = f"SELECT {_source_row(table)}, {_source_name(table)} FROM {quoted(table.source)} AS t"
    for block in source.stream(sql, widest=table.widest):
        for row, name in block:
            value = int.from_bytes(md5(row, usedforsecurity=False).digest()[:8], "big", signed=True)
            if value & (BUCKETS - 1) in buckets:
                yield (name.decode(errors="replace") if isinstance(name, bytes) else str(name)), value


def _target_rows(target: Target, schema: str, table: TablePlan, buckets: frozenset[int]) -> list[tuple[str, int]]:
    hashed = f"SELECT {_target_hash(table)} AS h, {_target_name(table)} AS n FROM {quoted(schema, table.target)} t"
    chosen = ", ".join(map(str, sorted(buckets)))
    return [
        (name, value)
        for name, value in target.query(
            f"SELECT n, h FROM ({hashed} OFFSET 0) s WHERE (h & {BUCKETS - 1}) IN ({chosen})"
        )
    ]


def _source_name(table: TablePlan) -> str:
    """What names a row to a person: the primary key in its canonical form, else the rowid."""
    if table.key:
        return _row([_source_key(column) for column in _key_columns(table)], "ifnull({},'NULL')").replace(FIELD, ",")
    return f"'rowid '||{column_sql(table.rowid)}" if table.rowid else "'a row'"


def _target_name(table: TablePlan) -> str:
    if table.key:
        return _row([_target_key(column) for column in _key_columns(table)], "coalesce({},'NULL')").replace(FIELD, ",")
    return "'ctid '||t.ctid::text"


def _key_columns(table: TablePlan) -> list[ColumnPlan]:
    return [column for column in table.columns if column.source in table.key]
