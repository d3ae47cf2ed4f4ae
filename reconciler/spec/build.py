"""Turns YAML events into nodes, with an explicit stack instead of recursion, and collects what is wrong on the way.

It touches nothing but its arguments. Events are PyYAML's, told apart by their names, so that this module need not
import it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from reconciler.errors import InvalidSpec, Problem
from reconciler.model import Place
from reconciler.spec import codes
from reconciler.spec.characters import FORBIDDEN, hidden
from reconciler.spec.nodes import NULLS, MappingNode, Node, ScalarNode, SequenceNode, split_lines
from reconciler.spec.scalars import number
from reconciler.spec.syntax import MAX_DEPTH, tag, too_deep

MAX_NODES = 100_000

EXAMPLE = "start with `stack: my-app`, `region: eu-central-1` and `resources:`"


def build(events: Iterable[Any], text: str, file: str) -> MappingNode:
    """The root mapping of the document the events describe. Raises InvalidSpec."""
    builder = _Builder(text, file)
    try:
        for event in events:
            builder.take(event)
    except InvalidSpec as stop:
        raise InvalidSpec([*builder.problems, *stop.problems]) from None
    root = builder.root
    if not isinstance(root, MappingNode):
        place = root.place if root is not None else Place(file, 1, 1)
        empty = root is None or (isinstance(root, ScalarNode) and root.is_null)
        message = "the spec is empty" if empty else "the spec is not a mapping of keys to values"
        builder.problems.append(Problem(codes.NOT_A_MAPPING, message, place, help=EXAMPLE))
    if builder.problems or not isinstance(root, MappingNode):
        raise InvalidSpec(builder.problems)
    return root


@dataclass(slots=True)
class _Frame:
    """A list or mapping whose end was not seen yet."""

    place: Place
    mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, tuple[ScalarNode, Node]] = field(default_factory=dict)
    key: ScalarNode | None = None
    value_next: bool = False
    """The key was read (and refused, where `key` is None); a value follows."""


class _Builder:
    def __init__(self, text: str, file: str) -> None:
        self.lines = split_lines(text)
        self.file = file
        self._ends = [len(line.rstrip()) for line in self.lines]
        self.problems: list[Problem] = []
        self.root: Node | None = None
        self._stack: list[_Frame] = []
        self._nodes = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        name = type(event).__name__
        if name == "DocumentStartEvent":
            self._start_document(event)
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            self._close()
        elif name in ("MappingStartEvent", "SequenceStartEvent", "ScalarEvent", "AliasEvent"):
            self._count(event)
            self._refuse_properties(event, name)
            if name == "ScalarEvent":
                self._add(self._scalar(event))
            elif name == "AliasEvent":
                self._add(ScalarNode("", True, self._place(event)), refused=True)
            else:
                self._stack.append(_Frame(self._place(event), name == "MappingStartEvent"))

    def _start_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop(
                Problem(
                    codes.SECOND_DOCUMENT,
                    "a second YAML document starts here",
                    self._place(event),
                    help="one file describes one stack: move this document to a file of its own",
                    label="second document",
                )
            )

    def _count(self, event: Any) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._stop(
                Problem(
                    codes.TOO_MANY_NODES, f"more than {MAX_NODES:,} values", self._place(event), help="split the spec"
                )
            )
        if len(self._stack) >= MAX_DEPTH and not type(event).__name__.startswith(("Scalar", "Alias")):
            self._stop(too_deep(self._place(event)))

    def _refuse_properties(self, event: Any, name: str) -> None:
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            word = "alias" if name == "AliasEvent" else "anchor"
            sign = "*" if name == "AliasEvent" else "&"
            start = self._place(event)
            place = Place(self.file, start.line, start.column, len(anchor) + 1)
            self._report(
                Problem(
                    codes.ALIAS,
                    f"YAML {word} `{sign}{anchor}`",
                    place,
                    help="write the value out, or declare it under `vars:` and use `${vars.name}`;"
                    " quote a value that starts with `*` or `&`",
                    label="anchors and aliases are refused",
                )
            )
        if getattr(event, "tag", None) is not None:
            self._report(tag(self._place(event)))

    # --- nodes ------------------------------------------------------------------------------------------------------

    def _close(self) -> None:
        frame = self._stack.pop()
        if frame.mapping:
            self._add(MappingNode(tuple(frame.entries.values()), frame.place))
        else:
            self._add(SequenceNode(tuple(frame.items), frame.place))

    def _add(self, node: Node, refused: bool = False) -> None:
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        if not frame.mapping:
            frame.items.append(node)
        elif not frame.value_next:
            frame.key = None if refused else self._key(node, frame)
            frame.value_next = True
        else:
            if frame.key is not None:
                frame.entries[frame.key.text] = (frame.key, node)
            frame.value_next = False

    def _key(self, node: Node, frame: _Frame) -> ScalarNode | None:
        """The key, or None where it was refused."""
        if not isinstance(node, ScalarNode):
            self._report(_key_not_text(node, "a list or mapping"))
            return None
        if not node.quoted and node.text == "<<":
            self._report(_merge_key(node))
            return None
        if not node.quoted and (what := _not_text(node.text)):
            self._report(_key_not_text(node, what))
            return None
        first = frame.entries.get(node.text)
        if first is not None:
            self._report(_duplicate(node, first[0].place))
            return None
        return node

    def _scalar(self, event: Any) -> ScalarNode:
        place = self._place(event)
        match = FORBIDDEN.search(event.value)
        if match is not None:
            self._report(hidden(match.group(), place))
        marks = self._marks(event) if "${" in event.value else ()
        return ScalarNode(event.value, bool(event.style), place, marks)

    def _marks(self, event: Any) -> tuple[Place, ...]:
        """The place of each `${` of a scalar; nothing where escapes make the text and its source disagree."""
        start, end = event.start_mark, event.end_mark
        marks = []
        for row in range(start.line, min(end.line + 1, len(self.lines))):
            left = start.column if row == start.line else 0
            right = end.column if row == end.line else len(self.lines[row])
            column = self.lines[row].find("${", left, right)
            while column >= 0:
                marks.append(Place(self.file, row + 1, column + 1, 2))
                column = self.lines[row].find("${", column + 2, right)
        return tuple(marks) if len(marks) == event.value.count("${") else ()

    def _place(self, event: Any) -> Place:
        """From the start of the event to its end, or to the end of its first line."""
        start, end = event.start_mark, event.end_mark
        opening = type(event).__name__ in ("MappingStartEvent", "SequenceStartEvent")
        last = self._ends[start.line] if opening or end.line > start.line else end.column
        return Place(self.file, start.line + 1, start.column + 1, max(1, last - start.column))

    # --- problems ---------------------------------------------------------------------------------------------------

    def _report(self, problem: Problem) -> None:
        self.problems.append(problem)
        if len(self.problems) >= codes.MAX_PROBLEMS:
            self._stop(
                Problem(
                    codes.TOO_MANY_PROBLEMS,
                    f"more than {codes.MAX_PROBLEMS} problems; the rest of the file was not read",
                    problem.place,
                    help="mend the ones above and run again",
                )
            )

    def _stop(self, problem: Problem) -> NoReturn:
        raise InvalidSpec([problem])


def _not_text(text: str) -> str:
    """What a plain key is, if it is not a text: readers and tools would disagree about it."""
    if text in NULLS:
        return "no value"
    if text in ("true", "false"):
        return f"the boolean `{text}`"
    return f"the number `{text}`" if number(text) is not None else ""


def _key_not_text(node: Node, what: str) -> Problem:
    advice = f'quote it: `"{node.text}":`' if isinstance(node, ScalarNode) and node.text else "write a text as the key"
    return Problem(codes.KEY_NOT_TEXT, f"a key must be a text, this one is {what}", node.place, help=advice)


def _merge_key(node: ScalarNode) -> Problem:
    return Problem(
        codes.ALIAS,
        "YAML merge key `<<`",
        node.place,
        help="write the keys out, or declare the mapping under `vars:` and use `${vars.name}`",
        label="merge keys are refused",
    )


def _duplicate(key: ScalarNode, first: Place) -> Problem:
    return Problem(
        codes.DUPLICATE_KEY,
        f"the key `{key.text}` stands twice in one mapping",
        key.place,
        help=f"keep one of them (the first is on line {first.line})",
        label="set again here",
        related=((first, "first set here"),),
    )
