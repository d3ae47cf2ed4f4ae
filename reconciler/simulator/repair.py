"""What a repair of moto is: the calls it covers, why, and what it answers instead.

A repair exists only where moto lacks, loses or destroys something a correct client relies on; what AWS merely refuses
and moto lets pass belongs to `strict`. A test proves each repair is still needed, so one that moto has caught up with
is found and deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from reconciler.simulator.wire import Answer, Handler, Layer, Request, stacked


@dataclass(frozen=True, slots=True)
class Repair:
    """`calls` are `service:Operation` patterns."""

    name: str
    calls: tuple[str, ...]
    because: str
    run: Layer

    def covers(self, request: Request) -> bool:
        return any(fnmatchcase(f"{request.service}:{request.operation}", pattern) for pattern in self.calls)


def repair(*calls: str, because: str) -> Callable[[Layer], Repair]:
    """Declares a repair: the decorated function answers the calls, asking the handler below for moto's answer."""

    def declared(run: Layer) -> Repair:
        return Repair(run.__name__, calls, because, run)

    return declared


def declared_in(namespace: Mapping[str, Any]) -> tuple[Repair, ...]:
    """The repairs of a module, in the order written."""
    return tuple(value for value in namespace.values() if isinstance(value, Repair))


def repairing(repairs: Iterable[Repair]) -> Layer:
    """The layer that applies `repairs`; where several cover a call, the first declared is outermost."""
    known = tuple(repairs)
    chosen: dict[tuple[str, str], tuple[Layer, ...]] = {}

    def layer(request: Request, below: Handler) -> Answer:
        if request.key not in chosen:
            chosen[request.key] = tuple(repair.run for repair in known if repair.covers(request))
        return stacked(chosen[request.key], below)(request)

    return layer


def documents(request: Request, kind: str, service: str = "") -> dict[str, Any]:
    """What our own additions store, by name; kept inside moto's backend so that a reset empties it."""
    store: dict[str, Any] = vars(request.backend(service)).setdefault("simulated", {})
    by_name: dict[str, Any] = store.setdefault(kind, {})
    return by_name


def held(request: Request, key: str, service: str = "") -> bool:
    """Whether `timing` still keeps something from being finished."""
    left: int = documents(request, "held", service).get(key, 0)
    return left > 0
