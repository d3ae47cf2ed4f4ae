"""What AWS is asked and what a look at it found. Values only."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from reconciler.model.values import Address, Properties


@dataclass(frozen=True, slots=True)
class Call:
    """One API call as a value. `params` use snake_case member names; the executor translates both ways.

    `once`: AWS has no idempotency token or name for it, so it must never be re-sent blindly after a lost reply.
    """

    service: str
    operation: str
    params: Properties = field(default_factory=dict)
    region: str | None = None
    once: bool = False

    @property
    def key(self) -> str:
        """The same key means the same call: what deduplication goes by."""
        params = json.dumps(self.params, sort_keys=True, default=str)
        return f"{self.service}.{self.operation}@{self.region or ''}:{params}"

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"


Response = Mapping[str, Any] | None
"""A response in snake_case, all pages merged; None where AWS answered that the object does not exist."""

T = TypeVar("T")
Reads = Generator[Sequence[Call], Sequence[Response], T]
"""A sans-I/O reader: yields batches of read calls (made side by side), receives their responses, returns T."""


class Readiness(StrEnum):
    READY = "ready"
    WAITING = "waiting"
    """Converging by itself; look again later."""
    STALLED = "stalled"
    """Needs a person."""


@dataclass(frozen=True, slots=True)
class Status:
    readiness: Readiness = Readiness.READY
    reason: str = ""
    deferred: bool = False
    """It will happen at its own time, hours or days from now: nobody stays for it."""


READY = Status()


def waiting(reason: str, *, deferred: bool = False) -> Status:
    return Status(Readiness.WAITING, reason, deferred)


def stalled(reason: str) -> Status:
    return Status(Readiness.STALLED, reason)


@dataclass(frozen=True, slots=True)
class Observed:
    """What a read just found: `properties` in the schema's shape and normalised, `outputs` for references.

    A property the answer does not tell, where AWS always does, may be Unknown: it is not compared.

    `details` are facts only the kind's own steps need (association ids, lock tokens); nothing compares them.
    A kind AWS cannot tag gives the tags it infers from the object's owned parent or name.
    """

    address: Address
    identifier: str
    properties: Properties
    outputs: Properties = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    status: Status = READY
    details: Properties = field(default_factory=dict)
    region: str = ""
    """Where it was found; empty means the stack's own region."""
    notices: tuple[str, ...] = ()
    """What a person should know about it though nothing differs, in whole sentences without a full stop."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose leftovers `owned` looks for, and where."""

    stack: str
    account: str
    region: str
