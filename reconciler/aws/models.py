"""Botocore's models of the services, loaded with less: plain mappings, and nothing of what only people read.

What a client sends and how it reads an answer follows from these models, so all the rest of them stays as it is. It
makes no call.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

DOCUMENTATION = "documentation"


class Files:
    """Reads botocore's data files: `Loader` asks it for paths without their ending."""

    def exists(self, file_path: str) -> bool:
        return self._found(file_path) is not None

    def load_file(self, file_path: str) -> Any:
        """The content of a file; None where there is none.

        Botocore itself asks for mappings that keep their order, which every mapping does, at thrice the cost.
        """
        found = self._found(file_path)
        if found is None:
            return None
        content = found.read_bytes()
        loaded = json.loads(gzip.decompress(content) if found.suffix == ".gz" else content)
        for part in ("operations", "shapes") if found.name.startswith("service-2.") else ():
            _drop_documentation(loaded.get(part, {}))
        return loaded

    def _found(self, file_path: str) -> Path | None:
        for ending in (".json", ".json.gz"):
            path = Path(file_path + ending)
            if path.is_file():
                return path
        return None


def _drop_documentation(value: dict[str, Any]) -> None:
    """Half of a model's memory is text."""
    if type(value.get(DOCUMENTATION)) is str:  # else it is a member of that name
        del value[DOCUMENTATION]
    for item in value.values():
        if type(item) is dict:
            _drop_documentation(item)


def slim_session(profile: str | None) -> Any:
    """A boto3 session that loads models this way; configuration and credentials are those of every boto3 program.

    Raises botocore's ProfileNotFound.
    """
    import boto3
    from botocore.loaders import create_loader
    from botocore.session import Session

    session = Session(profile=profile)
    loader: Any = create_loader(session.get_config_variable("data_path"))
    loader.file_loader = Files()
    session.register_component("data_loader", loader)
    return boto3.Session(botocore_session=session)
