"""Differences, the plan they make, and how carrying it out ended. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.calls import Call, Observed
from reconciler.model.values import Address, Path, Place, Properties, Resource, Value


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    FORGET = "forget"
    """Let go: the ownership tags are removed, the object stays (`removed: {keep: true}`)."""
    WAIT = "wait"
    NOOP = "noop"

    @property
    def writes(self) -> bool:
        return self not in (Action.WAIT, Action.NOOP)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One differing path. `observed` is None where the object or field is absent."""

    path: Path
    desired: Value
    observed: Value
    place: Place | None = field(default=None, compare=False)
    sensitive: bool = False
    forces_replacement: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen to one resource, and why. `resource` is None for a leftover the spec no longer mentions."""

    action: Action
    address: Address
    resource: Resource | None
    observed: Observed | None
    fields: tuple[FieldChange, ...] = ()
    reason: str = ""
    calls: tuple[Call, ...] = ()
    """The first calls of the change, as far as they are known before it starts."""

    @property
    def kind(self) -> str:
        return self.address.split("/", 1)[0]

    @property
    def desired(self) -> Properties:
        return self.resource.properties if self.resource else {}

    @property
    def tags(self) -> Mapping[str, str]:
        return self.resource.tags if self.resource else {}

    def touches(self, *names: str) -> bool:
        """Does any field change start with one of these top-level property names?"""
        return any(change.path[0] in names for change in self.fields)


class Severity(StrEnum):
    ERROR = "error"
    """Blocks the plan: nothing is applied."""
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the plan must say beside the changes: a refusal (error) or a notice, with what to do about it."""

    code: str
    severity: Severity
    message: str
    help: str = ""
    address: Address | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes of a stack in the order they would be carried out, with what stands in their way."""

    stack: str
    account: str
    region: str
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...] = ()
    api_calls: Mapping[str, int] = field(default_factory=dict)
    """Read calls made to compute it, by `service:Operation`."""
    dependencies: Mapping[Address, tuple[Address, ...]] = field(default_factory=dict)

    @property
    def effects(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action.writes)

    @property
    def waits(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action is Action.WAIT)

    @property
    def blocked(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


class Outcome(StrEnum):
    DONE = "done"
    WAITING = "waiting"
    """Carried out, but not yet in force."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not started: something it depends on failed, or the run was interrupted."""


@dataclass(frozen=True, slots=True)
class ChangeResult:
    change: Change
    outcome: Outcome
    detail: str = ""
    help: str = ""
    seconds: float = 0.0
    calls: int = 0
    exit_code: int | None = None
    """Of a failure that has an exit code of its own (permissions, verification)."""


@dataclass(frozen=True, slots=True)
class ApplyResult:
    plan: Plan
    results: tuple[ChangeResult, ...]
    remaining: Plan | None = None
    """What the final observation still found to differ; None when nothing was applied."""
    api_calls: Mapping[str, int] = field(default_factory=dict)
    """Write calls made, by `service:Operation`."""
