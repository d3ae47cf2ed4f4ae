"""The straight line of a migration: freeze -> assess and plan -> create -> copy -> constrain -> verify.

Every stage asks the target what is done already: a run after a kill, a second run and a first run are the same line.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reconciler.errors import Refused
from reconciler.migration import comparison, planning
from reconciler.migration.catalogue import read
from reconciler.migration.checkpoint import Checkpoint, Position, Run
from reconciler.migration.copy import Copied, Ends, copy_table
from reconciler.migration.names import quoted
from reconciler.migration.source import Source, freeze
from reconciler.migration.target import TOO_LONG_FOR_AN_INDEX, Target, connected
from reconciler.migration.values import (
    MigrationFailed,
    NotEqual,
    Notice,
    Options,
    Plan,
    Progress,
    Report,
    SourceChanged,
    Status,
    Step,
    TableStatus,
    Verification,
)

OnProgress = Callable[[Progress], None]


def _silent(_: Progress) -> None:
    return None


def _never() -> bool:
    return False


def status(source: Path, dsn: str, options: Options | None = None) -> Status:
    """Where the migration stands. Writes nothing on either side.

    Raises UnusableSource, TargetUnavailable, UnusableTarget. Once verified, the source may be gone: then the target's
    own memory answers.
    """
    options = options or Options()
    with connected(dsn, read_only=True) as target:
        checkpoint = Checkpoint(target, options)
        run = checkpoint.load()
        if run and run.state == "verified" and not source.exists():
            return _status(run, checkpoint, run.source)
        with freeze(source, options.work_dir) as frozen:
            return _status(run, checkpoint, frozen.fingerprint) if run else _pending(frozen, options)


def plan(source: Path, dsn: str, options: Options | None = None) -> Plan:
    """What a migration would do, every value looked at. Writes nothing. Raises what `migrate` would refuse."""
    options = options or Options()
    with connected(dsn, read_only=True) as target, freeze(source, options.work_dir) as frozen:
        return planning.plan(frozen, target, options, _silent)


def migrate(
    source: Path,
    dsn: str,
    options: Options | None = None,
    *,
    progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Report:
    """Brings the rows of the SQLite file into PostgreSQL, exactly once, and compares them.

    Run it again after any interruption: it continues behind the last committed chunk. `should_stop` is asked after each
    block; when true the run ends early with state "copying". Raises UnusableSource, CannotCarry, UnusableTarget and
    SourceChanged before anything is written; NotEqual where the comparison fails; Locked while another run is on.
    """
    options, on_progress = options or Options(), progress or _silent
    with connected(dsn) as target:
        target.lock(f"{options.schema}/{options.name}")
        on_progress(Progress("freeze"))
        with freeze(source, options.work_dir) as frozen:
            checkpoint = Checkpoint(target, options)
            run = _resumed(frozen, checkpoint, options)
            if run is None:
                run = checkpoint.begin(frozen.fingerprint, planning.plan(frozen, target, options, on_progress))
            return _carried_out(
                Ends(frozen, target, checkpoint, run.plan.schema), run, options, (on_progress, should_stop or _never)
            )


def verify(
    source: Path, dsn: str, options: Options | None = None, *, progress: OnProgress | None = None
) -> Verification:
    """Compares source and target again, without changing either. Raises NotEqual, naming tables and keys."""
    options = options or Options()
    with connected(dsn, read_only=True) as target:
        run = Checkpoint(target, options).load()
        if run is None:
            raise Refused("nothing was migrated here yet", help="migrate first; then there is something to compare")
        with freeze(source, options.work_dir) as frozen:
            _same_source(run, frozen)
            return _equal(comparison.compare(frozen, target, run.plan, progress or _silent))


# --- what the target remembers ---------------------------------------------------------------------------------------


def _pending(frozen: Source, options: Options) -> Status:
    tables = read(frozen, options).tables
    counts = [(table.name, frozen.query(f"SELECT count(*) FROM {quoted(table.name)}")[0][0]) for table in tables]
    return Status("pending", frozen.fingerprint, tuple(TableStatus(name, 0, count) for name, count in counts))


def _status(run: Run, checkpoint: Checkpoint, fingerprint: str) -> Status:
    positions = checkpoint.positions()
    tables = tuple(
        TableStatus(table.source, positions.get(table.target, Position()).rows, table.rows) for table in run.plan.tables
    )
    if fingerprint != run.source:
        return Status("source_changed", fingerprint, tables, f"the migration is {run.state}, of {run.source[:12]}")
    return Status(run.state, fingerprint, tables)


def _resumed(frozen: Source, checkpoint: Checkpoint, options: Options) -> Run | None:
    run = checkpoint.load()
    if run is None:
        return None
    if options.restart and run.state != "verified":
        checkpoint.forget(run)
        return None
    _same_source(run, frozen)
    _same_tables(run, frozen, options)
    return run


def _same_tables(run: Run, frozen: Source, options: Options) -> None:
    begun = {table.source for table in run.plan.tables}
    asked = {table.name for table in read(frozen, options).tables}
    if begun != asked:
        raise Refused(
            f"`include` or `exclude` changed since this migration began (it is {run.state}):"
            f" {', '.join(sorted(begun ^ asked))}",
            help="run with the same tables as before; migrate further ones under another `name`",
        )


def _same_source(run: Run, frozen: Source) -> None:
    if run.source == frozen.fingerprint:
        return
    advice = {
        "verified": "the application may be using the target by now: keep the old file with it, or migrate the new file"
        " into another schema",
    }.get(run.state, "run again with the file it began with, or begin again with `restart`")
    raise SourceChanged(
        f"the source has changed since this migration began (it is {run.state}): {run.source[:12]} then,"
        f" {frozen.fingerprint[:12]} now",
        help=advice,
    )


# --- the stages ------------------------------------------------------------------------------------------------------


def _carried_out(ends: Ends, run: Run, options: Options, hooks: tuple[OnProgress, Callable[[], bool]]) -> Report:
    on_progress, should_stop = hooks
    state, copied = run.state, Copied()
    if state == "copying":
        copied, stopped = _copy(ends, run.plan, options, hooks)
        if stopped:
            return _report(ends, run, copied)
        state = _enter(ends, "copied")
    if state == "copied":
        if not _constrain(ends, run.plan.steps, on_progress, should_stop):
            return _report(ends, run, copied)
        state = _enter(ends, "constrained")
    if state in ("constrained", "failed"):
        verification = comparison.compare(ends.source, ends.target, run.plan, on_progress)
        _enter(ends, "verified" if all(check.equal for check in verification.tables) else "failed")
        _equal(verification)
    return _report(ends, run, copied)


def _enter(ends: Ends, state: str) -> str:
    ends.checkpoint.state(state)
    return state


def _copy(
    ends: Ends, plan_: Plan, options: Options, hooks: tuple[OnProgress, Callable[[], bool]]
) -> tuple[Copied, bool]:
    """What this run copied, and whether it was asked to stop."""
    on_progress, should_stop = hooks
    positions = ends.checkpoint.positions()
    copied = Copied()
    for table in plan_.tables:
        after = positions.get(table.target, Position())

        def report(rows: int, name: str = table.source, total: int = table.rows) -> None:
            on_progress(Progress("copy", name, rows, total))

        if after.rows < table.rows:
            report(after.rows)
            done = copy_table(ends, table, options, after, (report, should_stop))
            copied = Copied(copied.chunks + done.chunks, copied.rows + done.rows)
            if after.rows + done.rows < table.rows:
                return copied, True
    return copied, False


def _constrain(ends: Ends, steps: tuple[Step, ...], on_progress: OnProgress, should_stop: Callable[[], bool]) -> bool:
    """Keys, indexes, constraints, sequences; each in a transaction with the note that it is done."""
    done = ends.checkpoint.steps()
    for step in steps:
        if step.name in done:
            continue
        if should_stop():
            return False
        on_progress(Progress("constrain", step.name))
        with ends.target.transaction():
            ends.checkpoint.step(step.name, _carry_out(ends.target, step))
    return True


def _carry_out(target: Target, step: Step) -> str:
    """Executes the step; a note where it could not be done as planned. Raises MigrationFailed where it had to be."""
    problem = target.attempt(step.sql)
    if problem.startswith(TOO_LONG_FOR_AN_INDEX) and step.fallback:
        return target.attempt(step.fallback) or f"values too long for such an index, so it is: {step.fallback}"
    if problem and not step.optional:
        raise MigrationFailed(
            f"{step.name}: PostgreSQL refused {step.sql}: {problem}",
            help="the rows are copied and kept; repair what it names, then run again",
        )
    return f"not made: {step.sql}: {problem}" if problem else ""


def _equal(verification: Verification) -> Verification:
    if not all(check.equal for check in verification.tables):
        raise NotEqual(verification)
    return verification


def _report(ends: Ends, run: Run, copied: Copied) -> Report:
    noted = tuple(Notice("step", name, note) for name, note in ends.checkpoint.steps().items() if note)
    now = ends.checkpoint.load() or run
    return Report(_status(now, ends.checkpoint, run.source), (*run.plan.notices, *noted), copied.chunks, copied.rows)
