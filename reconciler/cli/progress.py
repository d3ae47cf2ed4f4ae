"""Progress on stderr: a bar on a terminal, a line now and then elsewhere. It shows; it decides nothing."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from reconciler.cli.streams import say
from reconciler.model import Address, Call, ChangeResult, Outcome

SILENCE = 30.0
"""Seconds after which a log without a terminal gets a line, so that nobody thinks it hangs."""

MARKS = {Outcome.DONE: "ok", Outcome.WAITING: "waiting", Outcome.FAILED: "FAILED", Outcome.SKIPPED: "not started"}


class Progress:
    """What an apply is doing; safe to call from several threads."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._waiting: dict[Address, str] = {}
        self._writes = 0
        self._done = 0
        self._total = 0
        self._began = self._spoke = time.monotonic()
        self._bar: Any = None

    @contextmanager
    def running(self, total: int) -> Iterator[None]:
        """Show progress over `total` changes while the block runs."""
        self._total, self._began = total, time.monotonic()
        if not sys.stderr.isatty():
            yield
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
        )
        with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
            self._bar = bar
            bar.add_task("starting", total=total)
            yield
            self._bar = None

    def abandon(self) -> None:
        """Give the terminal its cursor back."""
        if self._bar is not None:
            self._bar.stop()

    def wrote(self, call: Call, outcome: str) -> None:
        with self._lock:
            self._writes += 1
            self._describe(f"{call}" if outcome == "ok" else f"{call}: {outcome}")

    def says(self, address: Address, text: str) -> None:
        with self._lock:
            self._waiting[address] = text
            self._describe(f"{address}: {text}")
            self._break_silence()

    def finished(self, result: ChangeResult) -> None:
        with self._lock:
            self._done += 1
            self._waiting.pop(result.change.address, None)
            change = result.change
            line = f"  {MARKS[result.outcome]:<12}{change.action:<8} {change.address} ({result.seconds:.0f} s)"
            detail = f": {result.detail}" if result.detail else ""
            if self._bar is not None:
                self._bar.console.print(line + detail, markup=False, highlight=False)
                self._bar.advance(self._bar.tasks[0].id)
            else:
                say(line + detail)
                self._spoke = time.monotonic()

    def _describe(self, text: str) -> None:
        if self._bar is not None:
            self._bar.update(self._bar.tasks[0].id, description=text[:100])

    def _break_silence(self) -> None:
        now = time.monotonic()
        if self._bar is None and now - self._spoke >= SILENCE:
            self._spoke = now
            waiting = "; ".join(f"{address}: {text}" for address, text in sorted(self._waiting.items()))
            say(f"  {now - self._began:.0f} s, {self._done} of {self._total} done; {waiting}")
