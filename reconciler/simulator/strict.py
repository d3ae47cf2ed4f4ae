"""What AWS refuses and moto lets pass: deleting what is in use or protected, making what is already there.

Off by default; a test that means to prove an order of deletion switches it on. All of it is data, in the modules
`refusals*`: an edge says whose deletion is refused while whom uses it. Nothing here changes state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.simulator.wire import Answer, Handler, Layer, Refusal, Request


@dataclass(frozen=True, slots=True)
class Strictness:
    """How much like AWS the emulator behaves. Counts are numbers of reads or calls, never seconds."""

    refusals: bool = False
    """Refuse what AWS refuses: dependency violations, deletion protection, duplicates, impossible parameters."""
    slow_reads: int = 0
    """For how many reads a database, load balancer, rollout or identity stays unfinished, and a deletion goes on."""
    invisible_reads: int = 0
    """For how many calls that would see it a new object is not there yet."""
    stale_reads: int = 0
    """For how many repeats a read after a write still gives the answer from before."""
    late_tags: int = 0
    """For how many looks the tagging API goes on saying of an object what it said before a change."""
    busy_writes: int = 0
    """How many writes to a new bucket are refused because it is still being made."""
    throttle_every: int = 0
    """Every nth call is throttled; 0 is never."""


LENIENT = Strictness()
STRICT = Strictness(refusals=True, slow_reads=2)
"""As AWS on a good day."""
HOSTILE = Strictness(refusals=True, slow_reads=2, invisible_reads=2, busy_writes=2, throttle_every=7)
"""As AWS on a bad day."""


class Edge(NamedTuple):
    """`call` is refused with `code` while what its `member` names is among the users'."""

    call: str
    member: str
    users: tuple[Callable[[str], Iterable[str]], ...]
    code: str
    text: str
    status: int = 400


class Rule(NamedTuple):
    """`call` is refused with `code` while `applies`."""

    call: str
    applies: Callable[[Request], bool]
    code: str
    text: str


def refusing(edges: Sequence[Edge], rules: Sequence[Rule]) -> Layer:
    """The layer that says no where AWS would."""

    def layer(request: Request, below: Handler) -> Answer:
        call = ":".join(request.key)
        for edge in edges:
            if edge.call == call:
                named = request.params.get(edge.member, "")
                named = named.lower() if call.startswith("rds:") else named
                if any(named == user for users in edge.users for user in users(request.region)):
                    raise Refusal(edge.code, edge.text.format(named), edge.status)
        for rule in rules:
            if rule.call == call and rule.applies(request):
                raise Refusal(rule.code, rule.text)
        return below(request)

    return layer
