"""How values and types of a spec are named in messages. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from reconciler.model import Value

_LONGEST = 60
_MOST = 24

_TYPES = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "string": "a text",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


def wanted(types: Iterable[str]) -> str:
    """`a whole number or a text`."""
    chosen = set(types)
    return " or ".join(words for name, words in _TYPES.items() if name in chosen) or "another value"


def found(value: Value) -> str:
    """What stands in the file: `the text "abc"`, `a list`."""
    if value is None:
        return "no value"
    if isinstance(value, bool):
        return f"`{shown(value)}`"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return f'the text "{shown(value)}"'


def shown(value: Value) -> str:
    """A value as it would be written in YAML on one line, cut to a readable length."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def quoted(words: Iterable[str]) -> str:
    """The words in backticks with commas, cut where there are too many to read."""
    all_words = list(words)
    text = ", ".join(f"`{word}`" for word in all_words[:_MOST])
    return text if len(all_words) <= _MOST else f"{text} and {len(all_words) - _MOST} more"


def count(number: int, value: Value) -> str:
    """`1 item`, `12 characters`."""
    thing = "character" if isinstance(value, str) else "item" if isinstance(value, list) else "key"
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
