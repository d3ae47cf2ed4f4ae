"""Pure comparison of what the spec states with what a read found.

Only declared keys are compared: a field the user did not write is not managed. It never changes either side, and knows
no AWS service; how a kind's properties compare is in its `Rules`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from reconciler.model import Band, FieldChange, FromSecret, Generated, Path, Properties, Resource, Rules, Unknown, Value

EMPTY: tuple[Value, ...] = (None, "", [], {}, (), False)
"""AWS leaves these out of its answers as it likes: they equal absence."""


@dataclass(frozen=True, slots=True)
class At:
    """A position during comparison: what to show, the rule pattern, and the path in the spec (for its place)."""

    path: Path = ()
    pattern: str = ""
    spec: Path = ()

    def member(self, name: str) -> At:
        return At((*self.path, name), f"{self.pattern}.{name}" if self.pattern else name, (*self.spec, name))

    def element(self, label: str | int, index: int | None) -> At:
        spec = (*self.spec, index) if index is not None else self.spec
        return At((*self.path, label), f"{self.pattern}[]", spec)


def diff(
    rules: Rules, desired: Properties, observed: Properties, resource: Resource | None = None
) -> tuple[FieldChange, ...]:
    """Every differing path, in the order of the spec; `resource` gives the places."""
    found = []
    for at, wanted, live in _compare_members(rules, At(), desired, observed):
        found.append(
            FieldChange(
                at.path,
                wanted,
                live,
                resource.place_of(at.spec) if resource else None,
                sensitive=_matches(rules.sensitive, at.pattern),
                forces_replacement=_matches(rules.create_only, at.pattern),
            )
        )
    return tuple(found)


def declared(rules: Rules, resource: Resource) -> tuple[FieldChange, ...]:
    """One field change per declared top-level property: what a create shows."""
    return tuple(
        FieldChange((name,), value, None, resource.place_of((name,)), sensitive=_covers_any(rules.sensitive, name))
        for name, value in resource.properties.items()
        if value is not None
    )


Found = Iterator[tuple[At, Value, Value]]


def _compare(rules: Rules, at: At, desired: Value, observed: Value) -> Found:
    if _not_comparable(rules, at, desired, observed):
        return
    if isinstance(desired, Band):
        if not desired.admits(observed):
            yield at, desired.low if observed is None or observed < (desired.low or 0) else desired.high, observed
    elif isinstance(desired, Unknown):
        yield at, desired, observed
    elif _is_document(rules, at.pattern):
        if canonical_document(desired) != canonical_document(observed):
            yield at, desired, observed
    elif isinstance(desired, Mapping) and isinstance(observed, Mapping):
        yield from _compare_members(rules, at, desired, observed)
    elif _is_list(desired) and _is_list(observed):
        yield from _compare_lists(rules, at, desired, observed)
    elif not _same_scalar(rules, at, desired, observed):
        yield at, desired, observed


def _not_comparable(rules: Rules, at: At, desired: Value, observed: Value) -> bool:
    """Write-only, not stated, made at the write, or not told by the read."""
    not_stated = desired is None or isinstance(desired, Generated | FromSecret)
    return not_stated or at.pattern in rules.write_only or isinstance(observed, Unknown)


def _compare_members(rules: Rules, at: At, desired: Mapping[str, Value], observed: Mapping[str, Value]) -> Found:
    for name, value in desired.items():
        yield from _compare(rules, at.member(name), value, observed.get(name))
    if at.pattern and at.pattern in rules.exclusive:
        for name, value in observed.items():
            if name not in desired:
                yield at.member(name), None, value


def _compare_lists(rules: Rules, at: At, desired: Sequence[Value], observed: Sequence[Value]) -> Found:
    key = rules.keyed.get(at.pattern)
    if key is not None:
        yield from _compare_keyed(rules, at, key, (desired, observed))
    elif at.pattern in rules.unordered:
        if not _same_set(rules, at, desired, observed):
            yield at, list(desired), list(observed)
    elif len(desired) != len(observed):
        yield at, list(desired), list(observed)
    else:
        for index, (wanted, live) in enumerate(zip(desired, observed, strict=True)):
            yield from _compare(rules, at.element(index, index), wanted, live)


def _compare_keyed(rules: Rules, at: At, key: str, lists: tuple[Sequence[Value], Sequence[Value]]) -> Found:
    desired, observed = lists
    if any(isinstance(item, Unknown) or not isinstance(item, Mapping) for item in desired):
        yield at, list(desired), list(observed)
        return
    live = {_label(item, key): item for item in observed}
    for index, item in enumerate(desired):
        label = _label(item, key)
        position = at.element(f"[{label}]", index)
        if label in live:
            yield from _compare(rules, position, item, live.pop(label))
        else:
            yield position, item, None
    for label, item in live.items():
        yield at.element(f"[{label}]", None), None, item


def _label(item: Mapping[str, Value], key: str) -> str:
    return "/".join(str(item[name]) for name in key.split("+") if item.get(name) is not None)


def _same_set(rules: Rules, at: At, desired: Sequence[Value], observed: Sequence[Value]) -> bool:
    if len(desired) != len(observed):
        return False
    left = list(observed)
    for wanted in desired:
        match = next((live for live in left if not any(_compare(rules, at.element(0, None), wanted, live))), None)
        if match is None and not any(live is None for live in left):
            return False
        left.remove(match)
    return True


def _same_scalar(rules: Rules, at: At, desired: Value, observed: Value) -> bool:
    if _is_empty(observed):
        return _is_empty(desired)
    if isinstance(desired, bool) or isinstance(observed, bool):
        return desired is observed
    if isinstance(desired, int | float) and isinstance(observed, int | float):
        return float(desired) == float(observed)
    if isinstance(desired, str) and isinstance(observed, str):
        return _same_text(rules, at, desired, observed)
    return bool(desired == observed)


def _is_empty(value: Value) -> bool:
    return value is False or (value in EMPTY and not isinstance(value, int | float))


def _same_text(rules: Rules, at: At, desired: str, observed: str) -> bool:
    if at.pattern in rules.case_insensitive:
        return desired.lower() == observed.lower()
    if at.pattern in rules.version_prefix:
        return observed == desired or observed.startswith(f"{desired}.")
    return desired == observed


def _is_list(value: Value) -> bool:
    return isinstance(value, list | tuple)


def _is_document(rules: Rules, pattern: str) -> bool:
    return any(fnmatchcase(pattern, document.replace("[]", "[[][]]")) for document in rules.documents)


def _matches(patterns: Sequence[str], pattern: str) -> bool:
    """Is `pattern` one of `patterns`, or below one of them?"""
    return any(pattern == each or pattern.startswith((f"{each}.", f"{each}[")) for each in patterns)


def _covers_any(patterns: Sequence[str], name: str) -> bool:
    """Does `name` hold any of `patterns`?"""
    return any(each == name or each.startswith((f"{name}.", f"{name}[")) for each in patterns)


# --- IAM-style policy documents ---------------------------------------------------------------------------------------


def canonical_document(document: Value) -> str:
    """A text that two policy documents share exactly when AWS reads them as the same.

    One-element lists equal scalars, list and statement order is irrelevant, `"*"` equals `{"AWS": "*"}`, an account's
    root ARN equals its id, booleans and numbers equal their strings, a missing Version is 2008-10-17.
    Source: IAM reference, grammar of the JSON policy language.
    """
    if isinstance(document, str):
        try:
            return canonical_document(json.loads(document))
        except ValueError:
            return document
    if not isinstance(document, Mapping):
        return json.dumps(document, sort_keys=True, default=str)
    statements = document.get("Statement", [])
    statements = statements if _is_list(statements) else [statements]
    canonical = {name: value for name, value in document.items() if name not in ("Statement", "Version")}
    canonical["Version"] = document.get("Version", "2008-10-17")
    canonical["Statement"] = sorted(
        (_canonical_statement(statement) for statement in statements), key=lambda s: json.dumps(s, sort_keys=True)
    )
    return json.dumps(canonical, sort_keys=True, default=str)


def _canonical_statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in statement.items():
        if name in ("Principal", "NotPrincipal"):
            result[name] = _canonical_principal(value)
        elif name == "Condition":
            result[name] = {op: {k: _as_set(v) for k, v in keys.items()} for op, keys in value.items()}
        elif name in ("Action", "NotAction"):
            result[name] = sorted(item.lower() for item in _as_set(value))
        elif name in ("Resource", "NotResource"):
            result[name] = _as_set(value)
        else:
            result[name] = value
    return result


def _canonical_principal(value: Any) -> Any:
    if not isinstance(value, Mapping):
        value = {"AWS": value}
    return {kind: sorted(_account(item) for item in _as_set(who)) for kind, who in value.items()}


def _account(principal: str) -> str:
    parts = principal.split(":")
    return parts[4] if len(parts) == 6 and parts[5] == "root" else principal


def _as_set(value: Any) -> list[str]:
    items = value if _is_list(value) else [value]
    return sorted({str(item).lower() if isinstance(item, bool) else str(item) for item in items})
