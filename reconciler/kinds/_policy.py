"""JSON documents inside API calls (policies, filters): objects in the spec, text on the wire.

It decides nothing about differences: that is `diff`'s work, by a kind's `Rules`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from reconciler.model import Unknown, Value


def to_json(document: Value) -> Value:
    """The compact text of a document: policies have size limits that count every character.

    Unknown where a part of it is known only after apply, so that nothing half-known is ever sent.
    """
    return unknown_in(document) or json.dumps(document, separators=(",", ":"))


def unknown_in(value: Value) -> Unknown | None:
    """The first part of a value that is known only after apply."""
    if isinstance(value, Unknown):
        return value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return next(filter(None, map(unknown_in, inner)), None)


def from_json(text: Value) -> Value:
    """The document AWS gave as text; botocore has already decoded those of IAM."""
    return json.loads(text) if isinstance(text, str) else text
