"""The front of the straight line: a spec file becomes nodes, the nodes a valid, typed `Stack`, or a list of problems.

Reads the spec file and the schemas; never AWS, never anything a spec file points at.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler.spec.environments import select
from reconciler.spec.load import load
from reconciler.spec.schemas import Catalog, shipped
from reconciler.spec.stack import Entry, Stack
from reconciler.spec.validate import completed, validate

__all__ = ["Catalog", "Entry", "Stack", "completed", "read_stack", "shipped"]


def read_stack(
    path: Path, env: str | None = None, variables: Mapping[str, str] | None = None, catalog: Catalog | None = None
) -> Stack:
    """The stack in a spec file as it is in environment `env`. Raises InvalidSpec with all the problems found."""
    return validate(select(load(path), env, variables), catalog if catalog is not None else shipped())
