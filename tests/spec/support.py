"""A small catalog and short ways to read a spec text; nothing here touches the schemas of the real kinds."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import InvalidSpec, Problem
from reconciler.spec.environments import select
from reconciler.spec.load import load_text
from reconciler.spec.schemas import Catalog
from reconciler.spec.stack import Entry, Stack
from reconciler.spec.validate import validate

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]

HEAD = "stack: shop\nregion: eu-central-1\n"
"""Two lines: an entry's properties in `database` start on line 6."""


class SmallCatalog(Catalog):
    """The real envelope with the kinds beside this file."""

    def __init__(self) -> None:
        envelope = json.loads((PROJECT / "schemas" / "stack.schema.json").read_text(encoding="utf-8"))
        super().__init__(HERE / "schemas", {"stack.schema.json": envelope})


@functools.cache
def catalog() -> Catalog:
    return SmallCatalog()


def stack(text: str, env: str | None = None, variables: Mapping[str, str] | None = None) -> Stack:
    return validate(select(load_text(text, "spec.yaml"), env, variables), catalog())


def problems(text: str, env: str | None = None, variables: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(InvalidSpec) as caught:
        stack(text, env, variables)
    return caught.value.problems


def database_text(properties: str) -> str:
    """A spec with one `demo.database` whose properties start on line 6, four columns in."""
    body = "".join(f"    {line}\n" for line in properties.splitlines())
    return f"{HEAD}resources:\n  db:\n    kind: demo.database\n{body}"


def database(properties: str) -> Entry:
    return stack(database_text(f"engine: postgres\n{properties}")).entries["db"]


def database_problem(properties: str) -> Problem:
    """The only problem of a database; its properties start on line 7, since `engine` is on line 6."""
    found = problems(database_text(f"engine: postgres\n{properties}"))
    assert len(found) == 1, [problem.message for problem in found]
    return found[0]


def at(problem: Problem) -> tuple[int, int]:
    return problem.place.line, problem.place.column


def value(properties: str, name: str) -> Any:
    return database(properties).properties[name]
