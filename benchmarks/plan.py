"""What a no-change plan costs: calls, CPU, time and memory, beside the same calls by bare boto3 and beside Terraform.

`make bench-plan` runs it: the whole sales-scorecard stack, and one of 1,000 resources. Every measured plan is a fresh
process against one embedded AWS in another, so only comparisons within one run mean something. Terraform is measured
where it is on the machine and TF_PLUGINS names a mirror of its AWS provider. It asserts nothing about time.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import _thousand

ROOT = Path(__file__).parent.parent
SCORECARD = ROOT / "spec" / "sales-scorecard.yaml"
ROUNDS = 3
SERVER = """
import time
from reconciler.simulator.aws import start_aws
server = start_aws()
server.offer("calls", lambda _: len(server.calls))
print(server.endpoint, flush=True)
time.sleep(86400)
"""
FLOOR = """
import json, os, sys
from concurrent.futures import ThreadPoolExecutor
from reconciler.aws.clients import Clients
from reconciler.aws.send import send
from reconciler.errors import NotFound
from reconciler.model import Call
clients = Clients(os.environ["AWS_REGION"])
def bare(call):
    try:
        send(clients, Call(**call), lambda: None)
    except NotFound:
        pass
with ThreadPoolExecutor(16) as pool:
    list(pool.map(bare, json.load(open(sys.argv[1]))))
"""
"""The physical limit of any plan on this SDK: the calls the plan made, side by side, and nothing around them."""


ASKED = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from reconciler.aws.clients import Clients
from reconciler.aws.executor import Executor
from reconciler.expand import expand
from reconciler.pipeline import make_plan
from reconciler.plan import Desired
from reconciler.spec import read_stack
stack, asked = read_stack(Path(sys.argv[1])), []
account = stack.account or "123456789012"
expanded = expand(stack, account, stack.region)
desired = Desired(stack.name, account, stack.region, expanded, stack.removed)
make_plan(desired, Executor(Clients(stack.region), on_read=asked.append), quick=True)
print(json.dumps([asdict(call) for call in asked]))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """One fresh process: seconds, MB and API calls."""

    cpu: float
    wall: float
    memory: float
    calls: int


def run(command: Sequence[str], env: Mapping[str, str], folder: Path) -> Cost:
    """Runs it to its end. Raises CalledProcessError with what it printed."""
    before, began = _calls(env), perf_counter()
    wrapped = [sys.executable, "-c", _MEASURED, *command]
    done = subprocess.run(wrapped, env=env, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    cpu, memory = json.loads(done.stderr.splitlines()[-1])
    return Cost(cpu, perf_counter() - began, memory, _calls(env) - before)


_MEASURED = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / (1024 if sys.platform == "linux" else 1 << 20)]),
      file=sys.stderr)
sys.exit(code)
"""
"""A small process of its own: the memory a child is charged with starts at that of its parent."""


def _calls(env: Mapping[str, str]) -> int:
    from urllib.request import urlopen

    with urlopen(f"{env['AWS_ENDPOINT_URL']}/_simulator/calls") as answer:  # noqa: S310 - our own server
        return int(answer.read())


@contextmanager
def emulator() -> Iterator[dict[str, str]]:
    """The embedded AWS in a process of its own; the environment that leads to it."""
    from reconciler.simulator.aws import environment

    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert server.stdout is not None
    try:
        yield {**os.environ, **environment(server.stdout.readline().strip(), "eu-central-1")}
    finally:
        server.kill()


def measured(command: Sequence[str], env: Mapping[str, str], folder: Path) -> Cost:
    costs = [run(command, env, folder) for _ in range(ROUNDS)]
    middle = [median(getattr(cost, name) for cost in costs) for name in ("cpu", "wall", "memory")]
    return Cost(*middle, costs[-1].calls)


def ours(spec: str, env: Mapping[str, str], folder: Path) -> None:
    """Applies a spec, then plans it again and again."""
    (folder / "stack.yaml").write_text(spec, encoding="utf-8")
    tool = [sys.executable, "-m", "reconciler"]
    run([*tool, "apply", "--yes", "-f", "stack.yaml"], env, folder)
    plan = [*tool, "plan", "-f", "stack.yaml"]
    answer = subprocess.run([*plan, "-o", "json"], env=env, cwd=folder, capture_output=True, text=True, check=True)
    document = json.loads(answer.stdout)
    assert document["changes"] == [], [change["address"] for change in document["changes"]]
    count = document["summary"]["unchanged"] + document["summary"]["waiting"]
    print(f"\n{document['stack']}: {count} resources, api_calls {document['api_calls']['total']}")
    print(f"{'':28}{'calls':>7}{'CPU s':>8}{'wall s':>8}{'MB':>7}")
    show("reconcile plan, no change", measured(plan, env, folder))
    calls = folder / "calls.json"
    calls.write_text(json.dumps(_asked(folder / "stack.yaml", env)))
    show("the same calls, bare boto3", measured([sys.executable, "-c", FLOOR, str(calls)], env, folder))


def _asked(spec: Path, env: Mapping[str, str]) -> list[dict[str, object]]:
    """The calls a plan makes."""
    done = subprocess.run([sys.executable, "-c", ASKED, str(spec)], env=env, capture_output=True, text=True, check=True)
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def terraform(env: Mapping[str, str], folder: Path) -> None:
    """The 1,000 resources by Terraform, where it is here."""
    plugins = os.environ.get("TF_PLUGINS", "")
    program = shutil.which("terraform")
    if program is None or not plugins:
        print("Terraform: not measured; it needs the program, and TF_PLUGINS naming a mirror of hashicorp/aws")
        return
    (folder / "main.tf.json").write_text(_thousand.terraform(), encoding="utf-8")
    mirror = f'provider_installation {{ filesystem_mirror {{ path = "{plugins}" }} }}\n'
    (folder / "cli.tfrc").write_text(mirror, encoding="utf-8")
    inside = {**env, "TF_CLI_CONFIG_FILE": str(folder / "cli.tfrc")}
    run([program, "init", "-input=false"], inside, folder)
    run([program, "apply", "-auto-approve", "-input=false", "-parallelism=20"], inside, folder)
    show("terraform plan, no change", measured([program, "plan", "-input=false"], inside, folder))


def show(name: str, cost: Cost) -> None:
    print(f"{name:28}{cost.calls:7}{cost.cpu:8.2f}{cost.wall:8.2f}{cost.memory:7.0f}")


def without_data(spec: str) -> str:
    """The scorecard without its data migration: it needs a database, and the plan of it is another benchmark's."""
    kept = [block for block in spec.split("\n\n") if "kind: data.migration" not in block]
    return "\n\n".join(kept)


def main() -> None:
    with emulator() as env, tempfile.TemporaryDirectory() as folder:
        ours(without_data(SCORECARD.read_text(encoding="utf-8")), env, Path(folder))
    with emulator() as env, tempfile.TemporaryDirectory() as folder:
        ours(_thousand.spec(), env, Path(folder))
        terraform(env, Path(folder))


if __name__ == "__main__":
    main()
