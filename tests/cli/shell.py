"""The command line as its user runs it: in this process, in one of its own, or at a terminal; and what came of it."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from reconciler.cli.main import run
from reconciler.simulator.aws import EmbeddedAws

PROJECT = Path(__file__).parents[2]
REGION = "eu-central-1"
ACCOUNT = "123456789012"
PATIENCE = 120.0
"""Seconds until a test stops waiting for a process; no test depends on how long anything takes."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it wrote."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        """stdout as the one JSON document it must be."""
        return json.loads(self.stdout)

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


@dataclass(frozen=True, slots=True)
class Shell:
    """A folder with specs, and the command line run in it. Calling it runs the command in this process."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def write(self, text: str, name: str = "spec/shop.yaml") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def __call__(self, *arguments: str) -> Ended:
        self.capture.readouterr()
        code = run(list(arguments))
        written = self.capture.readouterr()
        return Ended(code, written.out, written.err)

    def process(self, *arguments: str) -> Ended:
        """The same in a process of its own."""
        return self.start(*arguments).end()

    def start(self, *arguments: str) -> Running:
        """A process that runs, with nobody at its standard input."""
        stdout, stderr = self.folder / "stdout", self.folder / "stderr"
        with stdout.open("w") as out, stderr.open("w") as err:
            process = subprocess.Popen(
                command(arguments),
                cwd=self.folder,
                env=surroundings({}),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        return Running(process, stdout, stderr)


@dataclass(frozen=True, slots=True)
class Running:
    """A process on its way; its streams go to files, so that reading them never holds it up."""

    process: subprocess.Popen[bytes]
    stdout: Path
    stderr: Path

    def wait_for(self, words: str) -> None:
        """Until they are on stderr."""
        wait_until(lambda: words in self.stderr.read_text(encoding="utf-8"), words)

    def end(self) -> Ended:
        code = self.process.wait(timeout=PATIENCE)
        return Ended(code, self.stdout.read_text(encoding="utf-8"), self.stderr.read_text(encoding="utf-8"))


def command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "reconciler", *arguments]


def surroundings(changes: dict[str, str]) -> dict[str, str]:
    """This process's environment with `changes`; the project importable from any folder."""
    return {**os.environ, "PYTHONPATH": str(PROJECT), **changes}


def wait_until(done: Callable[[], bool], what: str) -> None:
    """Return as soon as it is done."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.002)


def writes(aws: EmbeddedAws) -> list[tuple[str, str]]:
    """The calls so far that were no reads."""
    return [call for call in list(aws.calls) if not call[1].startswith(("List", "Get", "Describe", "BatchGet", "Head"))]


def client(aws: EmbeddedAws, service: str) -> Any:
    """Somebody else's hands on the account."""
    session = boto3.Session(aws_access_key_id="simulated", aws_secret_access_key="simulated", region_name=REGION)
    make: Any = session.client
    return make(service, endpoint_url=aws.endpoint)


@dataclass(slots=True)
class Terminal:
    """A process with a pseudo-terminal at all three of its streams, and somebody who reads and types."""

    arguments: tuple[str, ...]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    transcript: str = ""
    _screen: int = -1
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Terminal:
        self._screen, end = pty.openpty()
        self._process = subprocess.Popen(
            command(self.arguments),
            cwd=self.folder,
            env=surroundings({"TERM": "xterm", "COLUMNS": "100", **self.environment}),
            stdin=end,
            stdout=end,
            stderr=end,
        )
        os.close(end)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._screen)
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def read_until(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.transcript:
            assert self._read(deadline), f"the process ended without saying {text!r}: {self.transcript[-2000:]}"

    def type(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def end(self) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            pass
        assert self._process is not None
        return self._process.wait(timeout=PATIENCE)

    def _read(self, deadline: float) -> bool:
        """Read what there is; False at the end."""
        ready, _, _ = select.select([self._screen], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"it hangs: {self.transcript[-2000:]}"
        data = b""
        with suppress(OSError):  # Linux says EIO where other systems say the end
            data = os.read(self._screen, 65536)
        self.transcript += data.decode(errors="replace")
        return bool(data)
