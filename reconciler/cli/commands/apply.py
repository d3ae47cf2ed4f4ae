"""`reconcile apply`: make AWS as the spec says."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.changing import change
from reconciler.cli.options import common, live_options


@click.command("apply")
@live_options
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(yes: bool, **given: Any) -> int:
    """Change AWS (and migrate the data) until it is as the spec says."""
    return change(common(**given), yes=yes)
