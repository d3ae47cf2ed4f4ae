"""moto, sooner: what it works out anew for every request and is always the same is kept.

It must never change an answer; what moto gets wrong is put right by `repair`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

_KEYS = "reconcile_keys"
"""Where the names tried for a member are kept: in its shape, which lives as long as moto's model."""


@cache
def quicken() -> None:
    """Takes effect once in a process, for every server in it."""
    from moto.core import responses, serialize, utils
    from moto.moto_server import werkzeug_app

    models: Any = utils
    models.create_loader = cache(models.create_loader)  # each new one looks at the folders of all services
    actions: Any = responses
    actions.method_names_from_class = cache(actions.method_names_from_class)
    dispatcher: Any = werkzeug_app.DomainDispatcherApplication
    dispatcher.get_backend_for_host = cache(dispatcher.get_backend_for_host)  # it tries the patterns of all services
    picker: Any = serialize.XFormedAttributePicker
    picker.get_possible_keys = _kept(picker.get_possible_keys, serialize.DEFAULT_ALIAS_PROVIDERS)


def _kept(names: Callable[[Any, Any], Iterable[str]], usual: list[Any]) -> Callable[[Any, Any], Iterable[str]]:
    """The names under which an object may have a member depend on its class, and on the member's and its own shape."""

    def get_possible_keys(picker: Any, context: Any) -> Iterable[str]:
        if picker.alias_providers is not usual or context.shape is None:
            return names(picker, context)
        known: dict[tuple[object, ...], tuple[str, ...]] = vars(context.shape).setdefault(_KEYS, {})
        key = context.obj.__class__, context.key, getattr(context.shape, "parent", None)
        if key not in known:
            known[key] = tuple(dict.fromkeys(names(picker, context)))
        return known[key]

    return get_possible_keys
