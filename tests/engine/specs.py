"""Specs written as text, expanded without any AWS: for tests that look at resources, plans and problems."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reconciler.errors import InvalidSpec, Problem
from reconciler.expand import Expanded, expand
from reconciler.kinds.registry import kind
from reconciler.model import Reference, Resource
from reconciler.spec import Stack, read_stack
from reconciler.spec.references import references_in

ACCOUNT = "123456789012"
REGION = "eu-central-1"

HEAD = f"stack: shop\nregion: {REGION}\nresources:\n"


def read(folder: Path, text: str, env: str | None = None) -> Stack:
    """The stack of a spec; a text that names no stack is the entries of `resources:`."""
    path = folder / "stack.yaml"
    path.write_text(text if "resources" in text else HEAD + text, encoding="utf-8")
    return read_stack(path, env)


def expanded(folder: Path, text: str, env: str | None = None) -> Expanded:
    stack = read(folder, text, env)
    return expand(stack, ACCOUNT, stack.region)


def problems(folder: Path, text: str) -> list[Problem]:
    """What is wrong with a spec, when it is read or when it is expanded."""
    try:
        expanded(folder, text)
    except InvalidSpec as error:
        return list(error.problems)
    return []


def entries(values: Mapping[str, Mapping[str, Any]]) -> str:
    """Entries of `resources:` as text; JSON is YAML."""
    return json.dumps({"stack": "shop", "region": REGION, "resources": values}, indent=1)


def dangling(resources: Mapping[str, Resource]) -> Iterator[tuple[str, Reference]]:
    """References to an object that is not there, or to an output its kind does not have."""
    for address, resource in resources.items():
        for reference in references_in(resource.properties):
            target = resources.get(reference.target)
            output = (reference.output or "").partition(".")[0]  # `.0` is an element of it
            if target is None or output not in kind(target.kind).outputs:
                yield address, reference
