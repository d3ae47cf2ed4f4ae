"""SQL names and literals: quoting, and names PostgreSQL would cut short. Pure; must never execute anything.

SQLite and PostgreSQL quote identifiers alike (standard SQL), so one function serves both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

LONGEST = 63
"""Bytes of a PostgreSQL identifier (NAMEDATALEN - 1); longer ones are cut silently, which makes two names collide."""


def quoted(*parts: str) -> str:
    """`quoted("public", "order")` is `"public"."order"`; case, spaces and reserved words are kept as they are."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def literal(text: str) -> str:
    """A string literal both engines read the same (PostgreSQL with standard_conforming_strings on, its default)."""
    return "'" + text.replace("'", "''") + "'"


def columns(names: Sequence[str]) -> str:
    return ", ".join(quoted(name) for name in names)


def fitted(name: str, taken: set[str]) -> str:
    """`name`, shortened with a hash where it is too long or already taken; the result joins `taken`.

    Deterministic for the same calls in the same order, so that a resumed run finds what the first one made.
    """
    candidate, attempt = name, 0
    while len(candidate.encode()) > LONGEST or candidate in taken or not candidate:
        mark = "_" + hashlib.sha256(f"{name}/{attempt}".encode()).hexdigest()[:8]
        candidate = name.encode()[: LONGEST - len(mark)].decode(errors="ignore") + mark
        attempt += 1
    taken.add(candidate)
    return candidate


def concatenated(parts: Sequence[str]) -> str:
    """The parts joined by `||`, which makes text of them; a balanced tree, because SQLite limits the depth of an
    expression (1000), not its size."""
    if len(parts) == 1:
        return f"{parts[0]}||''"
    if len(parts) <= 50:
        return "||".join(parts)
    middle = len(parts) // 2
    return f"({concatenated(parts[:middle])})||({concatenated(parts[middle:])})"
