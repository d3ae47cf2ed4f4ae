"""What the target remembers of a migration: the run with its plan, a ledger of chunks, and the steps that are done.

It lives in the target, in its own schema, so that rows and the note that they are there are one transaction. A run is
known by target schema and name, and tied to one source by fingerprint. Must never note what was not committed with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reconciler.errors import Refused
from reconciler.migration.names import quoted
from reconciler.migration.target import Target
from reconciler.migration.values import ColumnPlan, Notice, Options, Plan, Step, TablePlan

SCHEMA = "reconciler_migration"

_CREATE = (
    f"CREATE SCHEMA {SCHEMA}",
    f"""CREATE TABLE {SCHEMA}.run (
        schema text NOT NULL, name text NOT NULL, source text NOT NULL, plan text NOT NULL, plan_hash text NOT NULL,
        state text NOT NULL, started_at timestamptz NOT NULL DEFAULT now(), verified_at timestamptz,
        PRIMARY KEY (schema, name))""",
    f"""CREATE TABLE {SCHEMA}.chunk (
        schema text NOT NULL, name text NOT NULL, table_name text NOT NULL, number bigint NOT NULL,
        last_key bigint NOT NULL, rows bigint NOT NULL, bytes bigint NOT NULL,
        copied_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (schema, name, table_name, number),
        FOREIGN KEY (schema, name) REFERENCES {SCHEMA}.run ON DELETE CASCADE)""",
    f"""CREATE TABLE {SCHEMA}.step (
        schema text NOT NULL, name text NOT NULL, step text NOT NULL, note text NOT NULL DEFAULT '',
        done_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (schema, name, step),
        FOREIGN KEY (schema, name) REFERENCES {SCHEMA}.run ON DELETE CASCADE)""",
)


@dataclass(frozen=True, slots=True)
class Position:
    """How far one table is: the number and key of its last committed chunk."""

    number: int = 0
    last_key: int | None = None
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A migration as the target remembers it. `source` is the fingerprint it began with."""

    source: str
    plan: Plan
    state: str


class Checkpoint:
    """The memory of one migration (target schema and name)."""

    def __init__(self, target: Target, options: Options) -> None:
        self._target = target
        self._key = (options.schema, options.name)

    def load(self) -> Run | None:
        """The run, or None where there is none (or not even a place to remember one). Reads only."""
        if self._target.query(f"SELECT to_regclass('{SCHEMA}.run')")[0][0] is None:
            return None
        sql = f"SELECT source, plan, state FROM {SCHEMA}.run WHERE schema = %s AND name = %s"
        rows = self._target.query(sql, self._key)
        return Run(rows[0][0], _plan(json.loads(rows[0][1])), rows[0][2]) if rows else None

    def begin(self, source: str, plan: Plan) -> Run:
        """Creates the tables and remembers the plan, in one transaction."""
        with self._target.transaction():
            if self._target.query(f"SELECT to_regnamespace('{SCHEMA}')")[0][0] is None:
                for statement in _CREATE:
                    self._target.query(statement)
            for statement in plan.create:
                self._target.query(statement)
            text = json.dumps(asdict(plan), sort_keys=True)
            self._target.query(
                f"INSERT INTO {SCHEMA}.run (schema, name, source, plan, plan_hash, state)"
                " VALUES (%s, %s, %s, %s, %s, 'copying')",
                (*self._key, source, text, hashlib.sha256(text.encode()).hexdigest()),
            )
        return Run(source, plan, "copying")

    def positions(self) -> dict[str, Position]:
        """By target table."""
        sql = f"""SELECT table_name, max(number), (array_agg(last_key ORDER BY number DESC))[1], sum(rows)::bigint
            FROM {SCHEMA}.chunk WHERE schema = %s AND name = %s GROUP BY table_name"""
        return {table: Position(*rest) for table, *rest in self._target.query(sql, self._key)}

    def chunk(self, table: str, position: Position, rows: int, size: int) -> None:
        """Within the transaction that copied it: the same number a second time violates the primary key."""
        self._target.query(
            f"INSERT INTO {SCHEMA}.chunk (schema, name, table_name, number, last_key, rows, bytes)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (*self._key, table, position.number, position.last_key, rows, size),
        )

    def steps(self) -> Mapping[str, str]:
        """The steps that are done, each with its note (why it could not be carried out as planned) or nothing."""
        sql = f"SELECT step, note FROM {SCHEMA}.step WHERE schema = %s AND name = %s"
        return dict(self._target.query(sql, self._key))

    def step(self, name: str, note: str) -> None:
        """Within the transaction that carried it out."""
        self._target.query(
            f"INSERT INTO {SCHEMA}.step (schema, name, step, note) VALUES (%s, %s, %s, %s)", (*self._key, name, note)
        )

    def state(self, state: str) -> None:
        self._target.query(
            f"UPDATE {SCHEMA}.run SET state = %s, verified_at = CASE WHEN %s = 'verified' THEN now() END"
            " WHERE schema = %s AND name = %s",
            (state, state, *self._key),
        )

    def forget(self, run: Run) -> None:
        """Drops what an unfinished migration created, and the memory of it. Raises Refused: that would touch more."""
        if run.state in ("verified", "failed"):
            raise Refused(
                f"this migration is {run.state}: its tables may be in use, so they are not dropped",
                help="drop them by hand if you are sure, or migrate into another schema",
            )
        adopted = [table.target for table in run.plan.tables if not table.created and table.target in self.positions()]
        if adopted:
            raise Refused(
                f"these tables were not created by the migration and hold its rows: {', '.join(adopted)}",
                help="empty them by hand, then run again with `restart`",
            )
        with self._target.transaction():
            for table in run.plan.tables:
                if table.created:
                    self._target.query(f"DROP TABLE IF EXISTS {quoted(run.plan.schema, table.target)} CASCADE")
            self._target.query(f"DELETE FROM {SCHEMA}.run WHERE schema = %s AND name = %s", self._key)


def _plan(stored: dict[str, Any]) -> Plan:
    return Plan(
        stored["schema"],
        tuple(_table(table) for table in stored["tables"]),
        tuple(stored["create"]),
        tuple(Step(**step) for step in stored["steps"]),
        tuple(Notice(**notice) for notice in stored["notices"]),
    )


def _table(stored: dict[str, Any]) -> TablePlan:
    columns = tuple(ColumnPlan(**column) for column in stored["columns"])
    return TablePlan(**(stored | {"columns": columns, "key": tuple(stored["key"])}))
