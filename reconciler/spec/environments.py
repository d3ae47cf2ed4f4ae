"""Lays an environment and the `--var`s over a spec, node by node: every place stays that of the winning line. Pure.

Mappings merge, everything else replaces; `null` removes a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.errors import InvalidSpec, Problem
from reconciler.model import Place
from reconciler.spec import codes
from reconciler.spec.characters import FORBIDDEN
from reconciler.spec.nodes import Document, MappingNode, Node, ScalarNode
from reconciler.spec.suggest import did_you_mean
from reconciler.spec.words import quoted

ENVIRONMENTS = "environments"
RESOURCES = "resources"
VARS = "vars"
_CHANGEABLE = (VARS, "account", "region", "tags", RESOURCES)
"""What an environment may change; the envelope's schema reports everything else."""


def names(document: Document) -> tuple[str, ...]:
    """The environments a spec declares."""
    declared = document.root.get(ENVIRONMENTS)
    return tuple(key.text for key, _ in declared) if isinstance(declared, MappingNode) else ()


def select(document: Document, env: str | None = None, variables: Mapping[str, str] | None = None) -> Document:
    """The document as it is in environment `env`, with `variables` in place of the defaults of `vars:`.

    Raises InvalidSpec for an unknown environment or variable, and where the environment changes what is not there.
    """
    root = document.root
    problems: list[Problem] = []
    if env is not None:
        overlay = _overlay(document, env)
        problems.extend(_strangers(root, overlay))
        root = merged(root, overlay)
    problems.extend(_unusable(document, variables or {}))
    if problems:
        raise InvalidSpec(problems)
    if variables:
        root = merged(root, _settings(root, variables))
    return replace(document, root=root, env=env)


def merged(base: MappingNode, over: MappingNode) -> MappingNode:
    """`over` laid over `base`; both stay as they are."""
    entries = base.as_dict()
    for key, node in over:
        below = entries.get(key.text)
        if isinstance(node, ScalarNode) and node.is_null:
            entries.pop(key.text, None)
        elif below is not None and isinstance(below[1], MappingNode) and isinstance(node, MappingNode):
            entries[key.text] = (below[0], merged(below[1], node))
        else:
            entries[key.text] = (key, node)
    return replace(base, entries=tuple(entries.values()))


def _overlay(document: Document, env: str) -> MappingNode:
    root = document.root
    declared = root.get(ENVIRONMENTS)
    found = declared.get(env) if isinstance(declared, MappingNode) else None
    if isinstance(found, MappingNode):
        return replace(found, entries=tuple(entry for entry in found if entry[0].text in _CHANGEABLE))
    if isinstance(found, ScalarNode) and found.is_null:
        return MappingNode((), found.place)
    if found is not None:
        raise InvalidSpec(
            [
                Problem(
                    codes.WRONG_TYPE,
                    f"the environment `{env}` is not a mapping",
                    found.place,
                    help="write keys below it",
                )
            ]
        )
    known = names(document)
    close = did_you_mean(env, known)
    listed = f"the file has {quoted(known)}" if known else f"declare it: `{ENVIRONMENTS}: {{{env}: {{}}}}`"
    raise InvalidSpec(
        [
            Problem(
                codes.UNKNOWN_ENVIRONMENT,
                f"unknown environment `{env}`",
                root.key_place(ENVIRONMENTS) or root.place,
                help=f"did you mean `{close}`? ({listed})" if close else listed,
                label="environments are declared here" if known else "no environment is declared",
            )
        ]
    )


def _strangers(root: MappingNode, overlay: MappingNode) -> Iterator[Problem]:
    """What the environment changes although the stack does not have it."""
    base, over = root.get(RESOURCES), overlay.get(RESOURCES)
    if isinstance(over, MappingNode):
        known, advice = _keys(base), "give it a `kind` if it exists in this environment only"
        for key, node in over:
            new = isinstance(node, MappingNode) and node.get("kind") is not None
            if key.text not in known and not new:
                yield _stranger(key, "resource", known, advice)
    over_vars, known = overlay.get(VARS), _keys(root.get(VARS))
    if isinstance(over_vars, MappingNode):
        advice = "declare it under the stack's own `vars:` first"
        yield from (_stranger(key, "variable", known, advice) for key, _ in over_vars if key.text not in known)


def _stranger(key: ScalarNode, what: str, known: Iterable[str], advice: str) -> Problem:
    close = did_you_mean(key.text, known)
    code = codes.UNKNOWN_VARIABLE if what == "variable" else codes.NOT_IN_BASE
    return Problem(
        code,
        f"the stack has no {what} `{key.text}` to change",
        key.place,
        help=f"did you mean `{close}`?" if close else advice,
        label=f"not a {what} of the stack",
    )


def _unusable(document: Document, variables: Mapping[str, str]) -> Iterator[Problem]:
    root = document.root
    known = _keys(root.get(VARS))
    place = root.key_place(VARS) or root.place
    for name, value in variables.items():
        if name not in known:
            close = did_you_mean(name, known)
            listed = f"the file has {quoted(known)}" if known else f"declare it: `{VARS}: {{{name}: ...}}`"
            advice = f"did you mean `--var {close}=...`?" if close else listed
            yield Problem(codes.UNKNOWN_VARIABLE, f"unknown variable `{name}` in --var", place, advice, "declared here")
        elif FORBIDDEN.search(value):
            yield Problem(
                codes.FORBIDDEN_CHARACTER,
                f"the value of `--var {name}` holds an invisible or control character",
                place,
                help="type the value instead of pasting it",
            )


def _settings(root: MappingNode, variables: Mapping[str, str]) -> MappingNode:
    """The `--var`s as an overlay: plain scalars, typed where they are used; only an empty one is an empty text."""
    declared = root.get(VARS)
    place: Place = root.key_place(VARS) or root.place
    nodes: list[tuple[ScalarNode, Node]] = []
    for name, value in variables.items():
        at = (declared.key_place(name) if isinstance(declared, MappingNode) else None) or place
        nodes.append((ScalarNode(name, False, at), ScalarNode(value, value in ("", "~", "null"), at)))
    return MappingNode(((ScalarNode(VARS, False, place), MappingNode(tuple(nodes), place)),), root.place)


def _keys(node: Node | None) -> tuple[str, ...]:
    return tuple(key.text for key, _ in node) if isinstance(node, MappingNode) else ()
