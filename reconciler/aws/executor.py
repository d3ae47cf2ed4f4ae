"""The one place that makes API calls: reads deduplicated and side by side, writes one at a time per caller.

A read that is not a List, Get or Describe is refused here, so no plan or drift can ever write.
It knows no kind; what an error means comes from `error_codes`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, TypeVar

from reconciler.aws.clients import Clients
from reconciler.aws.send import send
from reconciler.errors import NotFound, ReconcileError, Throttled, Unavailable
from reconciler.model import Call, Reads, Response

READ_PREFIXES = ("List", "Get", "Describe", "BatchGet")
READ_WORKERS = 16
ATTEMPTS = 8

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

Route = Callable[[Call], Response]
"""What carries out the calls of a service that is not AWS (`migration`)."""


class Executor:
    """Makes calls and counts them: all requests in `counts`, write calls in `written`.

    `routes` name the services that are not AWS; `on_read` hears of reads, `on_write` of writes and how they ended.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        routes: Mapping[str, Route] | None = None,
        on_read: Callable[[Call], None] | None = None,
        on_write: Callable[[Call, str], None] | None = None,
        read_only: bool = True,
    ) -> None:
        self.clients = clients
        self.routes = dict(routes or {})
        self.read_only = read_only
        self._on_read = on_read
        self._on_write = on_write
        self.counts: Counter[str] = Counter()
        self.written: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(READ_WORKERS, thread_name_prefix="read")

    def snapshot(self) -> Snapshot:
        """A fresh view of AWS in which identical calls are made once."""
        return Snapshot(self, self._pool)

    def prepare(self, call: Call) -> None:
        """Have the client of a call ready: made by whoever asks, since what each thread allocates it keeps for itself.

        What is wrong with it the call itself will say.
        """
        if call.service not in self.routes:
            with suppress(ReconcileError):
                self.clients.get(call.service, call.region)

    def read(self, call: Call) -> Response:
        """One read; None where the object does not exist.

        Raises the typed errors of `reconciler.errors`, after retrying what is worth retrying.
        """
        if not call.operation.startswith(READ_PREFIXES):
            raise ReconcileError(f"{call} is not a read: a kind yielded it where only reads are allowed")
        if self._on_read is not None:
            self._on_read(call)
        try:
            return self._attempt(call, retried=(Throttled, Unavailable))
        except NotFound:
            return None

    def write(self, call: Call) -> Response:
        """One write, sent again only where a second one cannot do harm.

        Raises the typed errors of `reconciler.errors`.
        """
        if self.read_only:
            raise ReconcileError(f"{call} would write, and this command only reads")
        retried = (Throttled,) if call.once else (Throttled, Unavailable)
        try:
            response = self._attempt(call, retried=retried)
        except ReconcileError as error:
            self._report(call, type(error).__name__)
            raise
        self._report(call, "ok")
        return response

    def _report(self, call: Call, outcome: str) -> None:
        with self._lock:
            self.written[str(call)] += 1
        if self._on_write is not None:
            self._on_write(call, outcome)

    def _attempt(self, call: Call, retried: tuple[type[Exception], ...]) -> Response:
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

        for attempt in Retrying(
            retry=retry_if_exception_type(retried),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.2, max=20),
            reraise=True,
        ):
            with attempt:
                return self._once(call)
        raise AssertionError("unreachable: tenacity re-raises")

    def _once(self, call: Call) -> Response:
        route = self.routes.get(call.service)
        if route is not None:
            self._count(call)
            return route(call)
        return send(self.clients, call, on_page=lambda: self._count(call))

    def _count(self, call: Call) -> None:
        with self._lock:
            self.counts[str(call)] += 1


class Snapshot:
    """What AWS looked like during one look: every distinct call is made once, however many kinds ask for it."""

    def __init__(self, executor: Executor, pool: ThreadPoolExecutor) -> None:
        self._executor = executor
        self._pool = pool
        self._futures: dict[str, Future[Response]] = {}

    def run(self, reader: Reads[T]) -> T:
        """Drive one reader to its end."""
        return self.gather({"": reader})[""]

    def gather(self, readers: Mapping[K, Reads[T]]) -> dict[K, T]:
        """Drive readers side by side: each goes on as soon as its own batch has arrived.

        Errors of a batch are thrown into its reader; what the reader does not catch is raised here.
        """
        results: dict[K, T] = {}
        batches: dict[K, list[Future[Response]]] = {}
        for key, reader in readers.items():
            self._advance(key, reader, None, batches, results)
        while batches:
            undone = _pending(batches.values())  # before the check, so that what ends meanwhile is not waited for
            complete = [key for key, futures in batches.items() if all(future.done() for future in futures)]
            for key in complete:
                self._advance(key, readers[key], batches.pop(key), batches, results)
            if not complete:
                wait(undone, return_when=FIRST_COMPLETED)
        return results

    def _advance(
        self,
        key: K,
        reader: Reads[T],
        answered: Sequence[Future[Response]] | None,
        batches: dict[K, list[Future[Response]]],
        results: dict[K, T],
    ) -> None:
        try:
            while True:
                calls = _resume(reader, answered)
                futures = [self._submit(call) for call in calls]
                if futures:
                    batches[key] = futures
                    return
                answered = []
        except StopIteration as stop:
            results[key] = stop.value

    def _submit(self, call: Call) -> Future[Response]:
        key = call.key
        if key not in self._futures:
            self._executor.prepare(call)
            self._futures[key] = self._pool.submit(self._executor.read, call)
        return self._futures[key]


def _pending(batches: Iterable[Sequence[Future[Response]]]) -> set[Future[Response]]:
    return {future for futures in batches for future in futures if not future.done()}


def _resume(reader: Reads[Any], answered: Sequence[Future[Response]] | None) -> Sequence[Call]:
    if answered is None:
        return next(reader)
    for future in answered:
        error = future.exception()
        if error is not None:
            return reader.throw(error)
    return reader.send([future.result() for future in answered])
