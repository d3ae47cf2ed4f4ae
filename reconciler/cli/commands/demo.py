"""`reconcile demo`: the whole job, told step by step, on an embedded AWS; exit 0 only if all of it happened."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import click

from reconciler.cli.demo import Demo, Story
from reconciler.cli.options import common
from reconciler.cli.session import STATE
from reconciler.errors import Exit


@click.command("demo")
@click.option("-f", "--file", type=click.Path(path_type=Path), help="The spec; the only file in spec/ otherwise.")
@click.option("--rows", default=200_000, show_default=True, help="Rows of the SQLite database to migrate.")
@click.option("--keep", is_flag=True, help="Leave the embedded AWS and PostgreSQL running afterwards.")
def command(file: Path | None, rows: int, keep: bool) -> int:
    """Watch the whole job on an embedded AWS and PostgreSQL."""
    from reconciler.simulator.daemon import stop_simulator

    folder = STATE / "demo"
    stop_simulator(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sqlite_file = (folder / "sales-scorecard.db").resolve()
    options = common(
        file=file,
        simulate=True,
        variables=(f"sqlite_file={sqlite_file}",),
    )
    story = Story(time.monotonic)
    try:
        Demo(options, folder, sqlite_file, rows, story).tell()
    finally:
        if not keep:
            stop_simulator(folder)
    return Exit.OK if story.succeeded else Exit.ERROR
