"""What all tests share: how garbage, models and connections are kept where tests make clients by the hundred.

Garbage is looked for rarely, since moto and botocore fill the heap for good; so what a test opens is closed after it.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.httpsession import URLLib3Session
from botocore.loaders import Loader

gc.set_threshold(100_000, 50, 100)


# --- models, read once in a process ---------------------------------------------------------------------------------


class _Models(Loader):
    """All models there are: boto3 adds its folder for every session, and here it is from the start."""

    @property
    def search_paths(self) -> list[str]:
        return [*super().search_paths]


@cache
def _models(folders: str | None) -> Loader:
    named = (folders or "").split(os.pathsep) if folders else []
    return _Models([*named, str(Path(boto3.__file__).parent / "data")])


botocore.session.create_loader = _models


# --- connections ----------------------------------------------------------------------------------------------------

_send = URLLib3Session.send
_used: set[URLLib3Session] = set()


def _sent(session: URLLib3Session, request: Any) -> Any:
    _used.add(session)
    return _send(session, request)


URLLib3Session.send = _sent  # type: ignore[assignment,method-assign]


@pytest.fixture(autouse=True)
def no_connection_outlives_its_test() -> Iterator[None]:
    """A client that nobody uses any more would keep its connections until it is found to be garbage."""
    yield
    while _used:
        _used.pop().close()
