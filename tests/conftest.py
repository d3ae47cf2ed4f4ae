"""What all tests share: garbage is looked for rarely, since moto and botocore fill the heap for good, and botocore's
models are read once, since tests make sessions by the hundred."""

from __future__ import annotations

import gc
import os
from functools import cache
from pathlib import Path

import boto3
import botocore.session
from botocore.loaders import Loader

gc.set_threshold(100_000, 50, 100)


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
