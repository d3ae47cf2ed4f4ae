"""`reconcile drift`: what differs from the spec now. It reads only."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.options import common, live_options
from reconciler.cli.reports import show_plan
from reconciler.cli.session import open_run
from reconciler.errors import Exit


@click.command("drift")
@live_options
def command(**given: Any) -> int:
    """Find what differs from the spec; exit 2 if anything does."""
    options = common(**given)
    run = open_run(options)
    plan = run.plan()
    show_plan(plan, run, options, "drift")
    stalled = any(finding.code == "RC2101" for finding in plan.findings)
    return Exit.DIFFERENCES if plan.effects or plan.blocked or stalled else Exit.OK
