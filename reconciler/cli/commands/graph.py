"""`reconcile graph`: what depends on what, as Mermaid or DOT. It contacts nothing."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.options import common, spec_options
from reconciler.cli.source import expanded_offline, read_stack
from reconciler.cli.streams import result


@click.command("graph")
@spec_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot", "svg"]),
    default="mermaid",
    show_default=True,
    help="What to draw it as.",
)
def command(form: str, **given: Any) -> None:
    """Draw what depends on what."""
    from reconciler.report import graph

    stack = read_stack(common(**given))
    expanded = expanded_offline(stack)
    drawn = graph.graph(expanded.resources, expanded.dependencies)
    result({"mermaid": graph.mermaid, "dot": graph.dot, "svg": graph.svg}[form](drawn))
