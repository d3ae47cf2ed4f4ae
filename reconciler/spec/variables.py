"""Which of a spec's variables can be used, and that using them stays small. Pure.

A variable cannot use another one, and all uses together may not write out more than 4 MiB: so no file can unfold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from reconciler.errors import InvalidSpec, Problem
from reconciler.spec import codes, references
from reconciler.spec.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode

MAX_WRITTEN_OUT = 4 << 20
"""Characters."""

_USE = re.compile(r"\$\{vars\.([A-Za-z0-9_-]+)\}")


def usable(document: Document) -> tuple[Mapping[str, Node | None], list[Problem]]:
    """The node of each variable (None for one that is refused), and why it is refused."""
    declared = document.root.get(references.VARIABLES)
    if not isinstance(declared, MappingNode):
        return {}, []
    problems: list[Problem] = []
    variables: dict[str, Node | None] = {}
    for key, node in declared:
        nested = list(_nested(node))
        problems.extend(nested)
        variables[key.text] = None if nested else node
    uses = Counter(match.group(1) for match in _USE.finditer(document.source))
    written = sum(_size(node) * uses[name] for name, node in variables.items() if node is not None)
    if written > MAX_WRITTEN_OUT:
        problems.append(
            Problem(
                codes.TOO_LARGE,
                "the variables written out where they are used make more than 4 MiB",
                document.root.key_place(references.VARIABLES) or declared.place,
                help="use large values once, or make them shorter",
            )
        )
        return dict.fromkeys(variables), problems
    return variables, problems


def _nested(node: Node) -> Iterator[Problem]:
    for scalar in _scalars(node):
        try:
            value = references.parse(scalar) if "${" in scalar.text else scalar.text
        except InvalidSpec as error:
            yield from error.problems
            continue
        for reference in references.references_in(value):
            if reference.target == references.VARIABLES:
                yield Problem(
                    codes.REFERENCE_NOT_HERE,
                    "a variable cannot use another variable",
                    reference.place or scalar.place,
                    help="write the value out, or join the two where they are used",
                    label="here",
                )


def _scalars(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _scalars(item)
    else:
        for _, item in node:
            yield from _scalars(item)


def _size(node: Node) -> int:
    """At least the characters and values a use of the node adds."""
    if isinstance(node, ScalarNode):
        return 1 + len(node.text)
    if isinstance(node, SequenceNode):
        return 1 + sum(_size(item) for item in node.items)
    return 1 + sum(1 + len(key.text) + _size(item) for key, item in node)
