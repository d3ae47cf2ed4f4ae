"""Finds components by name: the file is the registration."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from reconciler.components.base import Component


@cache
def component(name: str) -> Component:
    """The declaration of `network`.

    Raises ModuleNotFoundError for a name no file stands for.
    """
    declared: Component = import_module(f"reconciler.components.{name}").COMPONENT
    return declared
