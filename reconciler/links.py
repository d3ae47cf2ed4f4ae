"""Names and outputs: what `${name.output}` of the spec refers to, and the errors when it refers to nothing.

Used by expand only; it knows no AWS and reads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.errors import Problem
from reconciler.kinds.registry import kind
from reconciler.model import Place, Properties, Reference, Template, Value
from reconciler.spec.codes import REFERENCE_NOT_HERE
from reconciler.spec.references import element, references_in
from reconciler.spec.stack import Entry, Stack
from reconciler.spec.suggest import did_you_mean

ACCOUNT = "account"
"""`${account}`, where the spec leaves it to the credentials."""


class Links:
    """The outputs published so far, entry by entry, in the order of their needs."""

    def __init__(self, stack: Stack, account: str) -> None:
        self._entries = stack.entries
        self._account = account
        self._outputs: dict[str, Mapping[str, Value]] = {}
        self._unpublished: set[str] = set()

    # --- names ------------------------------------------------------------------------------------------------------

    def check_names(self) -> list[Problem]:
        """Every reference or `depends_on` to a name the spec does not have."""
        problems = []
        for entry in self._entries.values():
            for reference in references_in(entry.properties):
                if reference.target != ACCOUNT and self._owner(reference.target) is None:
                    problems.append(self._unknown_name(reference.target, reference.place or entry.place))
            for index, name in enumerate(entry.depends_on):
                if name not in self._entries:
                    place = entry.places.get(("depends_on", index), entry.place)
                    problems.append(self._unknown_name(name, place))
        return problems

    def _unknown_name(self, name: str, place: Place) -> Problem:
        guess = did_you_mean(name, self._entries)
        known = f"did you mean `{guess}`?" if guess else f"the names of this spec are {', '.join(self._entries)}"
        related = ((self._entries[guess].place, f"`{guess}` is declared here"),) if guess else ()
        return Problem("RC1401", f"nothing in this spec is named `{name}`", place, help=known, related=related)

    def _owner(self, target: str) -> str | None:
        """The entry a name belongs to: its own, or the component whose part it names (`network-vpc`)."""
        if target in self._entries:
            return target
        owners = [name for name in self._entries if target.startswith(f"{name}-")]
        return max(owners, key=len, default=None)

    def needed_entries(self, entry: Entry) -> tuple[str, ...]:
        owners = {self._owner(reference.target) for reference in references_in(entry.properties)}
        return tuple(sorted({name for name in owners if name} | set(entry.depends_on)))

    def places(self) -> dict[tuple[str, str], Place]:
        """Where one entry refers to another, for the message about a circle."""
        found: dict[tuple[str, str], Place] = {}
        for name, entry in self._entries.items():
            for index, other in enumerate(entry.depends_on):
                found.setdefault((name, other), entry.places.get(("depends_on", index), entry.place))
            for reference in references_in(entry.properties):
                found.setdefault((name, self._owner(reference.target) or ""), reference.place or entry.place)
        return found

    # --- outputs ----------------------------------------------------------------------------------------------------

    def publish(self, entry: Entry, outputs: Mapping[str, Value], parts: Mapping[str, str]) -> None:
        """A component's outputs, and those of its parts under their own names."""
        self._outputs[entry.name] = outputs
        for name, kind_name in parts.items():
            self._outputs.setdefault(name, _kind_outputs(kind_name, name))

    def publish_kind(self, entry: Entry) -> None:
        self._outputs[entry.name] = _kind_outputs(entry.kind, entry.name)

    def outputs(self, entry: str) -> Mapping[str, Value]:
        """What others may refer to of an entry."""
        return self._outputs[entry]

    def publish_nothing(self, entry: Entry) -> None:
        """The entry itself is wrong: say nothing more about references to it."""
        self._unpublished.add(entry.name)
        self._outputs[entry.name] = {}

    def is_spoilt(self, entry: Entry) -> bool:
        """Does it need an entry that is wrong, so that nothing can be said about it?"""
        return any(name in self._unpublished for name in self.needed_entries(entry))

    def substitute(self, entry: Entry) -> tuple[Properties, list[Problem]]:
        """The entry's properties with references to entries turned into references to AWS objects."""
        problems: list[Problem] = []
        properties = {name: self._replace(value, entry, problems) for name, value in entry.properties.items()}
        return properties, problems

    def _replace(self, value: Value, entry: Entry, problems: list[Problem]) -> Any:
        if isinstance(value, Reference):
            return self._target(value, entry, problems)
        if isinstance(value, Template):
            return _flat([p if isinstance(p, str) else self._text(p, entry, problems) for p in value.parts])
        if isinstance(value, Mapping):
            return {name: self._replace(item, entry, problems) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._replace(item, entry, problems) for item in value]
        return value

    def _text(self, reference: Reference, entry: Entry, problems: list[Problem]) -> Value:
        """What a reference inside a text stands for."""
        found = self._target(reference, entry, problems)
        if isinstance(found, Mapping | list | tuple):
            what = "all outputs of it" if isinstance(found, Mapping) else "a list"
            problems.append(
                Problem(
                    REFERENCE_NOT_HERE,
                    f"`{reference}` is {what} and cannot stand inside a text",
                    reference.place or entry.place,
                    help="make the reference the whole value, or refer to one of its parts",
                )
            )
        return found

    def _target(self, reference: Reference, entry: Entry, problems: list[Problem]) -> Value:
        if reference.target == ACCOUNT:
            return self._account
        outputs = self._outputs.get(reference.target)
        if outputs is None:
            problems.append(self._unknown_name(reference.target, reference.place or entry.place))
            return None
        if reference.output is None:
            return dict(outputs)
        output, *steps = reference.output.split(".")
        if output not in outputs:
            if self._owner(reference.target) not in self._unpublished:
                problems.append(self._unknown_output(reference, outputs, entry))
            return None
        found = outputs[output]
        for step in steps:
            if isinstance(found, Reference):
                found = Reference(found.target, f"{found.output}.{step}")
            elif (found := element(found, step)) is None:
                problems.append(_no_element(reference, step, entry))
        if isinstance(found, Reference):
            return Reference(found.target, found.output, reference.place)
        return found

    def _unknown_output(self, reference: Reference, outputs: Mapping[str, Value], entry: Entry) -> Problem:
        guess = did_you_mean((reference.output or "").partition(".")[0], outputs)
        help = f"did you mean `{guess}`?" if guess else f"its outputs are {', '.join(sorted(outputs))}"
        owner = self._entries.get(self._owner(reference.target) or "")
        related = ((owner.place, f"`{reference.target}` is declared here as {owner.kind}"),) if owner else ()
        return Problem(
            "RC1403",
            f"`{reference.target}` has no output `{reference.output}`",
            reference.place or entry.place,
            help=help,
            related=related,
        )


def _no_element(reference: Reference, step: str, entry: Entry) -> Problem:
    message = f"`{reference}` goes too far: there is no element `{step}`"
    help = "elements of a list are counted from 0, those of a mapping go by name"
    return Problem("RC1403", message, reference.place or entry.place, help=help)


def _kind_outputs(kind_name: str, name: str) -> dict[str, Value]:
    return {output: Reference(f"{kind_name}/{name}", output) for output in kind(kind_name).outputs}


def _flat(parts: list[Value]) -> Value:
    flat: list[Value] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Template) else [part])
    if all(not isinstance(part, Reference) for part in flat):
        return "".join(str(part) for part in flat)
    return Template(tuple(part if isinstance(part, Reference) else str(part) for part in flat))
