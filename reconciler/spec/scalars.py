"""What a scalar of the spec means where the schema says which types are wanted. Pure.

YAML's own rules never decide: `NO` stays a text, `012345678901` keeps its leading zero, `1.20` stays `1.20` where a
text may stand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable

from reconciler.model import Value
from reconciler.spec.nodes import NULLS

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,3})?")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_ANY = frozenset({"null", "boolean", "integer", "number", "string"})


def convert(text: str, quoted: bool, wanted: Collection[str] = (), exact: Iterable[Value] = ()) -> Value:
    """The value of a scalar where the schema allows the JSON types `wanted` (none: any) or the values `exact`.

    A quoted scalar is always a text. A plain one that fits no wanted type stays a text, so that the validator can say
    what is wrong with it.
    """
    for value in exact:
        if text == _spelling(value) and (isinstance(value, str) or not quoted):
            return value
    if quoted:
        return text
    if text in NULLS:
        return None
    return _plain(text, frozenset(wanted) or _ANY, free=not wanted)


def number(text: str) -> int | float | None:
    """The number a plain scalar spells in decimal, or None: `1e999`, `0x10`, `007` and `1_000` spell none."""
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return None


def _plain(text: str, wanted: frozenset[str], free: bool) -> Value:
    if "boolean" in wanted and text in ("true", "false"):
        return text == "true"
    value = number(text)
    if value is None or (free and _ACCOUNT_ID.fullmatch(text)):
        return text
    if isinstance(value, int):
        return value if wanted & {"integer", "number"} else text
    if "number" not in wanted or ("string" in wanted and repr(value) != text):
        return text
    return value


def _spelling(value: Value) -> str | None:
    """How a schema's own value is spelled as a plain scalar."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
