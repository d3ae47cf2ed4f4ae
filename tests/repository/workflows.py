"""The workflows and the composite action as data, and their scripts run the way a GitHub runner runs them.

Nothing here reaches GitHub: programs the scripts call are put first on PATH by the test.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

Document = dict[str, Any]


def load(path: Path) -> Document:
    """The file as YAML; `on:` is the key True there, as YAML 1.1 has it."""
    document = yaml.safe_load(path.read_text())
    assert isinstance(document, dict)
    return document


def jobs() -> Iterator[tuple[str, Document, Document]]:
    """(workflow/job, workflow, job) of every workflow."""
    for path in WORKFLOWS:
        document = load(path)
        for name, job in document["jobs"].items():
            yield f"{path.stem}/{name}", document, job


def steps() -> Iterator[tuple[str, Document]]:
    """(place, step) of every workflow and of the composite action."""
    for name, _, job in jobs():
        for step in job["steps"]:
            yield f"{name}: {step['name']}", step
    for step in load(ACTION)["runs"]["steps"]:
        yield f"action: {step['name']}", step


def script(place: str) -> str:
    """The `run:` of the step at that place."""
    text = dict(steps())[place]["run"]
    assert isinstance(text, str)
    return text


def run_script(text: str, folder: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run it in `folder` as `shell: bash` does; `folder/bin` comes first on PATH."""
    file = folder / "script.sh"
    file.write_text(text)
    environment = {**os.environ, **variables, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def put_program(folder: Path, name: str, text: str) -> None:
    """An executable in `folder/bin`."""
    program = folder / "bin" / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(text)
    program.chmod(0o755)
