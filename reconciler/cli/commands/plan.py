"""`reconcile plan`: what would change. It reads only."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.options import common, live_options
from reconciler.cli.reports import show_plan
from reconciler.cli.session import open_run
from reconciler.errors import Exit


@click.command("plan")
@live_options
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there are changes.")
def command(detailed_exitcode: bool, **given: Any) -> int:
    """Show what would change, and change nothing."""
    options = common(**given)
    run = open_run(options)
    plan = run.plan(quick=True)
    show_plan(plan, run, options)
    if plan.blocked:
        return Exit.REFUSED
    return Exit.DIFFERENCES if detailed_exitcode and plan.effects else Exit.OK
