"""`reconcile migrate`: the data migration alone, without a spec or AWS."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from reconciler.cli.options import output_option
from reconciler.cli.signals import stop_on_signal
from reconciler.cli.streams import result, say
from reconciler.errors import Exit


@click.command("migrate")
@click.argument("sqlite_file", type=click.Path(path_type=Path))
@click.option(
    "--target", required=True, metavar="DSN", help="postgresql://user@host/database; password from PGPASSWORD."
)
@click.option("--schema", default="public", show_default=True, help="The PostgreSQL schema the tables go to.")
@click.option("--include", multiple=True, metavar="TABLE", help="Only these tables (a glob; repeatable).")
@click.option("--exclude", multiple=True, metavar="TABLE", help="Not these tables (a glob; repeatable).")
@click.option(
    "--restart", is_flag=True, help="Drop what an unfinished migration of another file made, and begin again."
)
@click.option("--status", "task", flag_value="status", help="Say where it stands; change nothing.")
@click.option("--verify", "task", flag_value="verify", help="Compare every row again; change nothing.")
@output_option
def command(sqlite_file: Path, target: str, task: str | None, output: str, **given: Any) -> int:
    """Copy SQLITE_FILE into PostgreSQL, resuming where an earlier run stopped, and compare every row."""
    from reconciler import migration

    options = migration.Options(**given)
    if task == "status":
        status = migration.status(sqlite_file, target, options)
        _show(output, {**asdict(status), "summary": status.summary, "percent": status.percent}, status.summary)
        return Exit.OK
    if task == "verify":
        verification = migration.verify(sqlite_file, target, options, progress=_progress)
        text = f"equal: {verification.rows:,} rows in {len(verification.tables)} tables"
        _show(output, asdict(verification), text)
        return Exit.OK
    stopping = threading.Event()
    with stop_on_signal(stopping, lambda: None) as received:
        report = migration.migrate(sqlite_file, target, options, progress=_progress, should_stop=stopping.is_set)
    _show(output, asdict(report), report.text())
    return received[0] if received else Exit.OK


def _progress(progress: Any) -> None:
    say(f"  {progress.text}")


def _show(output: str, document: dict[str, Any], text: str) -> None:
    whole = {"format_version": "1.0", **document}
    result(json.dumps(whole, indent=2, default=str) if output == "json" else text)
