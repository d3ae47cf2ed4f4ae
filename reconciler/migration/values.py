"""The frozen values of a migration and its errors. Must never perform I/O or import a database driver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import ReconcileError, Refused, VerificationFailed

# --- what the caller says and hears ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Options:
    """How to migrate. `include` and `exclude` are globs on SQLite table names; no `include` means all of them."""

    name: str = "main"
    """Tells several migrations into one target schema apart."""
    schema: str = "public"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    chunk_bytes: int = 8 * 1024 * 1024
    """A chunk is committed once it holds this many bytes of COPY text."""
    chunk_rows: int | None = None
    """A chunk never holds more rows than this."""
    work_dir: Path | None = None
    """Where the frozen copy of the source lives while a run lasts (as large as the source); None: the system's."""
    restart: bool = False
    """Drop what an unfinished migration of another source created, and begin again."""

    def __post_init__(self) -> None:
        if self.chunk_bytes < 1 or (self.chunk_rows is not None and self.chunk_rows < 1):
            raise Refused("chunk_bytes and chunk_rows must be at least 1")
        if not self.name or not self.schema:
            raise Refused("a migration needs a name and a target schema")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is: `phase` is freeze, assess, copy, constrain or verify; `table` the SQLite name or empty."""

    phase: str
    table: str = ""
    copied: int = 0
    total: int = 0

    @property
    def text(self) -> str:
        done = f"{self.copied:,} of " if self.phase == "copy" else ""
        rows = f" {done}{self.total:,} rows" if self.total else ""
        return f"{self.phase} {self.table}{rows}".strip()


@dataclass(frozen=True, slots=True)
class TableStatus:
    table: str
    copied: int
    total: int


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a migration.

    pending: nothing was created. copying, copied, constrained: under way, run again to continue. verified: every row
    was compared. failed: the comparison found differences. source_changed: the file is not the one being migrated.
    """

    state: str
    fingerprint: str
    """Of the source as it is now (sha256, hex)."""
    tables: tuple[TableStatus, ...] = ()
    reason: str = ""

    @property
    def rows_copied(self) -> int:
        return sum(table.copied for table in self.tables)

    @property
    def rows_total(self) -> int:
        return sum(table.total for table in self.tables)

    @property
    def percent(self) -> int:
        """Whole percent of the rows, rounded down, so 100 means all of them."""
        return 100 if self.rows_copied >= self.rows_total else self.rows_copied * 100 // self.rows_total

    @property
    def summary(self) -> str:
        words = {
            "copying": f"{self.percent} % copied",
            "copied": "copied, constraints to come",
            "constrained": "copied, to be verified",
            "source_changed": "the source has changed",
        }
        return words.get(self.state, self.state)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something not carried over one to one, said aloud: `kind` is type, default, view, trigger, index, table ..."""

    kind: str
    object: str
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did. `chunks` and `rows` count this run only; a run that found everything done has 0 of both."""

    status: Status
    notices: tuple[Notice, ...] = ()
    chunks: int = 0
    rows: int = 0

    def text(self) -> str:
        """The whole report for a person: state, rows per table, and everything not carried over one to one."""
        lines = [f"{self.status.summary}: {self.status.rows_copied:,} of {self.status.rows_total:,} rows"]
        lines += [f"  {table.table}: {table.copied:,} of {table.total:,}" for table in self.status.tables]
        lines += [f"  note ({notice.kind}) {notice.object}: {notice.detail}" for notice in self.notices]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not the same on both sides: `kind` is changed, missing or extra (seen from the source)."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class TableCheck:
    """Both sides of one table: rows, and the sum of all row hashes (order-free)."""

    table: str
    source_rows: int
    target_rows: int
    source_sum: int
    target_sum: int
    differences: tuple[Difference, ...] = ()

    @property
    def equal(self) -> bool:
        return (self.source_rows, self.source_sum) == (self.target_rows, self.target_sum)


@dataclass(frozen=True, slots=True)
class Verification:
    tables: tuple[TableCheck, ...]

    @property
    def rows(self) -> int:
        return sum(table.source_rows for table in self.tables)


# --- the source ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    declared: str
    """The type as written in CREATE TABLE: free text, may be empty."""
    not_null: bool = False
    default: str | None = None
    """The SQL text of the default."""
    generated: bool = False


@dataclass(frozen=True, slots=True)
class IndexPart:
    """`column` is None for an expression; `collation` is SQLite's name."""

    column: str | None
    collation: str = "BINARY"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """`origin` is c (CREATE INDEX), u (UNIQUE) or pk; `sql` is empty for the last two."""

    name: str
    unique: bool
    origin: str
    parts: tuple[IndexPart, ...]
    sql: str = ""
    partial: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`parent_columns` may be empty: then the parent's primary key is meant."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    on_update: str
    on_delete: str


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    rowid: str | None = "rowid"
    """The name under which the rowid can be read; None: WITHOUT ROWID, or every name of it is a real column."""
    identity: str | None = None
    """The column that is the rowid (INTEGER PRIMARY KEY)."""
    last_identity: int = 0
    """What AUTOINCREMENT remembers as the greatest value ever given."""
    sql: str = ""


@dataclass(frozen=True, slots=True)
class OtherObject:
    """A view, trigger, virtual or shadow table: `kind` is SQLite's word."""

    kind: str
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Database:
    tables: tuple[Table, ...]
    others: tuple[OtherObject, ...] = ()


# --- the target ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """A column of an existing table: `type` as format_type() prints it, `labels` those of an enum type."""

    name: str
    type: str
    not_null: bool = False
    has_default: bool = False
    generated: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetTable:
    """An existing table; `parents` are the tables its foreign keys need (itself included for a self-reference)."""

    name: str
    columns: tuple[TargetColumn, ...]
    empty: bool
    parents: tuple[str, ...] = ()


# --- the plan --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """`family` says how values travel (see types.resolve); `careful`: some text holds our own separator characters."""

    source: str
    target: str
    family: str
    type: str
    careful: bool = False


@dataclass(frozen=True, slots=True)
class TablePlan:
    """One table to copy. `widest` bounds the bytes of one row as COPY text."""

    source: str
    target: str
    columns: tuple[ColumnPlan, ...]
    rowid: str | None
    key: tuple[str, ...]
    """Source columns that name a row to a person: the primary key."""
    rows: int
    widest: int
    created: bool
    """Ours (made by this migration), not one the ORM had made."""
    whole: bool = False
    """Copied in one chunk: its own foreign key points at itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """DDL after the load. `optional`: a failure becomes a notice; `fallback` is tried when an index row is too long."""

    name: str
    sql: str
    optional: bool = False
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run needs; kept in the target, so that a resumed run follows the same one."""

    schema: str
    tables: tuple[TablePlan, ...]
    create: tuple[str, ...]
    steps: tuple[Step, ...]
    notices: tuple[Notice, ...]


# --- errors ----------------------------------------------------------------------------------------------------------


class UnusableSource(Refused):
    """The file is missing, empty, not SQLite, damaged, locked or needs something this SQLite lacks."""


class SourceChanged(Refused):
    """The file is not the one this migration began with."""


class UnusableTarget(Refused):
    """The target cannot be used as it is: a table with rows that are not ours, a missing privilege, an old server."""


class TargetUnavailable(ReconcileError):
    """PostgreSQL cannot be reached or the connection broke; running again continues after the last chunk."""


class MigrationFailed(ReconcileError):
    """PostgreSQL refused a statement (`state` is its SQLSTATE); nothing after the last commit took effect."""

    def __init__(self, message: str, *, state: str = "", help: str = "") -> None:
        super().__init__(message, help=help)
        self.state = state


@dataclass(frozen=True, slots=True)
class Refusal:
    """Values that cannot be carried exactly: where, how many, which rows (the first few) and the way out."""

    table: str
    column: str
    count: int
    rows: tuple[str, ...]
    reason: str
    advice: str

    def __str__(self) -> str:
        where = f"{self.table}.{self.column}" if self.column else self.table
        rows = f" (rowid {', '.join(self.rows)}{', ...' if self.count > len(self.rows) else ''})" if self.rows else ""
        times = f"{self.count} x " if self.count else ""
        return f"{where}: {times}{self.reason}{rows}: {self.advice}"


class CannotCarry(Refused):
    """Found before the first write: nothing was created."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(
            "the data cannot be carried exactly, nothing was written:\n  " + "\n  ".join(map(str, refusals)),
            help="repair these values in the source, or leave the table out with `exclude`, and run again",
        )
        self.refusals = tuple(refusals)


class NotEqual(VerificationFailed):
    """Source and target differ; `verification` has the tables and keys."""

    def __init__(self, verification: Verification) -> None:
        lines = [line for check in verification.tables if not check.equal for line in _lines(check)]
        super().__init__(
            "source and target differ:\n  " + "\n  ".join(lines),
            help="repair the named rows in the target (or find out what wrote there), then verify again",
        )
        self.verification = verification


def _lines(check: TableCheck) -> list[str]:
    counts = f"{check.table}: {check.source_rows} rows in the source, {check.target_rows} in the target"
    return [counts, *(f"  {difference.kind}: {difference.key}" for difference in check.differences)]
