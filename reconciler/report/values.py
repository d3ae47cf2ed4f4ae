"""Values as lines a person can read: nested structures, JSON documents and the difference of two of them.

Pure and format-free: a `Line` knows its symbol, depth and text; renderers indent, colour or escape it. Takes redacted
values only (JSON values and markers).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from reconciler.model import Value
from reconciler.report.redact import Marker, json_document
from reconciler.report.wording import plural, shortened, visible

_LONGEST_STRING = 400
"""Longer texts are cut in what people read; JSON output holds them whole."""
_LONGEST_ROW = 72
"""A list of plain values, or a flat member of a list, stays on one line up to this length."""
_WIDEST_LABEL = 36
_NAMING_MEMBERS = ("name", "sid", "id", "key", "parameter_name", "container_name", "rule_id", "domain_name")


@dataclass(frozen=True, slots=True)
class Line:
    symbol: str
    """`+`, `-`, `~` or nothing."""
    depth: int
    text: str
    notes: tuple[str, ...] = ()


def literal(value: Value) -> str:
    """`value` on one line: texts in quotes, markers without."""
    if isinstance(value, Marker):
        return visible(value)
    if isinstance(value, str):
        return visible(shortened(json.dumps(value, ensure_ascii=False), _LONGEST_STRING))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{label(key)} = {literal(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(member) for member in value) + "]"
    return json.dumps(value)


def label(name: str) -> str:
    plain = name and all(character.isalnum() or character in "_-./:" for character in name)
    return visible(name if plain else json.dumps(name, ensure_ascii=False))


def is_block(value: Value) -> bool:
    """Does `value` need more than one line?"""
    if isinstance(value, Marker):
        return False
    if isinstance(value, str):
        return "\n" in value.strip("\n") or bool(json_document(value))
    if isinstance(value, list):
        return any(isinstance(member, Mapping | list) for member in value) or len(literal(value)) > _LONGEST_ROW
    return isinstance(value, Mapping) and bool(value)


def value_lines(name: str, value: Value, symbol: str, depth: int, width: int = 0) -> Iterator[Line]:
    """`name = value`; `width` lines the equal signs of neighbours up."""
    opening = f"{name:<{width}} = " if name else ""
    if not is_block(value) or (not name and _is_short_row(value)):
        yield Line(symbol, depth, opening + literal(value))
    elif isinstance(value, str) and not json_document(value):
        yield Line(symbol, depth, f"{opening}|")
        yield from (Line(symbol, depth + 1, f"| {visible(row)}") for row in _rows(value))
    else:
        value, word = _opened(value)
        yield from _structure_lines(f"{opening}{word}", value, symbol, depth)


def difference_lines(name: str, desired: Value, observed: Value, depth: int) -> Iterator[Line]:
    """What makes `desired` of `observed`: `~ name = old -> new`, or the parts that differ of structures."""
    (new, word), (old, _) = _opened(desired), _opened(observed)
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        yield Line("~", depth, f"{name} = {word}{{" if name else f"{word}{{")
        yield from _mapping_difference(new, old, depth + 1)
        yield Line("", depth, "}")
    elif isinstance(new, list) and isinstance(old, list) and (is_block(new) or is_block(old)):
        yield Line("~", depth, f"{name} = {word}[" if name else f"{word}[")
        yield from _list_difference(new, old, depth + 1)
        yield Line("", depth, "]")
    elif _is_text(new) and _is_text(old) and (is_block(new) or is_block(old)):
        yield Line("~", depth, f"{name} = |" if name else "|")
        yield from _sequence_difference(_rows(new), _rows(old), depth + 1, quoted=False)
    elif is_block(new) or is_block(old):
        yield from value_lines(name, observed, "-", depth)
        yield from value_lines(name, desired, "+", depth)
    else:
        arrow = literal(new) if literal(new) == literal(old) else f"{literal(old)} -> {literal(new)}"
        yield Line("~", depth, f"{name} = {arrow}" if name else arrow)


def _structure_lines(opening: str, value: Value, symbol: str, depth: int) -> Iterator[Line]:
    brackets = "{}" if isinstance(value, Mapping) else "[]"
    yield Line(symbol, depth, opening + brackets[0])
    if isinstance(value, Mapping):
        width = label_width([label(key) for key, member in value.items() if not is_block(member)])
        for key, member in value.items():
            yield from value_lines(label(key), member, symbol, depth + 1, 0 if is_block(member) else width)
    else:
        for member in value:
            yield from value_lines("", member, symbol, depth + 1)
    yield Line("", depth, brackets[1])


def _is_short_row(value: Value) -> bool:
    """A small flat member of a list, such as `{name = "PORT", value = "3000"}`, reads better on one line."""
    flat = isinstance(value, Mapping) and not any(is_block(member) for member in value.values())
    return flat and len(literal(value)) <= _LONGEST_ROW


def label_width(labels: Sequence[str]) -> int:
    return max((len(each) for each in labels if len(each) <= _WIDEST_LABEL), default=0)


def _mapping_difference(new: Mapping[str, Value], old: Mapping[str, Value], depth: int) -> Iterator[Line]:
    same = 0
    for key in [*new, *(key for key in old if key not in new)]:
        if key in new and key in old and new[key] == old[key]:
            same += 1
        elif key not in old:
            yield from value_lines(label(key), new[key], "+", depth)
        elif key not in new:
            yield from value_lines(label(key), old[key], "-", depth)
        else:
            yield from difference_lines(label(key), new[key], old[key], depth)
    yield from _hidden(same, "unchanged attribute", depth)


def _list_difference(new: list[Value], old: list[Value], depth: int) -> Iterator[Line]:
    for member in _NAMING_MEMBERS:
        named_new, named_old = _by_name(new, member), _by_name(old, member)
        if named_new is not None and named_old is not None:
            yield from _mapping_difference(named_new, named_old, depth)
            return
    yield from _sequence_difference(new, old, depth, quoted=True)


def _by_name(members: list[Value], naming: str) -> dict[str, Value] | None:
    """A list of named things as a mapping, or None where the members do not all have a name of their own."""
    named: dict[str, Value] = {}
    for member in members:
        if not isinstance(member, Mapping):
            return None
        name = next((text for key, text in member.items() if key.lower() == naming), None)
        if not isinstance(name, str) or name in named:
            return None
        named[name] = member
    return named


def _sequence_difference(new: Sequence[Value], old: Sequence[Value], depth: int, *, quoted: bool) -> Iterator[Line]:
    def lines(members: Sequence[Value], symbol: str) -> Iterator[Line]:
        for member in members:
            if quoted:
                yield from value_lines("", member, symbol, depth)
            else:
                yield Line(symbol, depth, f"| {visible(str(member))}")

    before, after = ([json.dumps(member, sort_keys=True) for member in members] for members in (old, new))
    same = 0
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            same += old_to - old_from
            continue
        yield from lines(old[old_from:old_to], "-")
        yield from lines(new[new_from:new_to], "+")
    yield from _hidden(same, "unchanged element" if quoted else "unchanged line", depth)


def _hidden(number: int, noun: str, depth: int) -> Iterator[Line]:
    if number:
        yield Line("", depth, f"# ({plural(number, noun)} hidden)")


def _opened(value: Value) -> tuple[Value, str]:
    """A JSON document as its structure, with the word that says so."""
    document = json_document(value) if _is_text(value) else None
    return (document, "JSON ") if document else (value, "")


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and not isinstance(value, Marker)


def _rows(text: Value) -> list[str]:
    return [shortened(row, _LONGEST_STRING) for row in str(text).split("\n")]
