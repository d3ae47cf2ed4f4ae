"""The walk over all kinds: `drift/<kind>.yaml`, read as values.

A file holds the objects of its kind in the walked stack, what a person does to them, and what drift must say about it.
Outside the stack itself `${name.output}` is an output of a live object, `{$json: ...}` the text of a document, and
`{$ask: [service.operation, params, jmespath]}` what AWS answers. All calls are plain boto3: never the code under test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]  # boto3's own; it brings no types
import yaml

from reconciler.model import Unknown

FOLDER = Path(__file__).parent / "drift"

Call = Mapping[str, Mapping[str, Any]]
"""One element: `service.operation` -> params."""

ByEntry = Mapping[str, Mapping[str, Any]]
"""Entry of the walk -> property or path -> value."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Properties changed by hand. `found`: entry -> path -> [what the spec says, what is live].

    `refused` is in the message of the plan where AWS can never change it back; `undo` is then how the test does it.
    """

    kind: str
    name: str
    by_hand: Sequence[Call]
    found: ByEntry
    refused: str = ""
    undo: Sequence[Call] = ()


@dataclass(frozen=True, slots=True)
class Deletion:
    """Objects deleted by hand: `missing` are made again; `repaired`: entry -> the properties that follow them."""

    kind: str
    name: str
    by_hand: Sequence[Call]
    missing: Sequence[str]
    repaired: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """One boto3 read of an entry and what it shows: jmespath -> value."""

    kind: str
    entry: str
    call: Call
    shows: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tagging:
    """How tags of a kind are read and changed. `read` is about `${it}`, any entry; `at` the jmespath of its tags."""

    of: str
    changed: Sequence[Call]
    removed: Sequence[Call]
    read: Call
    at: str


@dataclass(frozen=True, slots=True)
class KindCases:
    """Everything one file says.

    `walk`: the entries of the stack. `replaced` and `beside`: changes in the spec that need a new object, in place of
    the live one or of another name beside it; `not_alone`: property -> why the schema lets it change only with others.
    `excused`: property -> why nobody changes it by hand here.
    """

    kind: str
    walk: ByEntry
    edits: Sequence[Edit]
    deletions: Sequence[Deletion]
    looks: Sequence[Look]
    tagging: Tagging | None
    replaced: ByEntry
    beside: ByEntry
    not_alone: Mapping[str, str]
    excused: Mapping[str, str]

    @property
    def changed(self) -> Iterator[str]:
        """The paths of this kind that are changed by hand, as often as they are."""
        own = [paths for edit in self.edits for entry, paths in edit.found.items() if entry in self.walk]
        return (path for paths in own for path in paths)


def spec_of(cases: Sequence[KindCases], certificate: str) -> str:
    """The spec of the walked stack; `certificate` is the ARN of one that is not ours."""
    entries = {name: {"kind": case.kind, **(entry or {})} for case in cases for name, entry in case.walk.items()}
    head = {"stack": "walk", "region": "eu-central-1", "account": "123456789012", "tags": {"team": "sales"}}
    return yaml.safe_dump({**head, "vars": {"certificate": certificate}, "resources": entries}, sort_keys=False)


def kinds_of(cases: Sequence[KindCases]) -> dict[str, str]:
    """The kind of each entry."""
    return {name: case.kind for case in cases for name in case.walk}


def side_by_side(edits: Sequence[Edit]) -> list[list[Edit]]:
    """As few rounds as possible in which no two edits are about the same object."""
    rounds: list[list[Edit]] = []
    for edit in edits:
        found = [each for each in rounds if not any(edit.found.keys() & other.found.keys() for other in each)]
        if found:
            found[0].append(edit)
        else:
            rounds.append([edit])
    return rounds


@lru_cache(maxsize=1)
def read_cases() -> tuple[KindCases, ...]:
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.yaml")))


def _read(path: Path) -> KindCases:
    kind, written = path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))
    fixed = written.get("fixed", {})
    return KindCases(
        kind,
        written["walk"],
        [Edit(kind, **each) for each in written["edits"]],
        [Deletion(kind, **each) for each in written.get("deletions", ())],
        [Look(kind, **each) for each in written["boto3"]],
        Tagging(**written["tags"]) if "tags" in written else None,
        fixed.get("replaced", {}),
        fixed.get("beside", {}),
        fixed.get("not_alone", {}),
        written.get("excused", {}),
    )


_REFERENCE = re.compile(r"\$\{([a-z0-9-]+)\.([a-z0-9_]+)\}")


@dataclass(slots=True)
class Person:
    """Somebody with boto3 and the live ids. `outputs`: entry -> output -> value."""

    outputs: dict[str, Mapping[str, Any]]
    _clients: dict[str, Any] = field(default_factory=dict)

    def do(self, calls: Sequence[Call]) -> None:
        for call in calls:
            self.ask(call)

    def ask(self, call: Call) -> Any:
        ((name, params),) = call.items()
        service, operation = name.split(".")
        if service not in self._clients:
            make: Any = boto3.client
            self._clients[service] = make(service)
        return getattr(self._clients[service], operation)(**self.filled(params))

    def filled(self, value: Any) -> Any:
        """`value` with everything in it that stands for something live."""
        if isinstance(value, str):
            return self._filled_text(value)
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$json" in value:
            return json.dumps(self.filled(value["$json"]))
        if "$ask" in value:
            call, params, path = value["$ask"]
            return self.search(path, self.ask({call: params}))
        return {self.filled(name): self.filled(item) for name, item in value.items()}

    def search(self, path: str, answer: Any) -> Any:
        return jmespath.search(self.filled(path), answer)

    def _filled_text(self, text: str) -> Any:
        whole = _REFERENCE.fullmatch(text)
        if whole:
            return self.outputs[whole[1]][whole[2]]
        return _REFERENCE.sub(lambda match: str(self.outputs[match[1]][match[2]]), text)


def comparable(value: Any) -> Any:
    """`value` without the order of lists, which AWS often does not keep: for comparing what two sides say."""
    if isinstance(value, Unknown):
        return str(value)
    if isinstance(value, Mapping):
        return {name: comparable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        items = [comparable(item) for item in value]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True, default=str))
    return value


def tags_in(answer: Any) -> dict[str, str]:
    """Tags as boto3 gives them: a map, or a list of keys and values."""
    if isinstance(answer, Mapping):
        return dict(answer)
    return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value")) for tag in answer or ()}
