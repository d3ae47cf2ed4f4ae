"""Finds kinds by name: the file is the registration. It imports a kind's module only when that kind is needed."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path

from reconciler.model import Kind
from reconciler.spec.schemas import shipped


@cache
def kind(name: str) -> Kind:
    """The declaration of `ec2.vpc`.

    Raises ModuleNotFoundError for a name no file stands for.
    """
    declared: Kind = import_module(f"reconciler.kinds.{name.replace('.', '_')}").KIND
    return declared


@lru_cache(maxsize=1)
def kind_names() -> tuple[str, ...]:
    """The names of all kinds, sorted; the schema files say where the dot goes."""
    return shipped().kinds


def module_files() -> tuple[Path, ...]:
    """The files of this package that declare a kind."""
    skipped = {"__init__", "base", "registry"}
    files = Path(__file__).parent.glob("*.py")
    return tuple(sorted(file for file in files if file.stem not in skipped and not file.stem.startswith("_")))
