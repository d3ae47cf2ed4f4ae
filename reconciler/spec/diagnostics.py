"""Shows a problem of a spec as compilers do: code, place, the line with carets, and what to do. Pure.

It spells out what a file may hold to fool a terminal, and cuts long lines around the place.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.errors import Problem
from reconciler.model import Place
from reconciler.spec.characters import visible
from reconciler.spec.nodes import split_lines

_WIDEST = 120
_LEFT = 60
"""Characters shown left of the place where a line is cut."""

_STYLES = {"error": "1;31", "note": "1;32", "edge": "1;34", "bold": "1"}


def render(problem: Problem, source: str, color: bool = False) -> str:
    """The problem with snippets of `source`, the text of its file; several lines without a final newline."""
    places = [problem.place, *(place for place, _ in problem.related)]
    page = _Page(split_lines(source), len(str(max(place.line for place in places))), color)
    rows = [page.paint("error", f"error[{problem.code}]") + page.paint("bold", f": {visible(problem.message)}")]
    rows += page.snippet(problem.place, problem.label, before=1)
    for place, label in problem.related:
        rows += [page.paint("note", "note") + f": {visible(label)}", *page.snippet(place, "", before=0)]
    if problem.help:
        rows += [page.edge("|"), page.edge(f"= help: {visible(problem.help)}")]
    return "\n".join(row.rstrip() for row in rows)


@dataclass(frozen=True, slots=True)
class _Page:
    lines: Sequence[str]
    digits: int
    color: bool

    def paint(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.color else text

    def edge(self, text: str) -> str:
        sign, rest = text[:1], text[1:]
        return " " * (self.digits + 2) + self.paint("edge", sign) + rest

    def snippet(self, place: Place, label: str, before: int) -> Iterator[str]:
        yield " " * (self.digits + 1) + self.paint("edge", "-->") + f" {visible(str(place))}"
        if not 0 < place.line <= len(self.lines) or not self.lines[place.line - 1]:
            return
        yield self.edge("|")
        for number in range(max(1, place.line - before), place.line):
            if self.lines[number - 1].strip():
                yield self._numbered(number, _cut(self.lines[number - 1], 1, 1)[0])
        text, offset, width = _cut(self.lines[place.line - 1], place.column, place.length)
        yield self._numbered(place.line, text)
        yield self.edge(f"| {' ' * offset}") + self.paint("error", f"{'^' * width} {visible(label)}".rstrip())

    def _numbered(self, number: int, text: str) -> str:
        return self.paint("edge", f" {number:>{self.digits}} |") + f" {text}"


def _cut(line: str, column: int, length: int) -> tuple[str, int, int]:
    """The line as shown, with the offset and the width of the carets below it, in terminal cells."""
    start = min(column - 1, len(line))
    left, middle, right = line[:start], line[start : start + length], line[start + length :]
    if len(line) > _WIDEST:
        left = left if len(left) <= _LEFT else "…" + left[1 - _LEFT :]
        middle = middle[: _WIDEST - len(left)]
        room = _WIDEST - len(left) - len(middle)
        right = right if len(right) <= room else right[: max(room - 1, 0)] + "…"
    shown = [visible(part).replace("\t", "    ") for part in (left, middle, right)]
    return "".join(shown), _cells(shown[0]), max(1, _cells(shown[1]))


def _cells(text: str) -> int:
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)
