"""The references of a spec: `${name.output}` inside texts, what they parse to and how they are filled in. Pure.

A text that is one reference becomes a `Reference` and takes the type of what it refers to; a text with references
inside becomes a `Template`; `$${` is a literal `${`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from reconciler.errors import InvalidSpec, Problem
from reconciler.model import Generated, Place, Reference, Template, Unknown, Value
from reconciler.spec import codes
from reconciler.spec.nodes import ScalarNode

WORDS = ("stack", "account", "region", "env")
"""References the stack itself answers."""

VARIABLES = "vars"
"""The target of a reference to a variable: `${vars.name}`."""

_TOKEN = re.compile(r"(?P<escape>\$\$\{)|\$\{(?P<body>[^}\r\n]*)(?P<close>\}?)")
_BODY = re.compile(r"[a-z][a-z0-9-]*(?:\.[A-Za-z0-9_-]+)*")
_LITERAL = "write `$${` for a literal `${`"


def parse(node: ScalarNode) -> Value:
    """The text of a scalar as str, Reference or Template. Raises InvalidSpec with each bad reference of the text."""
    problems: list[Problem] = []
    parts: list[str | Reference] = []
    marks = dict(zip((match.start() for match in re.finditer(r"\$\{", node.text)), node.marks, strict=False))
    end = 0
    for match in _TOKEN.finditer(node.text):
        parts.append(node.text[end : match.start()])
        end = match.end()
        if len(problems) > codes.MAX_PROBLEMS:
            break
        if match["escape"]:
            parts.append("${")
            continue
        try:
            parts.append(_reference(match, marks.get(match.start(), node.place)))
        except InvalidSpec as error:
            problems.extend(error.problems)
    if problems:
        raise InvalidSpec(problems)
    return joined([*parts, node.text[end:]])


def joined(parts: list[str | Reference]) -> Value:
    """The shortest value the parts make: a str, a Reference or a Template."""
    merged: list[str | Reference] = []
    for is_text, run in groupby((part for part in parts if part != ""), key=lambda part: isinstance(part, str)):
        same = list(run)
        merged.extend(["".join(map(str, same))] if is_text else same)
    if len(merged) == 1:
        return merged[0]
    return Template(tuple(merged)) if merged else ""


def references_in(value: Value) -> Iterator[Reference]:
    """Every reference inside a value, in order."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Template):
        yield from (part for part in value.parts if isinstance(part, Reference))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from references_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from references_in(item)


def element(value: Value, step: str) -> Value:
    """The element `step` names: by position in a list, by name in a mapping; None where there is none."""
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, list | tuple) and step.isdecimal() and int(step) < len(value):
        return value[int(step)]
    return None


def resolve(value: Value, lookup: Callable[[Reference], Value]) -> Value:
    """The value with every reference replaced by what `lookup` answers for it.

    A Template becomes a str; Unknown if a part of it is Unknown; Generated if a part of it is. Raises InvalidSpec where
    a list, a mapping or nothing would have to stand inside a text.
    """
    if isinstance(value, Reference):
        return lookup(value)
    if isinstance(value, Template):
        return _filled(value, lookup)
    if isinstance(value, Mapping):
        return {key: resolve(item, lookup) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(item, lookup) for item in value]
    return value


def _filled(template: Template, lookup: Callable[[Reference], Value]) -> Value:
    texts: list[str] = []
    secret: Generated | None = None
    for part in template.parts:
        found = part if isinstance(part, str) else lookup(part)
        if isinstance(found, Unknown):
            return Unknown(found.reference or str(part))
        if isinstance(found, Generated) and secret is None:
            secret, found = found, found.template
        texts.append(found if isinstance(found, str) else _text(part, found))
    return replace(secret, template="".join(texts)) if secret else "".join(texts)


def _text(part: str | Reference, found: Value) -> str:
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, int | float):
        return str(found)
    place = part.place if isinstance(part, Reference) and part.place else Place("", 1, 1)
    what = {"NoneType": "nothing", "dict": "a mapping", "list": "a list"}.get(type(found).__name__, str(found))
    raise InvalidSpec(
        [
            Problem(
                codes.REFERENCE_NOT_HERE,
                f"`{part}` is {what} and cannot stand inside a text",
                place,
                help="make the reference the whole value, or refer to one of its parts",
            )
        ]
    )


# --- syntax ---------------------------------------------------------------------------------------------------------


def _reference(match: re.Match[str], place: Place) -> Reference:
    body = match["body"]
    whole = replace(place, length=len(match.group()))
    if not match["close"]:
        raise _bad("a reference that is never closed", whole, f"close it with `}}`, or {_LITERAL}")
    target, _, output = body.partition(".")
    good = _BODY.match(body)
    if good is None or good.end() < len(body):
        raise _misspelt(body, good.end() if good else 0, place)
    if target == VARIABLES and not output:
        raise _bad("`${vars}` names no variable", whole, "write `${vars.name}`")
    if target in WORDS and output:
        raise _bad(f"`{target}` has no outputs", whole, f"write `${{{target}}}`")
    return Reference(target, output or None, whole)


def _misspelt(body: str, offset: int, place: Place) -> InvalidSpec:
    spot = replace(place, column=place.column + 2 + offset, length=1) if place.length == 2 else place
    bare = body.strip()
    if not bare or offset == len(body.rstrip(".")) < len(body):
        what = "an output" if bare else "a name"
        return _bad(f"`${{{body}}}` lacks {what}", spot, "write `${name.output}`")
    if bare != body and _BODY.fullmatch(bare):
        return _bad(f"spaces inside `${{{body}}}`", spot, f"write `${{{bare}}}`")
    name, dot, output = bare.partition(".")
    hyphens = name.replace("_", "-") + dot + output
    if body[offset : offset + 1] == "_" and _BODY.fullmatch(hyphens):
        return _bad("a name with `_`", spot, f"did you mean `${{{hyphens}}}`? Names have hyphens, outputs have `_`")
    if body.startswith("{"):
        return _bad("two `{` in a reference", spot, f"write one: `${{name.output}}`, or {_LITERAL}")
    return _bad(
        f"`${{{body}}}` is not a reference: unexpected `{body[offset : offset + 1]}`",
        spot,
        f"write `${{name.output}}` with a name of this spec in lower case, or {_LITERAL}",
    )


def _bad(message: str, place: Place, advice: str) -> InvalidSpec:
    return InvalidSpec([Problem(codes.REFERENCE_SYNTAX, message, place, help=advice, label="here")])
