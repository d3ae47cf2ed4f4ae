"""`reconcile schema`: the bundled JSON Schema of the spec, or of one kind."""

from __future__ import annotations

import json

import click

from reconciler.cli.streams import result
from reconciler.errors import ReconcileError


@click.command("schema")
@click.argument("kind", required=False)
def command(kind: str | None) -> None:
    """Print the JSON Schema of the spec, for editors; or the fragment of one KIND or component."""
    from reconciler.spec.bundle import bundle
    from reconciler.spec.schemas import shipped
    from reconciler.spec.suggest import did_you_mean

    catalog = shipped()
    if kind is None:
        result(json.dumps(bundle(catalog), indent=2))
        return
    names = catalog.names
    if kind not in names:
        guess = did_you_mean(kind, names)
        raise ReconcileError(
            f"there is no kind `{kind}`", help=f"did you mean `{guess}`?" if guess else ", ".join(names)
        )
    result(json.dumps(catalog.fragment(kind), indent=2))
