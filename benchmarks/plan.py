"""A no-change plan of the whole sales-scorecard stack beside the floor: the same calls one after another.

Both run against one embedded AWS in one process, so only the ratio means something. It asserts nothing about time.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from reconciler.apply import apply
from reconciler.aws.clients import Clients
from reconciler.aws.executor import Executor
from reconciler.aws.send import send
from reconciler.converge import Pace, World
from reconciler.errors import NotFound
from reconciler.expand import expand
from reconciler.model import Call, Response, Scope
from reconciler.pipeline import make_plan
from reconciler.plan import Desired
from reconciler.simulator.aws import start_aws
from reconciler.spec import read_stack

SPEC = Path(__file__).parent.parent / "spec" / "sales-scorecard.yaml"
ROUNDS = 5


def no_database(_: Call) -> Response:
    """The plan is measured, not the migration: it is done as far as anybody asks."""
    return {"state": "verified", "summary": "verified", "rows": 0}


def bare(clients: Clients, call: Call) -> None:
    """One call and nothing around it; what does not exist is an answer too."""
    with suppress(NotFound):
        send(clients, call, lambda: None)


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """(CPU seconds, wall seconds), each the best of some rounds."""
    results = []
    for _ in range(ROUNDS):
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        results.append((time.process_time() - cpu, time.perf_counter() - wall))
    return min(cpu for cpu, _ in results), min(wall for _, wall in results)


def main() -> None:
    server = start_aws()
    os.environ.update(server.environment("eu-central-1"))
    stack = read_stack(SPEC)
    account = stack.account or ""
    desired = Desired(stack.name, account, stack.region, expand(stack, account, stack.region), stack.removed)
    clients, routes = Clients(stack.region), {"migration": no_database}
    plan, view = make_plan(desired, Executor(clients, routes=routes))
    world = World(
        Executor(clients, routes=routes, read_only=False),
        Scope(stack.name, account, stack.region),
        dict(view.observed),
        Pace(longest_pause=0.2, limit=10),
    )
    apply(plan, desired, world)

    asked: list[Call] = []
    again, _ = make_plan(desired, Executor(clients, routes=routes, on_read=asked.append))
    assert not again.effects, [change.address for change in again.effects]

    ours = measured(lambda: make_plan(desired, Executor(clients, routes=routes)))
    aws_calls = [call for call in asked if call.service not in routes]
    floor = measured(lambda: [bare(clients, call) for call in aws_calls])
    resources = len(desired.expanded.resources)
    print(f"{resources} resources, {sum(again.api_calls.values())} calls, {len(again.waits)} waiting")
    print(f"{'':24}{'CPU s':>8}{'wall s':>8}   (the emulator's own work included in both)")
    print(f"{'plan, no change':24}{ours[0]:8.2f}{ours[1]:8.2f}")
    print(f"{'same calls, bare boto3':24}{floor[0]:8.2f}{floor[1]:8.2f}")
    print(f"plan / floor: {ours[0] / floor[0]:.2f} of the CPU, {ours[1] / floor[1]:.2f} of the time")
    print(f"largest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, the emulator included")
    server.stop()


if __name__ == "__main__":
    main()
