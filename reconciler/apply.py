"""Apply: the changes of a plan carried out side by side along their dependencies, then everything observed again.

Replaced objects are deleted first, then everything is made or changed, then leftovers are deleted. After a failure the
branches that do not depend on it go on. It never prints, and keeps nothing a second run would need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from reconciler.beginnings import BEGUN, with_beginnings
from reconciler.converge import Half, World, converge, remove
from reconciler.errors import ReconcileError
from reconciler.expand import Expanded
from reconciler.graph import closure, dependents
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
    current: Plan | None = plan
    for _ in range(ROUNDS):
        for result in _carry_out(current or plan, desired.expanded, world):
            results[_key(result.change)] = result
        unfinished = any(result.outcome in (Outcome.FAILED, Outcome.SKIPPED) for result in results.values())
        current = _look_again(desired, world)
        if unfinished or current is None or not _may_go_on(current, plan):
            break
    return ApplyResult(plan, tuple(results.values()), current, dict(world.executor.written))


def _look_again(desired: Desired, world: World) -> Plan | None:
    """The plan after the changes; None where AWS does not answer any more, so that what was done is still told."""
    try:
        return make_plan(desired, world.executor)[0]
    except ReconcileError as error:
        world.on_progress("", f"the last look failed: {error.message}")
        return None


def _may_go_on(later: Plan, plan: Plan) -> bool:
    """Is there more to do, and does it destroy nothing the first plan did not?"""
    destroyed = {_destruction(change) for change in plan.changes} - {None}
    destroys = {_destruction(change) for change in later.effects} - {None}
    return bool(later.effects) and not later.blocked and destroys <= destroyed


def _destruction(change: Change) -> tuple[Action, Address, str] | None:
    if change.action not in (Action.DELETE, Action.REPLACE) or change.observed is None:
        return None
    return change.action, change.address, change.observed.identifier


def _key(change: Change) -> tuple[Address, str]:
    identifier = change.observed.identifier if change.observed and change.resource is None else ""
    return change.address, identifier


def _carry_out(plan: Plan, expanded: Expanded, world: World) -> list[ChangeResult]:
    removals = [change for change in plan.changes if change.action in (Action.DELETE, Action.FORGET)]
    replaced = [change for change in plan.changes if change.action is Action.REPLACE]
    needs = {change.address: plan.dependencies.get(change.address, ()) for change in plan.changes}
    first = _remove_all(replaced, dependents(needs), world, told=False)
    stuck = {result.change.address: result for result in first if result.outcome is not Outcome.DONE}
    made = _converge_all(plan, expanded, world, stuck)
    if removals and not all(_in_place(result, world) for result in made):
        waited = [_skipped(change, "deletions wait until everything else is in place") for change in removals]
        return [*made, *waited]
    return [*made, *_remove_all(removals, _users_by_rank(removals, plan), world)]


def _in_place(result: ChangeResult, world: World) -> bool:
    """Is it there for those who need it? An emulator that never finishes something is as good as done."""
    return result.outcome is Outcome.DONE or (result.outcome is Outcome.WAITING and world.pace.limit is not None)


def _converge_all(
    plan: Plan, expanded: Expanded, world: World, stuck: Mapping[Address, ChangeResult]
) -> list[ChangeResult]:
    declared = {c.address: c for c in plan.changes if c.resource is not None and c.action is not Action.FORGET}
    graph = with_beginnings({a: plan.dependencies.get(a, ()) for a in declared}, expanded.resources)
    nodes = {name: declared[name.removesuffix(BEGUN)] for name in graph}

    def work(name: str) -> ChangeResult:
        change = nodes[name]
        if change.address in stuck:
            return stuck[change.address]
        if change.action is Action.NOOP:
            return ChangeResult(change, Outcome.DONE)
        half = Half.FIRST if name.endswith(BEGUN) else Half.SECOND if name + BEGUN in nodes else Half.BOTH
        return converge(world, change, expanded.resources[change.address], half)

    results = _Schedule(graph, nodes, world).run(work)
    return [result for result in results if result.change.action is not Action.NOOP]


def _remove_all(changes: list[Change], users: Needs, world: World, told: bool = True) -> list[ChangeResult]:
    """Deletions, each after the objects that use it; two objects of one address are told apart by position.

    What is half of a replacement is not `told`: the change ends when the new object is there.
    """
    nodes = {f"{change.address}#{index}": change for index, change in enumerate(changes)}
    names: dict[Address, list[str]] = {}
    for name, change in nodes.items():
        names.setdefault(change.address, []).append(name)
    graph = {
        name: tuple(n for user in users.get(change.address, ()) for n in names.get(user, ()))
        for name, change in nodes.items()
    }
    return _Schedule(graph, nodes, world, told).run(lambda name: remove(world, nodes[name]))


def _users_by_rank(changes: list[Change], plan: Plan) -> Needs:
    """Who must be gone before whom: declared users first, and where nothing is declared, kinds that use others."""
    needs = {change.address: plan.dependencies.get(change.address, ()) for change in changes}
    declared = dependents(needs)
    ranks = {address: deletion_rank(address) for address in needs}
    users: dict[Address, tuple[Address, ...]] = {}
    for address, rank in ranks.items():
        needed = closure({address}, needs)
        by_kind = {other for other, other_rank in ranks.items() if other_rank < rank and other not in needed}
        users[address] = tuple({*declared.get(address, ()), *by_kind})
    return users


def _skipped(change: Change, why: str) -> ChangeResult:
    return ChangeResult(change, Outcome.SKIPPED, why)


@dataclass(slots=True)
class _Schedule:
    """Runs nodes side by side, each as soon as what it needs is done; after a failure only its dependents stop."""

    needs: Needs
    nodes: Mapping[str, Change]
    world: World
    told: bool = True
    results: dict[str, ChangeResult] = field(default_factory=dict)

    def run(self, work: Callable[[str], ChangeResult]) -> list[ChangeResult]:
        waiting = dict(self.needs)
        running: dict[Future[ChangeResult], str] = {}
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="apply") as pool:
            while waiting or running:
                for name in [n for n, needed in waiting.items() if all(x in self.results for x in needed)]:
                    ended = self._ended_before(name, waiting.pop(name))
                    if ended is None:
                        running[pool.submit(work, name)] = name
                    else:
                        self._finish(name, ended)
                if not running:
                    self._give_up_if_stuck(waiting)
                    continue
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    self._finish(running.pop(future), future.result())
        return [self.results[name] for name in self.nodes if not name.endswith(BEGUN)]

    def _give_up_if_stuck(self, waiting: dict[str, tuple[Address, ...]]) -> None:
        """Nodes that wait for each other would wait for ever."""
        if not any(all(name in self.results for name in needed) for needed in waiting.values()):
            for name in list(waiting):
                del waiting[name]
                self._finish(name, _skipped(self.nodes[name], "it waits for others that wait for it"))

    def _finish(self, name: str, result: ChangeResult) -> None:
        self.results[name] = result
        if self.told and result.change.action is not Action.NOOP and not name.endswith(BEGUN):
            self.world.on_finished(result)

    def _ended_before(self, name: str, needed: tuple[str, ...]) -> ChangeResult | None:
        """The result of a node that must not start: its first half, or what it needs, did not succeed."""
        half = self.results.get(name + BEGUN)
        if half is not None and half.outcome in (Outcome.FAILED, Outcome.SKIPPED):
            return half
        blocker = self._blocker(needed)
        return None if blocker is None else _skipped(self.nodes[name], blocker)

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
