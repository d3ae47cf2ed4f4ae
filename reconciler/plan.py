"""Plan: what is desired and what is observed become changes with reasons, fields and calls. Pure.

`plan`, `drift`, `apply` and `destroy` all come through here; nothing in it reads or writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.diff import declared, diff
from reconciler.errors import ReconcileError, Refused
from reconciler.expand import Expanded
from reconciler.graph import order
from reconciler.guardrails import guard
from reconciler.kinds.registry import kind
from reconciler.model import (
    PROTECT_TAG,
    Action,
    Address,
    Band,
    Call,
    Change,
    FieldChange,
    Finding,
    Observed,
    Plan,
    Readiness,
    Reference,
    Removal,
    Resource,
    Scope,
    Severity,
    Unknown,
    Value,
)
from reconciler.observe import View, inside, outputs_lookup, resolved
from reconciler.ownership import Owner, is_protected, owner, refusal
from reconciler.prune import Pruning, deletions


@dataclass(frozen=True, slots=True)
class Desired:
    """What a plan is made for: the expanded spec, or nothing at all (destroy)."""

    stack: str
    account: str
    region: str
    expanded: Expanded
    removed: tuple[Removal, ...] = ()
    known: Expanded | None = None
    """For destroy: what the spec declares, so that its protection counts and what a kept object needs is kept too."""

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Where objects of this stack may be: its own region, and those its entries name."""
        declared = (self.known or self.expanded).resources.values()
        regions = {self.region, *(resource.region for resource in declared if resource.region)}
        others = sorted(regions - {self.region})
        return tuple(Scope(self.stack, self.account, region) for region in (self.region, *others))


def plan(desired: Desired, view: View, api_calls: Mapping[str, int] | None = None) -> Plan:
    """The changes that bring `view` to `desired`, each after what it needs; deletions last, users first."""
    changes: dict[Address, Change] = {}
    findings: list[Finding] = []
    for address in _in_order(desired.expanded):
        resource = resolved(desired.expanded.resources[address], _lookup(changes, view))
        change, found = plan_one(resource, view.observed.get(address))
        changes[address] = change
        findings += found
    pruned, kept = deletions(Pruning(desired.expanded, desired.known, view, desired.removed))
    everything = (*changes.values(), *pruned)
    with_calls = tuple(_with_calls(change, findings) for change in everything)
    return Plan(
        desired.stack,
        desired.account,
        desired.region,
        with_calls,
        (*findings, *kept, *guard(with_calls, desired)),
        dict(api_calls or {}),
        desired.expanded.dependencies,
    )


def _in_order(expanded: Expanded) -> Sequence[Address]:
    return [address for address in order(expanded.dependencies) if address in expanded.resources]


def _lookup(changes: Mapping[Address, Change], view: View) -> Any:
    """References answered from what is live, unless a planned change makes the answer a new one."""
    live = outputs_lookup(view.observed)

    def lookup(reference: Reference) -> Value:
        change = changes.get(reference.target)
        if change is not None and outputs_will_change(change):
            return Unknown(str(reference))
        return live(reference)

    return lookup


def outputs_will_change(change: Change) -> bool:
    new = change.action in (Action.CREATE, Action.REPLACE)
    return new or (change.action is Action.UPDATE and kind(change.kind).versioned and _beyond_tags(change))


def _beyond_tags(change: Change) -> bool:
    return any(field.path[0] != "tags" for field in change.fields)


def plan_one(resource: Resource, observed: Observed | None) -> tuple[Change, list[Finding]]:
    """The change of one declared resource, and what forbids or accompanies it."""
    rules = kind(resource.kind).rules
    if observed is None and isinstance(resource.adopt, str):
        return _nothing_to_adopt(resource)
    if observed is None:
        fields = declared(rules, resource)
        return Change(Action.CREATE, resource.address, resource, None, fields, "it does not exist"), []
    refused = refusal(resource, observed)
    if refused is not None:
        return Change(Action.NOOP, resource.address, resource, observed, (), refused.message), [refused]
    resource = replace(resource, tags=_wanted_tags(resource, observed))
    fields = (*diff(rules, resource.properties, observed.properties, resource), *tag_changes(resource, observed))
    action, reason = _action(resource, observed, fields)
    findings = [*_condition(resource, observed, fields), *_notices(resource, observed)]
    return Change(action, resource.address, resource, observed, fields, reason), findings


def _nothing_to_adopt(resource: Resource) -> tuple[Change, list[Finding]]:
    """The spec names a live object that is not there: making another one is not what was asked for."""
    place = resource.place_of(("adopt",))
    message = f"there is no {resource.kind} {resource.adopt} to adopt"
    finding = Finding("RC2003", Severity.ERROR, message, "correct the id, or take `adopt` out", resource.address, place)
    return Change(Action.NOOP, resource.address, resource, None, (), message), [finding]


def tag_changes(resource: Resource, observed: Observed) -> tuple[FieldChange, ...]:
    """Declared tags the live object lacks or has otherwise; tags of others are not ours to judge."""
    if kind(resource.kind).retag is None:
        return ()
    return tuple(
        FieldChange(("tags", name), value, observed.tags.get(name), resource.place_of(("tags", name)))
        for name, value in sorted(resource.tags.items())
        if observed.tags.get(name) != value
    )


def _wanted_tags(resource: Resource, observed: Observed) -> dict[str, str]:
    """The declared tags; protection the spec took back is taken back by a value, since tags are never removed."""
    unprotected = PROTECT_TAG not in resource.tags and is_protected(observed)
    return {**resource.tags, **({PROTECT_TAG: "false"} if unprotected else {})}


def _action(resource: Resource, observed: Observed, fields: Sequence[FieldChange]) -> tuple[Action, str]:
    if owner(resource, observed) is Owner.NOBODY:
        return Action.ADOPT, f"{observed.identifier} is nobody's and the spec says adopt"
    forcing = [field for field in fields if field.forces_replacement]
    if forcing:
        names = ", ".join(str(field.path[0]) for field in forcing)
        return Action.REPLACE, f"{names} cannot be changed on a live object"
    if fields:
        return Action.UPDATE, observed.status.reason or "live differs from the spec"
    if observed.status.readiness is not Readiness.READY:
        return Action.WAIT, observed.status.reason
    return Action.NOOP, ""


def _condition(resource: Resource, observed: Observed, fields: Sequence[FieldChange]) -> list[Finding]:
    status = observed.status
    if status.readiness is Readiness.READY and status.reason and not fields:
        message = f"{observed.identifier}: {status.reason}"
        return [Finding("RC2102", Severity.INFO, message, address=resource.address, place=resource.place)]
    if status.readiness is not Readiness.STALLED:
        return []
    help = "the planned change may cure it" if fields else "nothing in the spec cures it: look at it in the console"
    return [
        Finding(
            "RC2101",
            Severity.WARNING,
            f"{observed.identifier} is stalled: {status.reason}",
            help=help,
            address=resource.address,
            place=resource.place,
        )
    ]


def _notices(resource: Resource, observed: Observed) -> list[Finding]:
    """What the kind has to say about a live object, whatever is done about it."""
    return [
        Finding("RC2103", Severity.INFO, notice, address=resource.address, place=resource.place)
        for notice in observed.notices
    ]


def _with_calls(change: Change, findings: list[Finding]) -> Change:
    """The change with the calls it starts with; a kind that refuses to make them blocks the plan with a finding."""
    try:
        calls = tuple(steps(change))
        refuse_bands(calls)
        return replace(change, calls=calls)
    except ReconcileError as error:
        place = change.fields[0].place if change.fields else None
        findings.append(Finding("RC2401", Severity.ERROR, error.message, error.help, change.address, place))
        return change


def refuse_bands(calls: Sequence[Call]) -> None:
    """Raises Refused where `{owner: ...}` stands for a value AWS wants now: only kinds that know it may have it."""
    band = next((value for call in calls for value in inside(call.params, Band)), None)
    if band is not None:
        raise Refused(f"a property cannot be left to its owner `{band.owner}` here", help="give it a value")


def steps(change: Change) -> Sequence[Call]:
    """The write calls that carry out `change` from what was just observed, in the object's own region."""
    region = (change.resource.region if change.resource else "") or (change.observed.region if change.observed else "")
    return [replace(call, region=call.region or region or None) for call in _steps(change)]


def _steps(change: Change) -> Sequence[Call]:
    declaration = kind(change.kind)
    if change.action is Action.CREATE:
        return list(declaration.create(change))
    if change.action is Action.ADOPT or change.action is Action.FORGET:
        return list(declaration.retag(change)) if declaration.retag else []
    if change.action in (Action.DELETE, Action.REPLACE):
        return list(declaration.delete(change))
    if change.action is not Action.UPDATE:
        return []
    tagged = declaration.retag is not None and change.touches("tags")
    calls = list(declaration.update(change)) if _beyond_tags(change) else []
    return [*(declaration.retag(change) if tagged and declaration.retag else ()), *calls]
