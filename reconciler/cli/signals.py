"""SIGINT and SIGTERM as a wish to stop: what is in flight ends first. Never used while nothing is written."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.cli.streams import say
from reconciler.errors import Exit


@contextmanager
def stop_on_signal(stopping: threading.Event, abandon: Callable[[], None]) -> Iterator[list[int]]:
    """The first signal sets `stopping`; the second one stops at once (and is still safe), after `abandon`.

    Gives the list that will hold the exit code of the signal received.
    """
    received: list[int] = []

    def stop(number: int, _frame: object) -> None:
        if received:
            abandon()
            os._exit(received[0])  # an exception would wait for the threads, and they wait for AWS
        received.append(Exit.INTERRUPTED if number == signal.SIGINT else Exit.TERMINATED)
        stopping.set()
        say("stopping after the calls in flight; once more stops at once")

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
