"""From the frozen source and the target's catalogue to the plan of a migration. Reads both sides; must never write.

Tables the target already has (an ORM made them) are filled by name, if empty; all others are created.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from reconciler.migration import catalogue, schema, types
from reconciler.migration.assess import Assessed, assess, column_sql
from reconciler.migration.names import fitted, quoted
from reconciler.migration.schema import Design, Placed
from reconciler.migration.source import Source
from reconciler.migration.target import Target
from reconciler.migration.types import Family
from reconciler.migration.values import (
    CannotCarry,
    ColumnPlan,
    Database,
    ForeignKey,
    Options,
    Plan,
    Progress,
    Refusal,
    Table,
    TablePlan,
    TargetColumn,
    TargetTable,
    UnusableTarget,
)

MOST_COLUMNS = 1600

_OTHERS = {
    "view": "not carried over; create it in PostgreSQL: {sql}",
    "trigger": "not carried over; create it in PostgreSQL: {sql}",
    "virtual": "a virtual table is not carried over (use PostgreSQL's own full-text search or indexes): {sql}",
    "shadow": "the inner storage of a virtual table, not data",
    "bookkeeping": "an ORM's own notes about this SQLite file, not copied",
    "excluded": "left out as asked",
}


def plan(source: Source, target: Target, options: Options, on_progress: Callable[[Progress], None]) -> Plan:
    """The plan. Raises CannotCarry (with every refusal at once) and UnusableTarget before anything is written."""
    database = catalogue.read(source, options)
    existing = target.tables(options.schema)
    _check_schema(target, options)
    design = Design(options.schema, target.relations(options.schema))
    matches = {table.name: _match(table, existing) for table in database.tables}
    _refuse_filled([found for found in matches.values() if found and not found.empty])
    _refuse_wide(database)
    placed = []
    for table in database.tables:
        on_progress(Progress("assess", table.name))
        placed.append(_place(source, table, matches[table.name], design))
    refusals = [refusal for one in placed for refusal in one.assessed.refusals]
    if refusals:
        raise CannotCarry(refusals)
    return _assembled(source, database, _parents_first(placed, existing), design)


def _check_schema(target: Target, options: Options) -> None:
    if not target.query("SELECT 1 FROM pg_namespace WHERE nspname = %s", (options.schema,)):
        raise UnusableTarget(
            f"the target has no schema {options.schema}",
            help=f"CREATE SCHEMA {quoted(options.schema)}, or name another one",
        )


def _match(table: Table, existing: Mapping[str, TargetTable]) -> TargetTable | None:
    """The existing table of that name; failing that, the only one that differs in case alone."""
    if table.name in existing:
        return existing[table.name]
    alike = [found for name, found in existing.items() if name.lower() == table.name.lower()]
    return alike[0] if len(alike) == 1 else None


def _refuse_filled(filled: Sequence[TargetTable]) -> None:
    if filled:
        raise UnusableTarget(
            f"the target has rows that this migration did not put there: {', '.join(table.name for table in filled)}",
            help="empty or rename these tables (nothing of yours is ever deleted), or migrate into another schema",
        )


def _refuse_wide(database: Database) -> None:
    wide = [table for table in database.tables if len(table.columns) > MOST_COLUMNS]
    if wide:
        reason = f"{{}} columns, PostgreSQL allows {MOST_COLUMNS}"
        raise CannotCarry(
            [Refusal(table.name, "", 0, (), reason.format(len(table.columns)), "split the table") for table in wide]
        )


# --- one table -------------------------------------------------------------------------------------------------------


def _place(source: Source, table: Table, found: TargetTable | None, design: Design) -> Placed:
    pairs = _paired(table, found) if found else {}
    wanted: dict[str, Sequence[Family]] = {
        column.name: types.adopted(pairs[column.name]) if found else types.candidates(column.declared)
        for column in table.columns
    }
    assessed = assess(source, table, wanted)
    taken: set[str] = set()
    columns = tuple(
        ColumnPlan(
            column.name,
            pairs[column.name].name if found else fitted(column.name, taken),
            assessed.families[column.name].name,
            pairs[column.name].type if found else assessed.families[column.name].type,
            column.name in assessed.careful,
        )
        for column in table.columns
    )
    for column in table.columns:
        if column.name in assessed.reasons and types.speaks(column.declared):
            design.notice("type", f"{table.name}.{column.name}", assessed.reasons[column.name])
    name = found.name if found else fitted(table.name, design.taken)
    return Placed(table, _table_plan(table, name, columns, assessed, found), assessed)


def _table_plan(
    table: Table, name: str, columns: tuple[ColumnPlan, ...], assessed: Assessed, found: TargetTable | None
) -> TablePlan:
    return TablePlan(
        table.name,
        name,
        columns,
        table.rowid,
        table.primary_key,
        assessed.rows,
        assessed.widest,
        created=found is None,
        whole=found is not None and name in found.parents,
    )


def _paired(table: Table, found: TargetTable) -> dict[str, TargetColumn]:
    """Source column -> column of the existing table. Raises UnusableTarget where they do not fit together."""
    free = {column.name: column for column in found.columns if not column.generated}
    by_lower = {name.lower(): column for name, column in free.items()}
    pairs = {}
    for column in table.columns:
        match = free.get(column.name) or by_lower.get(column.name.lower())
        if match is None:
            _unfit(found, f"has no column {column.name}")
        elif not types.adopted(match):
            _unfit(found, f"has the column {match.name} of type {match.type}, which cannot be filled")
        else:
            pairs[column.name] = match
    filled = {column.name for column in pairs.values()}
    needed = [
        name for name, column in free.items() if name not in filled and column.not_null and not column.has_default
    ]
    if needed:
        _unfit(found, f"needs a value for {', '.join(needed)}, which the source does not have")
    return pairs


def _unfit(found: TargetTable, problem: str) -> None:
    raise UnusableTarget(
        f"the existing table {found.name} {problem}",
        help="bring both schemas to the same version of the application, drop the empty table to have it created,"
        " or exclude it",
    )


# --- all of them -----------------------------------------------------------------------------------------------------


def _parents_first(placed: Sequence[Placed], existing: Mapping[str, TargetTable]) -> list[Placed]:
    """An order in which the foreign keys that exist already hold after every chunk; created tables have none yet."""
    waiting = {one.plan.target: one for one in placed}
    ordered: list[Placed] = []
    while waiting:
        ready = [one for name, one in waiting.items() if not _waits(name, one, waiting, existing)]
        if not ready:
            raise UnusableTarget(
                f"the foreign keys of these existing tables form a circle: {', '.join(waiting)}",
                help="drop one of these foreign keys and add it again after the migration",
            )
        ordered += ready
        waiting = {name: one for name, one in waiting.items() if one not in ready}
    return ordered


def _waits(name: str, one: Placed, waiting: Mapping[str, Placed], existing: Mapping[str, TargetTable]) -> bool:
    parents = existing[name].parents if not one.plan.created else ()
    return any(parent in waiting and parent != name for parent in parents)


def _assembled(source: Source, database: Database, placed: Sequence[Placed], design: Design) -> Plan:
    created = [one for one in placed if one.plan.created]
    statements = tuple(schema.create_table(one, design) for one in created)
    everything = {one.table.name.lower(): one for one in placed}
    for one in created:
        schema.add_keys(one, design)
    for one in created:
        schema.add_foreign_keys(one, everything, dict(_orphans(source, one, everything)), design)
        schema.add_checks(one, design)
    for one in placed:
        design.steps += schema.last_steps(one, _greatest(source, one.table), design)
    if source.warning:
        design.notice("source", "file", source.warning)
    for other in database.others:
        design.notice(other.kind, other.name, _OTHERS[other.kind].format(sql=other.sql))
    return Plan(
        design.schema, tuple(one.plan for one in placed), statements, tuple(design.steps), tuple(design.notices)
    )


def _greatest(source: Source, table: Table) -> int:
    """The greatest id ever given: AUTOINCREMENT remembers it when the row is gone."""
    if table.identity is None:
        return 0
    rows = source.query(f"SELECT max({quoted(table.identity)}) FROM {quoted(table.name)}")
    return max(rows[0][0] or 0, table.last_identity)


def _orphans(
    source: Source, one: Placed, everything: Mapping[str, Placed]
) -> Iterator[tuple[ForeignKey, tuple[str, ...]]]:
    """Foreign keys of the table with rows whose parent does not exist (SQLite checks them only if asked to)."""
    for key in one.table.foreign_keys:
        parent = everything.get(key.parent.lower())
        parents = (key.parent_columns or parent.table.primary_key) if parent else ()
        known = {column.name.lower() for column in parent.table.columns} if parent else set()
        if parent is None or len(parents) != len(key.columns) or not {name.lower() for name in parents} <= known:
            continue
        same = " AND ".join(
            f"p.{quoted(name)}={column_sql(child)}" for child, name in zip(key.columns, parents, strict=True)
        )
        present = " AND ".join(f"{column_sql(child)} IS NOT NULL" for child in key.columns)
        condition = f"{present} AND NOT EXISTS (SELECT 1 FROM {quoted(parent.table.name)} p WHERE {same})"
        rows = catalogue.row_names(source, one.table, condition)
        if rows:
            yield key, rows
