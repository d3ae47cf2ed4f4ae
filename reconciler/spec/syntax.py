"""Says in plain words why a text is not the YAML we accept. Pure; it knows PyYAML's errors by their shape only."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconciler.errors import Problem
from reconciler.model import Place
from reconciler.spec import codes

MAX_DEPTH = 64

_DIRECTIVE = re.compile(r"^%[^\r\n]*", re.MULTILINE)

_ADVICE: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a `:` where no value can start",
        "quote a value that holds `: `; otherwise check the indentation: keys of one mapping start in the same column",
    ),
    (
        "could not find expected ':'",
        "a line that is neither `key: value` nor `- item`",
        "put a `:` and a space after the key",
    ),
    (
        "expected key",
        "a line that does not fit the mapping it stands in",
        "check the indentation: keys of one mapping start in the same column",
    ),
    (
        "expected <block end>",
        "a line that does not fit the mapping or list it stands in",
        "check the indentation: keys of one mapping start in the same column",
    ),
    (
        "expected '-' indicator",
        "a line that does not fit the list it stands in",
        "start every item of the list with `- ` in the same column",
    ),
    ("expected ',' or ']'", "a `[` list that is not closed here", "close it with `]` or put a `,` between the items"),
    ("expected ',' or '}'", "a `{` mapping that is not closed here", "close it with `}` or put a `,` between the keys"),
    ("unexpected end of stream", "a quote that is never closed", "close it with the same quote character"),
    ("expected alphabetic or numeric", "a value that starts with `*` or `&`", "put the value in quotes"),
    ("unknown escape character", "an unknown escape in a double-quoted text", "write `\\\\` for a backslash"),
    ("sequence entries are not allowed", "a `- ` where no list can start", "start the list on its own line"),
    ("cannot start any token", "a value that starts with a reserved character", "put the value in quotes"),
)


def directive(text: str, file: str) -> Problem | None:
    """The first line that starts with `%`; refused before parsing, since thousands of them make the parser slow."""
    match = _DIRECTIVE.search(text)
    if match is None:
        return None
    line = len(re.findall(r"\r\n|\r|\n", text[: match.start()])) + 1
    return Problem(
        codes.DIRECTIVE,
        "a line that starts with `%` is a YAML directive",
        Place(file, line, 1, len(match.group())),
        help="delete the directive, or indent the line if it belongs to a text",
        label="directives are refused",
    )


def explain(error: Exception, lines: Sequence[str], file: str) -> Problem:
    """The problem behind an error of the YAML parser."""
    reason = str(getattr(error, "problem", None) or error)
    marks = [getattr(error, "problem_mark", None), getattr(error, "context_mark", None)]
    if "unexpected end of stream" in reason:
        marks.reverse()  # what was never closed, rather than the end of the file
    mark = next((mark for mark in marks if mark), None)
    row, column = (mark.line, mark.column) if mark else (0, 0)
    place = Place(file, row + 1, column + 1)
    line = lines[row] if row < len(lines) else ""
    if line[column : column + 1] == "\t":
        return Problem(
            codes.TAB, "a tab where YAML wants spaces", place, help="indent with spaces", label="this is a tab"
        )
    if "tag" in reason:
        return tag(place)
    if "nesting depth" in reason:
        return too_deep(place)
    message, advice = _advice(reason, line)
    return Problem(codes.SYNTAX, message, place, help=advice, related=_opened(error, place, file))


def too_deep(place: Place) -> Problem:
    return Problem(
        codes.TOO_DEEP,
        f"nested deeper than {MAX_DEPTH} levels",
        place,
        help="no property needs that: look for a bracket that is never closed",
        label="too deep",
    )


def tag(place: Place) -> Problem:
    return Problem(
        codes.TAG,
        "YAML tags are refused",
        place,
        help="delete the tag: the schema decides the type; quote a value that starts with `!`",
        label="a tag",
    )


def _advice(reason: str, line: str) -> tuple[str, str]:
    if "${" in line and ("',' or" in reason or "flow" in reason):
        return "an unquoted reference inside `[...]` or `{...}`", 'quote it: `"${name.output}"`'
    for fragment, message, advice in _ADVICE:
        if fragment in reason:
            return message, advice
    return f"not well-formed YAML: {reason}", "check quotes and indentation around this place"


def _opened(error: Exception, place: Place, file: str) -> tuple[tuple[Place, str], ...]:
    """Where the unfinished thing began, when that is another line."""
    mark = getattr(error, "context_mark", None)
    if mark is None or mark.line + 1 == place.line:
        return ()
    return ((Place(file, mark.line + 1, mark.column + 1), "it starts here"),)
