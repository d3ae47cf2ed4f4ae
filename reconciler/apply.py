"""Apply: the changes of a plan carried out side by side along their dependencies, then everything observed again.

Replaced objects are deleted first, then everything is made or changed, then leftovers are deleted. After a failure the
branches that do not depend on it go on. It never prints, and keeps nothing a second run would need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from reconciler.converge import World, converge, remove
from reconciler.expand import Expanded
from reconciler.graph import dependents
from reconciler.model import Action, Address, ApplyResult, Change, ChangeResult, Outcome, Plan
from reconciler.pipeline import make_plan
from reconciler.plan import Desired
from reconciler.prune import deletion_rank

WORKERS = 8
ROUNDS = 3
"""How often the whole stack is looked at again before we say it does not settle."""

Needs = Mapping[Address, tuple[Address, ...]]


def apply(plan: Plan, desired: Desired, world: World) -> ApplyResult:
    """Carry out `plan`, look again, and go on until nothing we may do is left.

    `world.on_finished` hears of each change as it ends.
    """
    results: dict[tuple[Address, str], ChangeResult] = {}
    current = plan
    for _ in range(ROUNDS):
        for result in _carry_out(current, desired.expanded, world):
            results[_key(result.change)] = result
        if any(result.outcome in (Outcome.FAILED, Outcome.SKIPPED) for result in results.values()):
            current, _view = make_plan(desired, world.executor)
            break
        current, _view = make_plan(desired, world.executor)
        if not current.effects or not _approved(current, plan):
            break
    return ApplyResult(plan, tuple(results.values()), current, dict(world.executor.written))


def _approved(later: Plan, plan: Plan) -> bool:
    """Does a later plan of the same run destroy nothing the first one did not?"""
    destroyed = {change.address for change in plan.changes if change.action in (Action.DELETE, Action.REPLACE)}
    return all(
        change.address in destroyed for change in later.effects if change.action in (Action.DELETE, Action.REPLACE)
    )


def _key(change: Change) -> tuple[Address, str]:
    identifier = change.observed.identifier if change.observed and change.resource is None else ""
    return change.address, identifier


def _carry_out(plan: Plan, expanded: Expanded, world: World) -> list[ChangeResult]:
    removals = [change for change in plan.changes if change.action in (Action.DELETE, Action.FORGET)]
    replaced = [change for change in plan.changes if change.action is Action.REPLACE]
    needs = {change.address: plan.dependencies.get(change.address, ()) for change in plan.changes}
    first = _remove_all(replaced, dependents(needs), world)
    stuck = {result.change.address: result for result in first if result.outcome is not Outcome.DONE}
    made = _converge_all(plan, expanded, world, stuck)
    failed = any(result.outcome is Outcome.FAILED for result in made)
    if failed and removals:
        waited = [_skipped(change, "deletions wait until everything else is in place") for change in removals]
        return [*made, *waited]
    return [*made, *_remove_all(removals, _users_by_rank(removals, plan), world)]


def _converge_all(
    plan: Plan, expanded: Expanded, world: World, stuck: Mapping[Address, ChangeResult]
) -> list[ChangeResult]:
    nodes = {c.address: c for c in plan.changes if c.resource is not None and c.action is not Action.FORGET}
    graph = {address: tuple(n for n in plan.dependencies.get(address, ()) if n in nodes) for address in nodes}

    def work(address: Address) -> ChangeResult:
        change = nodes[address]
        if address in stuck:
            return stuck[address]
        if change.action is Action.NOOP:
            return ChangeResult(change, Outcome.DONE)
        return converge(world, change, expanded.resources[address])

    results = _Schedule(graph, nodes, world).run(work)
    return [result for result in results if result.change.action is not Action.NOOP]


def _remove_all(changes: list[Change], users: Needs, world: World) -> list[ChangeResult]:
    """Deletions, each after the objects that use it; two objects of one address are told apart by position."""
    nodes = {f"{change.address}#{index}": change for index, change in enumerate(changes)}
    names: dict[Address, list[str]] = {}
    for name, change in nodes.items():
        names.setdefault(change.address, []).append(name)
    graph = {
        name: tuple(n for user in users.get(change.address, ()) for n in names.get(user, ()))
        for name, change in nodes.items()
    }
    return _Schedule(graph, nodes, world).run(lambda name: remove(world, nodes[name]))


def _users_by_rank(changes: list[Change], plan: Plan) -> Needs:
    """Who must be gone before whom: kinds that use others go before the kinds they use."""
    declared = dependents({change.address: plan.dependencies.get(change.address, ()) for change in changes})
    ranks = {change.address: deletion_rank(change.address) for change in changes}
    return {
        address: tuple({*declared.get(address, ()), *(a for a, other in ranks.items() if other < rank)})
        for address, rank in ranks.items()
    }


def _skipped(change: Change, why: str) -> ChangeResult:
    return ChangeResult(change, Outcome.SKIPPED, why)


@dataclass(slots=True)
class _Schedule:
    """Runs nodes side by side, each as soon as what it needs is done; after a failure only its dependents stop."""

    needs: Needs
    nodes: Mapping[str, Change]
    world: World
    results: dict[str, ChangeResult] = field(default_factory=dict)

    def run(self, work: Callable[[str], ChangeResult]) -> list[ChangeResult]:
        waiting = dict(self.needs)
        running: dict[Future[ChangeResult], str] = {}
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="apply") as pool:
            while waiting or running:
                for name in [n for n, needed in waiting.items() if all(x in self.results for x in needed)]:
                    blocker = self._blocker(waiting.pop(name))
                    if blocker is None:
                        running[pool.submit(work, name)] = name
                    else:
                        self._finish(name, _skipped(self.nodes[name], blocker))
                if not running:
                    continue
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    self._finish(running.pop(future), future.result())
        return [self.results[name] for name in self.nodes]

    def _finish(self, name: str, result: ChangeResult) -> None:
        self.results[name] = result
        if result.change.action is not Action.NOOP:
            self.world.on_finished(result)

    def _blocker(self, needed: tuple[str, ...]) -> str | None:
        """Why a node whose needs have all ended must not start."""
        if self.world.stopping.is_set():
            return "interrupted"
        for name in needed:
            result = self.results[name]
            if result.outcome in (Outcome.FAILED, Outcome.SKIPPED):
                return f"it needs {result.change.address}, which did not succeed"
            if result.outcome is Outcome.WAITING and self.world.pace.limit is None:
                return f"it needs {result.change.address}, which is still waiting: {result.detail}"
        return None
