"""`reconcile destroy`: delete what the stack owns; what is protected, and what that needs, stays."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.changing import change
from reconciler.cli.options import common, live_options


@click.command("destroy")
@live_options
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(yes: bool, **given: Any) -> int:
    """Delete what this stack owns and nothing protects."""
    return change(common(**given), yes=yes, destroy=True)
