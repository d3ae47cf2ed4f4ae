"""Reads a spec file into nodes that remember their places: the only importer of PyYAML.

It goes over the parser's events once, without recursion, composer or resolver, under hard limits; nothing a file holds
can make it run long, expand, execute or crash. Whatever is wrong ends as `InvalidSpec`.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import InvalidSpec, Problem
from reconciler.model import Place
from reconciler.spec import codes
from reconciler.spec.build import build
from reconciler.spec.characters import forbidden
from reconciler.spec.nodes import Document, split_lines
from reconciler.spec.syntax import directive, explain

if TYPE_CHECKING:
    from yaml import Event

MAX_BYTES = 1 << 20
_MOST_CHARACTERS_SHOWN = 20


def load(path: Path) -> Document:
    """The document of a spec file. Raises InvalidSpec with every problem found, also for a file that cannot be read."""
    data = _read(path)
    file = str(path)
    if len(data) > MAX_BYTES:
        raise InvalidSpec([_too_large(file)])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidSpec([_not_utf8(data, error.start, file)]) from None
    return load_text(text, file)


def load_text(text: str, file: str) -> Document:
    """The document in `text`; `file` is the name its places carry. Raises InvalidSpec."""
    text = text.removeprefix("\ufeff")
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise InvalidSpec([_too_large(file)])
    hidden = tuple(islice(forbidden(text, file), _MOST_CHARACTERS_SHOWN))
    if hidden:
        raise InvalidSpec(hidden)
    if (problem := directive(text, file)) is not None:
        raise InvalidSpec([problem])
    return Document(build(events(text, file), text, file), file, text)


def events(text: str, file: str) -> Iterator[Event]:
    """The YAML events of a text, from libyaml where PyYAML was built with it."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text, loader)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise InvalidSpec([explain(error, split_lines(text), file)]) from None


def source_of(path: Path) -> str:
    """The text of a file for showing snippets, whatever it holds; empty where it cannot be read."""
    try:
        return _read(path)[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
    except InvalidSpec:
        return ""


def _read(path: Path) -> bytes:
    """At most one byte more than allowed, and only from a regular file: a pipe or device could block for ever."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as stream:
                return stream.read(MAX_BYTES + 1)
        reason = "it is a folder" if stat.S_ISDIR(mode) else "it is not a regular file"
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
    raise InvalidSpec(
        [
            Problem(
                codes.UNREADABLE,
                f"cannot read `{path}`: {reason}",
                Place(str(path), 1, 1),
                help="give the path of the stack's YAML file",
            )
        ]
    )


def _too_large(file: str) -> Problem:
    return Problem(
        codes.TOO_LARGE,
        "the file is larger than 1 MiB",
        Place(file, 1, 1),
        help="a spec is written by people: split it into several stacks, each with its own file",
    )


def _not_utf8(data: bytes, position: int, file: str) -> Problem:
    lines = split_lines(data[:position].decode("utf-8"))
    return Problem(
        codes.NOT_UTF8,
        f"byte 0x{data[position]:02x} is not UTF-8 text",
        Place(file, len(lines), len(lines[-1]) + 1),
        help="save the file as UTF-8",
        label="the first byte that is not UTF-8",
    )
