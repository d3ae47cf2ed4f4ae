"""The straight line from an expanded spec to a plan: observe, resolve, diff, plan. Reads only.

Every command that needs to know where things stand comes through here; there is no second way.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.aws.executor import Executor
from reconciler.aws.tag_index import GLOBAL_REGION, TagIndex, read_index
from reconciler.hints import Seen, abroad, worth_asking
from reconciler.kinds.base import partition
from reconciler.kinds.registry import kind
from reconciler.model import Listed, Plan, Through
from reconciler.observe import Owned, View, every_kind, observe, observe_owned
from reconciler.plan import Desired, plan


def look(desired: Desired, executor: Executor, *, quick: bool = False) -> View:
    """One look at everything declared and everything owned, in one snapshot: identical calls are made once.

    A `quick` look takes tags from the tag index, and asks for leftovers where that hints at some; it may be seconds
    behind. Where the index may not be read, it is as thorough as any other. What lives in us-east-1 for CloudFront is
    found though no entry names that region any more: one call says whether it is worth looking there.
    """
    scopes, resources, snapshot = desired.scopes, desired.expanded.resources, executor.snapshot()
    regions = [scope.region for scope in scopes]
    foreign = [] if GLOBAL_REGION in regions or partition(desired.region) != "aws" else [GLOBAL_REGION]
    index = _index(desired, executor, [*regions, *foreign] if quick else foreign)
    observed = observe(resources, snapshot, index if quick else None)
    if index is None:
        return View(observed, observe_owned(every_kind(scopes), snapshot))
    if not quick:
        return View(observed, observe_owned([*every_kind(scopes), *abroad(index, scopes[0])], snapshot))
    asked = worth_asking(index, scopes, Seen(resources, observed))
    return View(observed, observe_owned(asked, snapshot, lambda name, reader: _answering(index, name, reader)))


def _index(desired: Desired, executor: Executor, regions: Sequence[str]) -> TagIndex | None:
    """The tag index of the regions, read by itself: what it says is no part of what is seen."""
    return executor.snapshot().run(read_index(desired.stack, desired.region, regions)) if regions else None


def _answering(index: TagIndex, name: str, reader: Owned) -> Owned:
    """Candidates of the index say themselves what they are; what hangs on others takes their tags from the index."""
    hint = kind(name).leftovers
    return reader if isinstance(hint, Listed) else index.answering(reader, closed=isinstance(hint, Through))


def make_plan(desired: Desired, executor: Executor, *, quick: bool = False) -> tuple[Plan, View]:
    """Where things stand, and what would be done about it. `quick` is for plans nobody carries out."""
    before = executor.counts.copy()
    view = look(desired, executor, quick=quick)
    return plan(desired, view, executor.counts - before), view
