"""`data.migration`: the rows of a SQLite file in a PostgreSQL database, exactly once.

Its calls go to the service `migration`, which is not AWS but `reconciler.migration`. It never deletes data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds.base import pick, read_all
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    Patience,
    Reads,
    Resource,
    Rules,
    Scope,
    Status,
    Unknown,
    Unlisted,
    stalled,
)

PARAMS = ("source", "target", "schema", "include", "exclude")
STALLED = ("source_changed", "failed", "unreachable")


Origin = str | Mapping[str, Any]
"""`source`: a path, s3://, litestream://, or {"command": [program, argument, ...]}."""


def label(origin: Origin) -> str:
    """The source in a few words."""
    return origin if isinstance(origin, str) else f"the output of `{origin['command'][0]}`"


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    calls = [Call("migration", "GetStatus", pick(resource.properties, *PARAMS)) for resource in resources]
    responses = yield from read_all(calls)
    found = {}
    for resource, status in zip(resources, responses, strict=True):
        if status is not None:
            state = status["state"]
            told = Unknown("not told") if state == "unreachable" else state
            found[resource.address] = Observed(
                resource.address,
                f"migration of {label(resource.properties['source'])}",
                pick(resource.properties, *PARAMS) | {"state": told},
                outputs={"state": state, "summary": status["summary"], "rows": status["rows"]},
                tags={STACK_TAG: resource.stack, RESOURCE_TAG: resource.address},
                status=stalled(status["summary"]) if state in STALLED else Status(reason=status["summary"]),
                details=status,
            )
    return found


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    """Nothing to prune: migrated rows belong to the database they are in."""
    yield from read_all([])
    return []


def migrate(change: Change) -> Iterator[Call]:
    yield Call("migration", "Migrate", pick(change.desired, *PARAMS))


def delete(change: Change) -> Iterator[Call]:
    return iter(())


KIND = Kind(
    name="data.migration",
    title="Data migration",
    observe=observe,
    owned=owned,
    create=migrate,
    update=migrate,
    delete=delete,
    leftovers=Unlisted("it is no object of AWS, and leaves nothing behind"),
    outputs=("state", "summary", "rows"),
    rules=Rules(),
    identity=("source", "target"),
    uses=("rds.db_instance",),
    patience=Patience("minutes to hours, by size", minutes=24 * 60),
)
