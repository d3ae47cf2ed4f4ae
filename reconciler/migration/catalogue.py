"""What is in the frozen SQLite file: its tables with columns, keys and indexes, and everything that is no table.

Reads SQLite's own catalogue (pragmas); must never guess from the CREATE TABLE text what a pragma tells.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from reconciler.migration.names import quoted
from reconciler.migration.source import Source
from reconciler.migration.values import (
    Column,
    Database,
    ForeignKey,
    Index,
    IndexPart,
    Options,
    OtherObject,
    Table,
    UnusableSource,
)

BOOKKEEPING = frozenset(
    {
        *("__drizzle_migrations", "__EFMigrationsHistory", "__EFMigrationsLock", "_cf_KV", "_prisma_migrations"),
        *("_sqlx_migrations", "alembic_version", "ar_internal_metadata", "d1_migrations", "django_migrations"),
        *("flyway_schema_history", "goose_db_version", "knex_migrations", "knex_migrations_lock"),
        *("mikro_orm_migrations", "phinxlog", "schema_migrations", "SequelizeMeta", "typeorm_metadata"),
    }
)
"""Where ORMs note which of their migrations ran: true of the SQLite schema only, so never copied."""

ROWID_NAMES = ("rowid", "_rowid_", "oid")


def read(source: Source, options: Options) -> Database:
    """All tables the options ask for, in catalogue order. Raises UnusableSource where there is none."""
    listed = source.query(
        "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    statements = {name: sql or "" for name, sql in source.query("SELECT name, sql FROM sqlite_schema")}
    kinds = {name: (kind, without_rowid) for name, kind, without_rowid in listed}
    ordered = [name for name in statements if name in kinds]
    if not any(kinds[name][0] == "table" for name in ordered):
        raise UnusableSource(
            "the SQLite file has no tables",
            help="a wrong path often makes SQLite create an empty file: check that this is the application's database",
        )
    tables = tuple(
        _table(source, name, bool(kinds[name][1]), statements[name])
        for name in ordered
        if kinds[name][0] == "table" and name not in BOOKKEEPING and wanted(name, options)
    )
    return Database(tables, (*_others(source, kinds, statements), *_left_out(ordered, kinds, options)))


def wanted(name: str, options: Options) -> bool:
    included = not options.include or any(fnmatchcase(name, pattern) for pattern in options.include)
    return included and not any(fnmatchcase(name, pattern) for pattern in options.exclude)


def _others(source: Source, kinds: dict[str, tuple[str, int]], statements: dict[str, str]) -> tuple[OtherObject, ...]:
    listed = (OtherObject(kind, name, statements.get(name, "")) for name, (kind, _) in kinds.items() if kind != "table")
    triggers = source.query("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    return (*listed, *(OtherObject("trigger", name, sql) for name, sql in triggers))


def _left_out(ordered: list[str], kinds: dict[str, tuple[str, int]], options: Options) -> tuple[OtherObject, ...]:
    tables = [name for name in ordered if kinds[name][0] == "table"]
    return (
        *(OtherObject("bookkeeping", name, "") for name in tables if name in BOOKKEEPING),
        *(
            OtherObject("excluded", name, "")
            for name in tables
            if name not in BOOKKEEPING and not wanted(name, options)
        ),
    )


def _table(source: Source, name: str, without_rowid: bool, sql: str) -> Table:
    found = source.query(
        'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid', (name,)
    )
    columns = tuple(
        Column(column, declared, bool(not_null), default, generated=hidden in (2, 3))
        for column, declared, not_null, default, _, hidden in found
        if hidden != 1
    )
    primary_key = tuple(row[0] for row in sorted((row for row in found if row[4]), key=lambda row: row[4]))
    indexes = _indexes(source, name)
    identity = None if without_rowid else _identity(found, indexes)
    taken = {column.name.lower() for column in columns}
    free = next((alias for alias in ROWID_NAMES if alias not in taken), identity)
    return Table(
        name,
        columns,
        primary_key,
        indexes,
        _foreign_keys(source, name),
        None if without_rowid else free,
        identity,
        _last_identity(source, name) if identity else 0,
        sql,
    )


def _identity(found: list[tuple[object, ...]], indexes: tuple[Index, ...]) -> str | None:
    """The INTEGER PRIMARY KEY: a single key column of exactly that type for which SQLite made no index."""
    keys = [(str(name), str(declared)) for name, declared, _, _, pk, _ in found if pk]
    if len(keys) != 1 or keys[0][1].upper() != "INTEGER" or any(index.origin == "pk" for index in indexes):
        return None
    return keys[0][0]


def _last_identity(source: Source, name: str) -> int:
    if not source.query("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'"):
        return 0
    rows = source.query("SELECT max(seq) FROM sqlite_sequence WHERE name = ?", (name,))
    return rows[0][0] if rows and isinstance(rows[0][0], int) else 0


def _indexes(source: Source, table: str) -> tuple[Index, ...]:
    listed = source.query(
        'SELECT l.name, l."unique", l.origin, l.partial, s.sql FROM pragma_index_list(?) l'
        " LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = l.name ORDER BY l.seq DESC",
        (table,),
    )
    found = []
    for name, unique, origin, partial, sql in listed:
        parts = source.query(
            'SELECT name, coll, "desc", cid FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno', (name,)
        )
        found.append(
            Index(
                name,
                bool(unique),
                origin,
                tuple(
                    IndexPart(None if cid == -2 else column, coll.upper(), bool(desc))
                    for column, coll, desc, cid in parts
                ),
                sql or "",
                bool(partial),
            )
        )
    return tuple(found)


def _foreign_keys(source: Source, table: str) -> tuple[ForeignKey, ...]:
    rows = source.query(
        'SELECT id, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq',
        (table,),
    )
    keys: dict[int, list[tuple[object, ...]]] = {}
    for row in rows:
        keys.setdefault(row[0], []).append(row[1:])
    return tuple(
        ForeignKey(
            tuple(str(row[1]) for row in group),
            str(group[0][0]),
            tuple(str(row[2]) for row in group if row[2] is not None),
            str(group[0][3]),
            str(group[0][4]),
        )
        for group in keys.values()
    )


def row_names(source: Source, table: Table, condition: str, limit: int = 5) -> tuple[str, ...]:
    """The rowids (or the position, where there is none) of the first rows the SQL condition on `t` holds for."""
    name = quoted(table.name)
    if table.rowid:
        sql = f"SELECT t.{quoted(table.rowid)} FROM {name} t WHERE {condition} ORDER BY 1 LIMIT {limit}"
    else:
        numbered = f'SELECT *, row_number() OVER () AS "#" FROM {name} NOT INDEXED'
        sql = f'SELECT t."#" FROM ({numbered}) t WHERE {condition} LIMIT {limit}'
    return tuple(str(row[0]) for row in source.query(sql))
