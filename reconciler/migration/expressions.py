"""SQL expressions of the source (CHECK, partial and expression indexes) in PostgreSQL's words. Pure.

A closed set: a token that is not known to mean the same in both engines makes the whole expression untranslatable
(None), and the caller reports it. Must never pass a token through on the hope that it works.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.migration.names import literal, quoted

_TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*.*?\*/)"
    r"|(?P<string>'(?:[^']|'')*')"
    r'|(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])'
    r"|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<operator>\|\||<=|>=|<>|!=|==|<<|>>|->>|->|[-+*/%<>=(),.;&|~?:@$!])",
    re.DOTALL,
)

_WORDS = frozenset("AND OR NOT IS NULL IN BETWEEN CASE WHEN THEN ELSE END TRUE FALSE".split())
_FUNCTIONS = {
    name: name for name in ("abs", "coalesce", "length", "lower", "ltrim", "nullif", "rtrim", "trim", "upper")
}
_FUNCTIONS["ifnull"] = "coalesce"
_OPERATORS = {name: name for name in ("=", "<>", "<", ">", "<=", ">=", "+", "-", "*", "||", "(", ")", ",")}
_OPERATORS |= {"==": "=", "!=": "<>"}
_COMPARISONS = frozenset({"=", "==", "<>", "!=", "IS"})


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is string, quoted, number, word or operator; `text` as written, a quoted name without its quotes."""

    kind: str
    text: str

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else self.text if self.kind == "operator" else ""


def tokens(sql: str) -> list[Token]:
    """The tokens of a statement, comments dropped; what no token matches becomes an operator of its own."""
    found, position = [], 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:
            found.append(Token("operator", sql[position]))
            position += 1
            continue
        position = match.end()
        kind = match.lastgroup or ""
        if kind == "quoted":
            found.append(Token(kind, _unquoted(match.group())))
        elif kind != "space":
            found.append(Token(kind, match.group()))
    return found


def _unquoted(text: str) -> str:
    return text[1:-1] if text[0] == "[" else text[1:-1].replace(text[0] * 2, text[0])


def _closing(items: Sequence[Token], opening: int) -> int:
    """Where the parenthesis at `opening` closes."""
    depth = 0
    for position in range(opening, len(items)):
        depth += {"(": 1, ")": -1}.get(items[position].upper, 0)
        if depth == 0:
            return position
    return len(items)


def checks(create_table: str) -> Iterator[tuple[list[Token], str]]:
    """The conditions of all CHECK constraints of a CREATE TABLE, each with its text for a person."""
    items = tokens(create_table)
    for position, token in enumerate(items[:-1]):
        if token.upper == "CHECK" and items[position + 1].upper == "(":
            inner = items[position + 2 : _closing(items, position + 1)]
            yield inner, _text(inner)


def index_parts(create_index: str) -> tuple[list[list[Token]], list[Token]]:
    """The indexed expressions (without ASC, DESC and COLLATE) and the WHERE condition of a CREATE INDEX."""
    items = tokens(create_index)
    opening = next((i for i, token in enumerate(items) if token.upper == "("), len(items) - 1)
    closing = _closing(items, opening)
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in items[opening + 1 : closing]:
        depth += {"(": 1, ")": -1}.get(token.upper, 0)
        if token.upper == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    rest = items[closing + 1 :]
    return [_bare(part) for part in parts], rest[1:] if rest and rest[0].upper == "WHERE" else []


def _bare(part: list[Token]) -> list[Token]:
    end = next((i for i, token in enumerate(part) if token.upper in ("ASC", "DESC", "COLLATE")), len(part))
    return part[:end]


def _text(items: Sequence[Token]) -> str:
    return " ".join(token.text for token in items)


@dataclass(frozen=True, slots=True)
class Names:
    """The columns an expression may use: SQLite name in lower case -> PostgreSQL name; `booleans` are those names that
    became boolean, where SQLite compares with 0 and 1."""

    columns: Mapping[str, str]
    booleans: frozenset[str] = frozenset()


def translated(items: Sequence[Token], names: Names) -> str | None:
    """The expression in PostgreSQL's words, or None where some token is outside the closed set."""
    words = [_word(items, position, names) for position in range(len(items))]
    if not items or any(word is None for word in words):
        return None
    return " ".join(word for word in words if word is not None)


def _word(items: Sequence[Token], position: int, names: Names) -> str | None:
    token = items[position]
    following = items[position + 1].upper if position + 1 < len(items) else ""
    match token.kind:
        case "string":
            return token.text
        case "number":
            truth = {"0": "false", "1": "true"}.get(token.text)
            return truth if truth and _beside_boolean(items, position, names) else token.text
        case "operator":
            return _OPERATORS.get(token.text)
        case "word" if token.upper in _WORDS:
            return token.upper
        case "word" if following == "(":
            return _FUNCTIONS.get(token.text.lower())
    return _named(token, names)


def _named(token: Token, names: Names) -> str | None:
    """A column; or, as SQLite has it, a string in double quotes that names none."""
    column = names.columns.get(token.text.lower())
    if column is not None:
        return quoted(column)
    return literal(token.text) if token.kind == "quoted" else None


def _beside_boolean(items: Sequence[Token], position: int, names: Names) -> bool:
    """Is the number at `position` compared with a boolean column (`active = 1`, `1 = active`, `active IN (0, 1)`)?"""

    def boolean(at: int) -> bool:
        return (
            0 <= at < len(items) and items[at].kind in ("word", "quoted") and items[at].text.lower() in names.booleans
        )

    def is_one_of(at: int, words: frozenset[str]) -> bool:
        return 0 <= at < len(items) and items[at].upper in words

    if is_one_of(position - 1, _COMPARISONS) and boolean(position - 2):
        return True
    if is_one_of(position + 1, _COMPARISONS) and boolean(position + 2):
        return True
    start = position
    while start > 0 and (items[start].kind == "number" or items[start].upper == ","):
        start -= 1
    return is_one_of(start, frozenset({"("})) and is_one_of(start - 1, frozenset({"IN"})) and boolean(start - 2)
