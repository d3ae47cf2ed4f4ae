"""The executor: identical reads made once, readers side by side, and what may be sent twice."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from reconciler.aws.clients import Clients
from reconciler.aws.executor import Executor
from reconciler.errors import AlreadyExists, NotFound, ReconcileError, Throttled, Unavailable
from reconciler.model import Call, Reads, Response


def executor(route: Callable[[Call], Response], *, writes: bool = False) -> Executor:
    return Executor(Clients("eu-central-1"), routes={"fake": route}, read_only=not writes)


def get(name: str) -> Call:
    return Call("fake", "GetThing", {"name": name})


def test_identical_calls_of_one_look_are_made_once() -> None:
    asked: list[str] = []

    def route(call: Call) -> Response:
        asked.append(call.params["name"])
        return {"name": call.params["name"]}

    reading = executor(route)

    def reader(names: list[str]) -> Reads[list[str]]:
        responses = yield [get(name) for name in names]
        return [response["name"] for response in responses if response]

    found = reading.snapshot().gather({"one": reader(["a", "b"]), "two": reader(["b", "a", "a"])})
    assert found == {"one": ["a", "b"], "two": ["b", "a", "a"]}
    assert sorted(asked) == ["a", "b"]
    assert reading.counts == {"fake:GetThing": 2}


def test_a_new_look_asks_again() -> None:
    asked: list[str] = []

    def route(call: Call) -> Response:
        asked.append(call.operation)
        return {}

    reading = executor(route)

    def reader() -> Reads[None]:
        yield [get("a")]

    reading.snapshot().run(reader())
    reading.snapshot().run(reader())
    assert len(asked) == 2


def test_calls_of_a_batch_run_side_by_side() -> None:
    barrier = threading.Barrier(4, timeout=20)
    reading = executor(lambda call: {"at": barrier.wait()})

    def reader() -> Reads[int]:
        return len((yield [get(str(number)) for number in range(4)]))

    assert reading.snapshot().run(reader()) == 4


def test_a_reader_goes_on_without_waiting_for_the_batches_of_others() -> None:
    second_step = threading.Event()

    def route(call: Call) -> Response:
        if call.params["name"] == "slow":
            assert second_step.wait(20), "the fast reader waited for the slow one"
        if call.params["name"] == "second":
            second_step.set()
        return {}

    def slow() -> Reads[str]:
        yield [get("slow")]
        return "slow"

    def fast() -> Reads[str]:
        yield [get("first")]
        yield [get("second")]
        return "fast"

    assert executor(route).snapshot().gather({1: slow(), 2: fast()}) == {1: "slow", 2: "fast"}


def test_what_does_not_exist_is_answered_with_none() -> None:
    def route(call: Call) -> Response:
        raise NotFound(call, "NoSuchThing", "no")

    assert executor(route).read(get("a")) is None


def test_other_errors_are_thrown_into_the_reader_that_asked() -> None:
    def route(call: Call) -> Response:
        raise AlreadyExists(call, "Taken", "no")

    def reader() -> Reads[str]:
        try:
            yield [get("a")]
        except AlreadyExists as error:
            return error.code
        return "not thrown"

    assert executor(route).snapshot().run(reader()) == "Taken"


@pytest.mark.parametrize("operation", ["CreateThing", "HeadBucket", "PutThing", "DeleteThing", "describe_things"])
def test_a_reader_cannot_do_anything_but_list_get_and_describe(operation: str) -> None:
    reading = executor(lambda call: {})

    def reader() -> Reads[None]:
        yield [Call("fake", operation)]

    with pytest.raises(ReconcileError, match="not a read"):
        reading.snapshot().run(reader())
    assert not reading.counts


def test_an_executor_that_only_reads_refuses_to_write() -> None:
    with pytest.raises(ReconcileError, match="only reads"):
        executor(lambda call: {}).write(Call("fake", "CreateThing"))


def failing_once(error: type[Throttled] | type[Unavailable]) -> tuple[Callable[[Call], Response], list[Call]]:
    sent: list[Call] = []

    def route(call: Call) -> Response:
        sent.append(call)
        if len(sent) == 1:
            raise error(call, "Oops", "try again")
        return {"ok": True}

    return route, sent


@pytest.mark.parametrize("error", [Throttled, Unavailable])
def test_a_read_is_tried_again_after_throttling_and_failures(error: type[Throttled] | type[Unavailable]) -> None:
    route, sent = failing_once(error)
    assert executor(route).read(get("a")) == {"ok": True}
    assert len(sent) == 2


def test_a_create_without_a_token_is_sent_again_after_throttling_since_nothing_was_done() -> None:
    route, sent = failing_once(Throttled)
    executor(route, writes=True).write(Call("fake", "CreateThing", once=True))
    assert len(sent) == 2


def test_a_create_without_a_token_is_never_sent_again_after_a_lost_reply() -> None:
    route, sent = failing_once(Unavailable)
    with pytest.raises(Unavailable):
        executor(route, writes=True).write(Call("fake", "CreateThing", once=True))
    assert len(sent) == 1


def test_a_write_made_safe_by_its_name_is_sent_again_after_a_lost_reply() -> None:
    route, sent = failing_once(Unavailable)
    executor(route, writes=True).write(Call("fake", "PutThing"))
    assert len(sent) == 2


def test_written_calls_are_counted_apart_from_reads() -> None:
    both = executor(lambda call: {}, writes=True)
    both.read(get("a"))
    both.write(Call("fake", "PutThing"))
    assert both.written == {"fake:PutThing": 1}
    assert both.counts == {"fake:GetThing": 1, "fake:PutThing": 1}
