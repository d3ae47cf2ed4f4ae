"""Accounts that are not there: one with nothing in it, and one with what the `unchanged` case of a kind shows.

Every call a reader makes of them must be a read that AWS would accept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from reconciler.aws.executor import READ_PREFIXES
from reconciler.kinds.registry import kind
from reconciler.model import Call, Observed, Reads, Resource, Response
from tests.kinds.members import CASES
from tests.kinds.test_cases import resource_of
from tests.kinds.wire import assert_valid_call

Answer = Callable[[Call], Response]


def drive(reader: Reads[Any], answer: Answer) -> Any:
    """Run a reader; every call it yields must be a read AWS would accept."""
    try:
        calls = next(reader)
        while True:
            for call in calls:
                assert call.operation.startswith(READ_PREFIXES), f"{call} is not a read"
                assert_valid_call(call)
            calls = reader.send([answer(call) for call in calls])
    except StopIteration as stop:
        return stop.value


def nothing(call: Call) -> Response:
    """An account with nothing in it: lists are empty, and what is asked for by name does not exist."""
    many = call.operation.startswith("List") or (call.operation.startswith("Describe") and call.operation.endswith("s"))
    return {} if many else None


def unchanged(name: str) -> Mapping[str, Any]:
    case: Mapping[str, Any] = json.loads((CASES / name / "unchanged.json").read_text(encoding="utf-8"))
    return case


def account_of(name: str, edit: Callable[[Any], Any] = lambda response: response) -> Answer:
    """An account in which there is what the `unchanged` case of a kind shows, and nothing else."""
    live = unchanged(name)["live"]

    def answer(call: Call) -> Response:
        params = json.loads(json.dumps(call.params))
        for entry in live:
            if entry["call"] == str(call) and entry.get("params") in (None, params):
                response: Response = edit(entry["response"])
                return response
        return nothing(call)

    return answer


def observed(wanted: Resource, answer: Answer) -> Observed | None:
    found: Mapping[str, Observed] = drive(kind(wanted.kind).observe([wanted]), answer)
    assert set(found) <= {wanted.address}
    return found.get(wanted.address)


@cache
def example_of(name: str) -> Observed:
    """The live object a kind's `unchanged` case shows, as the kind itself reads it."""
    found = observed(resource_of(unchanged(name), name), account_of(name))
    assert found is not None
    return found
