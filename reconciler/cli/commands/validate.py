"""`reconcile validate`: every problem of the spec, before anything is contacted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click

from reconciler.cli.options import Common, common, output_option, spec_options
from reconciler.cli.source import expanded_offline, read_stack, spec_file
from reconciler.cli.streams import result
from reconciler.model import Resource
from reconciler.spec.stack import Stack


@click.command("validate")
@spec_options
@output_option
def command(**given: Any) -> None:
    """Check the spec without contacting anything."""
    options = common(**given)
    stack = read_stack(options)
    for other in _other_environments(options):
        expanded_offline(other)
    expanded = expanded_offline(stack)
    if options.json:
        resources = [_summary(resource) for resource in expanded.resources.values()]
        result(
            json.dumps({"format_version": "1.0", "valid": True, "stack": stack.name, "resources": resources}, indent=2)
        )
    else:
        result(f"{stack.file} is valid: {len(stack.entries)} entries, {len(expanded.resources)} resources")


def _other_environments(options: Common) -> Iterator[Stack]:
    """The stack in each of its environments, so that a mistake in one is found before it is used."""
    from reconciler.spec import environments
    from reconciler.spec.load import load

    if options.env is None:
        for name in environments.names(load(spec_file(options))):
            yield read_stack(replace(options, env=name))


def _summary(resource: Resource) -> dict[str, Any]:
    place = resource.place
    return {
        "address": resource.address,
        "kind": resource.kind,
        "place": {"file": place.file, "line": place.line, "column": place.column},
    }
