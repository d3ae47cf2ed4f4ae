"""Faults on demand: throttling, errors, and replies lost after the effect took place.

A rule answers the next `times` calls that match it and is then used up, so a test reads as a script of what goes wrong.
It must never change what the emulator stores.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from reconciler.simulator.wire import Answer, Handler, Refusal, Request

_THROTTLED = {"ec2": ("RequestLimitExceeded", 503), "s3": ("SlowDown", 503), "sesv2": ("TooManyRequestsException", 429)}
"""Code and status of a throttled call; the others say `ThrottlingException` (JSON) or `Throttling`."""
RESET = "reset"
"""The code of a rule that closes the connection instead of answering."""


class ReplyLost(Exception):
    """The effect took place and the connection closes without an answer."""


@dataclass(slots=True)
class _Fault:
    service: str
    operation: str
    times: int
    refusal: Refusal | None
    """None where AWS's own throttling answer is wanted."""
    after: bool = False
    """Whether the effect takes place first."""

    def matches(self, request: Request) -> bool:
        return (
            self.times > 0
            and fnmatchcase(request.service, self.service)
            and fnmatchcase(request.operation, self.operation)
        )


class Faults:
    """What is to go wrong. Services and operations are patterns: `throttle("ec2", "Describe*", 3)`."""

    def __init__(self, throttle_every: int = 0) -> None:
        self._faults: list[_Fault] = []
        self._throttle_every = throttle_every
        self._calls = 0

    def throttle(self, service: str, operation: str = "*", times: int = 1) -> None:
        """Answer as if too many requests were made; nothing is done."""
        self._faults.append(_Fault(service, operation, times, None))

    def fail(self, service: str, operation: str, code: str, status: int = 400, times: int = 1) -> None:
        """Answer this error; nothing is done."""
        self._faults.append(_Fault(service, operation, times, Refusal(code, "failed on purpose", status)))

    def lose_reply(self, service: str, operation: str, times: int = 1, code: str = RESET) -> None:
        """Do it, then close the connection, or answer 500 with `code` where one is given."""
        self._faults.append(_Fault(service, operation, times, Refusal(code, "reply lost on purpose", 500), after=True))

    def clear(self) -> None:
        """Nothing goes wrong any more, except what the strictness says."""
        self._faults.clear()

    @property
    def unused(self) -> int:
        """How many faults have not happened; a test asserts 0, or it did not test what it meant to."""
        return sum(fault.times for fault in self._faults)

    def layer(self, request: Request, below: Handler) -> Answer:
        """The outermost layer of the server."""
        self._calls += 1
        if self._throttle_every and self._calls % self._throttle_every == 0:
            raise _throttled(request)
        fault = next((fault for fault in self._faults if fault.matches(request)), None)
        if fault is None:
            return below(request)
        fault.times -= 1
        if not fault.after:
            raise fault.refusal or _throttled(request)
        below(request)
        if fault.refusal is None or fault.refusal.code == RESET:
            raise ReplyLost
        raise fault.refusal


def _throttled(request: Request) -> Refusal:
    usual = "ThrottlingException" if "HTTP_X_AMZ_TARGET" in request.environ else "Throttling"
    code, status = _THROTTLED.get(request.service, (usual, 400))
    return Refusal(code, "Rate exceeded", status)
