"""The one place that turns values of a plan into values that may be shown.

Every renderer starts here. What comes out holds JSON values and `Marker` words only: no secret, no reference, no
unknown, and none of the properties that are not part of a field change. It must never let a value through because it
cannot tell what it is, and never change an address, a kind or the place of a line.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote

from reconciler.model import (
    ApplyResult,
    Band,
    Call,
    Change,
    ChangeResult,
    FieldChange,
    Finding,
    FromSecret,
    Generated,
    Observed,
    Path,
    Plan,
    Reference,
    Template,
    Unknown,
    Value,
)


class Marker(str):
    """A word that stands for a value. Renderers print it without quotes."""

    __slots__ = ()


SENSITIVE = Marker("(sensitive value)")
UNKNOWN = Marker(str(Unknown()))
GENERATED = Marker(str(Generated()))
FROM_SECRET = Marker(str(FromSecret("")))

_SECRET_NAME = re.compile(
    r"(^|[_.:/-])(password|passwd|passphrase|pwd|secret|secret_(string|binary|value|key|access_key|key_base)"
    r"|private_key|api_?key|token|credentials?|connection_string|database_url|dsn)$"
)
# AWS: idempotency, paging and optimistic-lock tokens are no secrets and explain a call.
_HARMLESS_TOKEN = re.compile(r"(client|request|idempotency|next|lock|continuation|change|update)_token$")
_ARN = re.compile(r"arn:aws[\w-]*:[a-z0-9-]+:\S*")
# The scheme is bounded so that a long word without a URL costs no more than its length.
_URL_PASSWORD = re.compile(r"([a-z][a-z0-9+.-]{0,20}://[^\s:/@\"']*:)[^\s/@\"']+(?=@)", re.IGNORECASE)
_SHORTEST_SECRET = 4
"""Shorter texts are masked where they stand, but not searched for elsewhere: they would hide half of every sentence."""


@dataclass(frozen=True, slots=True)
class _Veil:
    """What must not be seen: a pattern of secret texts, and (for calls) whole values and member names."""

    pattern: re.Pattern[str] | None = None
    values: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def text(self, text: str) -> str:
        if self.pattern is not None:
            text = self.pattern.sub(str(SENSITIVE), text)
        return _URL_PASSWORD.sub(rf"\g<1>{SENSITIVE}", text)

    def shown(self, value: Value) -> Value:
        """`value` as JSON values and markers."""
        if isinstance(value, Marker) or value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, str):
            return SENSITIVE if value in self.values else self._shown_string(str(value))
        if isinstance(value, Mapping):
            return {str(key): self.member(str(key), member, value) for key, member in value.items()}
        if isinstance(value, list | tuple):
            return [self.shown(member) for member in value]
        if isinstance(value, set | frozenset):
            return sorted((self.shown(member) for member in value), key=json.dumps)
        return self._marked(value)

    def member(self, key: str, member: Value, siblings: Mapping[str, Value]) -> Value:
        if member is not None and not isinstance(member, bool):
            if key in self.names:
                return sensitive(member)
            if _holds_secret(key, siblings) and _is_bare(member):
                return SENSITIVE
        return self.shown(member)

    def _marked(self, value: Value) -> Value:
        match value:
            case float() if math.isfinite(value):
                return value
            case date():
                return value.isoformat()
            case Unknown() | Generated() | FromSecret() | float():
                word = str(value)
            case Reference() | Template():
                word = self.text(str(value))
            case Band(owner=owner, low=low, high=high):
                word = f"(owned by {self.text(owner)}, {_range(low, high)})"
            case bytes() | bytearray():
                word = f"({len(value)} bytes)"
            case _:
                return self.text(str(value))
        return Marker(word)

    def _shown_string(self, text: str) -> str:
        """A string; one that is a JSON document is masked inside and stays a JSON document."""
        document = json_document(text)
        if document is not None and next(_named_secrets(document), None) is not None:
            return json.dumps(self.shown(document))
        return self.text(text)


def redacted(plan: Plan) -> Plan:
    """`plan` with nothing in it that may not be shown. Doing it twice changes nothing."""
    return _plan(plan, _veil_over(plan.changes))


def redacted_result(result: ApplyResult) -> ApplyResult:
    """The same for the result of an apply; a secret of any change is masked in every error message."""
    changes = [*result.plan.changes, *(each.change for each in result.results)]
    veil = _veil_over(changes + list(result.remaining.changes if result.remaining else ()))
    return replace(
        result,
        plan=_plan(result.plan, veil),
        results=tuple(_result(each, veil) for each in result.results),
        remaining=_plan(result.remaining, veil) if result.remaining else None,
    )


def shown(value: Value) -> Value:
    """A value from outside a plan (the caller's metadata) as JSON values and markers."""
    return _Veil().shown(value)


def sensitive(value: Value) -> Value:
    """What stands for a sensitive value. That it is absent or not known yet is no secret."""
    match value:
        case None | Marker():
            return value
        case Unknown():
            return UNKNOWN
        case Generated():
            return GENERATED
        case FromSecret():
            return FROM_SECRET
        case _:
            return SENSITIVE


def json_document(text: str) -> Value | None:
    """The object or list a JSON text holds, or None where `text` is not one."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict | list) else None


# --- the parts of a plan ----------------------------------------------------------------------------------------------


def _plan(plan: Plan, veil: _Veil) -> Plan:
    return replace(
        plan,
        changes=tuple(_change(change, veil) for change in plan.changes),
        findings=tuple(_finding(finding, veil) for finding in plan.findings),
    )


def _change(change: Change, veil: _Veil) -> Change:
    secret = [each for each in change.fields if each.sensitive]
    calls = replace(
        veil,
        values=frozenset(leaf for each in secret for leaf in _leaves((each.desired, each.observed))),
        names=frozenset(str(each.path[0]) for each in secret if len(each.path) == 1),
    )
    return replace(
        change,
        resource=replace(change.resource, properties={}, tags={}) if change.resource else None,
        observed=_observed(change.observed, veil) if change.observed else None,
        fields=tuple(_field(each, veil) for each in change.fields),
        reason=veil.text(change.reason),
        calls=tuple(_call(call, calls) for call in change.calls),
    )


def _observed(observed: Observed, veil: _Veil) -> Observed:
    status = replace(observed.status, reason=veil.text(observed.status.reason))
    return replace(observed, properties={}, outputs={}, details={}, tags={}, status=status)


def _field(each: FieldChange, veil: _Veil) -> FieldChange:
    path = tuple(veil.text(part) if isinstance(part, str) else part for part in each.path)
    each = replace(each, path=path)
    if each.sensitive:
        return replace(each, desired=sensitive(each.desired), observed=sensitive(each.observed))
    return replace(each, desired=_at(each, each.desired, veil), observed=_at(each, each.observed, veil))


def _at(each: FieldChange, value: Value, veil: _Veil) -> Value:
    """A value at the path of a field: the last name of the path may say that it is a secret."""
    return veil.member(_telling_name(each.path), value, {})


def _telling_name(path: Path) -> str:
    """The name that says what stands at a path; of `environment[API_TOKEN].value` it is that of the element."""
    *before, last = ("", *path)
    element = str(before[-1]) if before else ""
    named = last in ("value", "header_value") and element.startswith("[")
    return element.strip("[]") if named else str(last)


def _call(call: Call, veil: _Veil) -> Call:
    return replace(call, params=veil.shown(call.params))


def _finding(finding: Finding, veil: _Veil) -> Finding:
    return replace(finding, message=veil.text(finding.message), help=veil.text(finding.help))


def _result(result: ChangeResult, veil: _Veil) -> ChangeResult:
    return replace(
        result,
        change=_change(result.change, veil),
        detail=veil.text(result.detail),
        help=veil.text(result.help),
    )


# --- what is a secret -------------------------------------------------------------------------------------------------


def _veil_over(changes: Sequence[Change]) -> _Veil:
    found = {text for change in changes for text in _secrets_of(change) if len(text) >= _SHORTEST_SECRET}
    written = sorted({form for text in found for form in _forms(text)}, key=lambda form: (-len(form), form))
    return _Veil(re.compile("|".join(map(re.escape, written))) if written else None)


def _secrets_of(change: Change) -> Iterator[str]:
    for each in change.fields:
        for value in (each.desired, each.observed):
            if each.sensitive:
                yield from _telling_leaves(value)
            elif isinstance(value, str) and _holds_secret(_telling_name(each.path), {}) and _is_bare(value):
                yield value
            else:
                yield from _named_secrets(value)
    for call in change.calls:
        yield from _named_secrets(call.params)


def _telling_leaves(value: Value) -> Iterable[str]:
    """The secret texts of a sensitive value: those under a telling name if there are any (the user name beside a
    password is no secret), all of them if not."""
    value = json_document(value) or value if isinstance(value, str) else value
    return list(_named_secrets(value)) or list(_leaves(value))


def _named_secrets(value: Value) -> Iterator[str]:
    """The texts that stand under a name like `password`, at any depth."""
    if isinstance(value, str):
        document = json_document(value)
        if document is not None:
            yield from _named_secrets(document)
    elif isinstance(value, Mapping):
        for key, member in value.items():
            if isinstance(member, str) and _holds_secret(str(key), value) and _is_bare(member):
                yield str(member)
            else:
                yield from _named_secrets(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _named_secrets(member)


def _leaves(value: Value) -> Iterator[str]:
    if isinstance(value, Marker):
        return
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _leaves(member)
    elif isinstance(value, list | tuple | set | frozenset):
        for member in value:
            yield from _leaves(member)


NAMES = ("name", "Name", "key", "Key", "header_name", "HeaderName")
"""What stands beside a `value` and says what it is."""


def _holds_secret(key: str, siblings: Mapping[str, Value]) -> bool:
    """Does the name, or the `name` beside a `value`, say that a secret stands here?"""
    if key.lower() in ("value", "parameter_value", "parametervalue", "header_value", "headervalue"):
        if siblings.get("type") == "SecureString":
            return True
        key = next((str(siblings[name]) for name in NAMES if name in siblings), key)
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
    return _SECRET_NAME.search(snake) is not None and _HARMLESS_TOKEN.search(snake) is None


def _is_bare(value: Value) -> bool:
    """A text that stands for itself: not a marker and not the ARN of where the secret is kept."""
    return (
        isinstance(value, str | bytes)
        and not isinstance(value, Marker)
        and not (isinstance(value, str) and (_ARN.fullmatch(value) or value == ""))
    )


def _forms(secret: str) -> Iterator[str]:
    """How a secret may be written inside another text: as it is, JSON-escaped, URL-encoded, base64 at any offset."""
    data = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(data, safe="")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            # Only the characters that do not depend on what stands before and after the secret.
            core = encode(b"\0" * offset + data)[-(-offset * 8 // 6) : (offset + len(data)) * 8 // 6].decode()
            if len(core) >= 2 * _SHORTEST_SECRET or (offset == 0 and core):
                yield core


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "any value"
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"
