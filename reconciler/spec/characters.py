"""Characters a spec may not hold, because a reader would not see what the machine sees. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import Place
from reconciler.spec import codes
from reconciler.spec.nodes import split_lines

_RANGES = (
    "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f"  # controls, and NEL which YAML counts as a line break
    "\\u2028\\u2029"  # line breaks no editor shows
    "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069"  # text direction
    "\\u200b\\u2060-\\u2065\\ufeff\\ufff9-\\ufffb"  # invisible
    "\\ud800-\\udfff\\ufffe\\uffff"  # no characters at all
)
FORBIDDEN = re.compile(f"[{_RANGES}]")
_VISIBLE = re.compile(f"[{_RANGES}\\xa0]")


def forbidden(source: str, file: str) -> Iterator[Problem]:
    """A problem for each forbidden character of a file."""
    if not FORBIDDEN.search(source):
        return
    for number, line in enumerate(split_lines(source), start=1):
        for match in FORBIDDEN.finditer(line):
            yield hidden(match.group(), Place(file, number, match.start() + 1))


def hidden(character: str, place: Place) -> Problem:
    return Problem(
        codes.FORBIDDEN_CHARACTER,
        f"forbidden character {_code(character)} ({unicodedata.name(character, 'control character')})",
        place,
        help="delete it: what a reader sees must be what the tool reads",
        label="not visible here",
    )


def visible(text: str) -> str:
    """The text with what cannot be seen spelled out: `<U+202E>`."""
    return _VISIBLE.sub(lambda match: f"<{_code(match.group())}>", text)


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"
