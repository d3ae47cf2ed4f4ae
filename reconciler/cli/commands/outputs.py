"""`reconcile outputs`: what `${name.output}` stands for now, for people and scripts. It reads only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from reconciler.cli.options import aws_options, common
from reconciler.cli.session import Run, open_run
from reconciler.cli.streams import result
from reconciler.errors import Refused
from reconciler.graph import closure
from reconciler.model import Unknown, Value
from reconciler.observe import observe, outputs_lookup
from reconciler.spec.references import references_in, resolve
from reconciler.spec.suggest import did_you_mean


@click.command("outputs")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@aws_options
def command(names: tuple[str, ...], **given: Any) -> None:
    """Show the outputs of entries of the spec (all of them, or those with these names) as they are in AWS now.

    What does not exist yet is null.
    """
    options = common(**given)
    run = open_run(options)
    found = _live(run, _chosen(run, names))
    if options.json:
        result(json.dumps({"format_version": "1.0", "outputs": found}, indent=2, ensure_ascii=False))
        return
    for name, outputs in found.items():
        for output, value in outputs.items():
            result(f"{name}.{output} = {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")


def _chosen(run: Run, names: Sequence[str]) -> dict[str, Mapping[str, Value]]:
    declared = run.desired.expanded.outputs
    for name in names:
        if name not in declared:
            guess = did_you_mean(name, declared)
            raise Refused(
                f"there is no entry `{name}` in {run.stack.file}",
                help=f"did you mean `{guess}`?"
                if guess
                else f"there are {', '.join(f'`{each}`' for each in declared)}",
            )
    return {name: declared[name] for name in names or declared}


def _live(run: Run, wanted: Mapping[str, Mapping[str, Value]]) -> dict[str, dict[str, Any]]:
    """The values; only what they come from is looked at."""
    expanded = run.desired.expanded
    targets = {reference.target for outputs in wanted.values() for reference in references_in(outputs)}
    needed = closure(targets, expanded.dependencies) | targets
    observed = observe(
        {address: each for address, each in expanded.resources.items() if address in needed}, run.executor.snapshot()
    )
    lookup = outputs_lookup(observed)
    return {
        name: {output: _known(resolve(value, lookup)) for output, value in outputs.items()}
        for name, outputs in wanted.items()
    }


def _known(value: Value) -> Any:
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Mapping):
        return {name: _known(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_known(item) for item in value]
    return value
