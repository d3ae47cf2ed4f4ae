"""Finding and reading the spec: which file, which environment, which variables. It contacts nothing."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.options import Common
from reconciler.errors import ReconcileError
from reconciler.expand import Expanded, expand
from reconciler.spec.stack import Stack

FOLDER = Path("spec")
NO_ACCOUNT = "000000000000"
"""Stands for the account while nobody has been asked whose it is."""


def spec_file(options: Common) -> Path:
    """The file named by `--file`, or the only one in spec/.

    Raises ReconcileError saying which files there are, when it is not plain which is meant.
    """
    if options.file is not None:
        return options.file
    found = sorted(path for ending in ("*.yaml", "*.yml") for path in FOLDER.glob(ending))
    if len(found) == 1:
        return found[0]
    names = ", ".join(str(path) for path in found)
    message = f"several specs in spec/: {names}" if found else "no spec found in spec/"
    raise ReconcileError(message, help="name one with `-f FILE`")


def read_stack(options: Common) -> Stack:
    """The stack the options mean.

    Raises InvalidSpec with every problem of the file.
    """
    from reconciler import spec

    return spec.read_stack(spec_file(options), options.env, _variables(options.variables))


def expanded_offline(stack: Stack) -> Expanded:
    """The resources of the stack as far as they can be known before anything is contacted.

    Raises InvalidSpec with the mistakes that only show here: unknown names and outputs, circles.
    """
    return expand(stack, stack.account or NO_ACCOUNT, stack.region)


def _variables(given: tuple[str, ...]) -> dict[str, str]:
    variables = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise click.BadParameter(f"`{text}` is not NAME=VALUE", param_hint="--var")
        variables[name] = value
    return variables
