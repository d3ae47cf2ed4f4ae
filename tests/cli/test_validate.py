"""`validate` tells every mistake with its place and a way out, at any spec it is given, about as fast as a good one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from reconciler.errors import Exit
from tests.cli.shell import PROJECT, Ended, Shell
from tests.cli.stacks import TOPIC
from tests.spec.test_broken import BROKEN, ENVIRONMENTS, FILES

HEAD = """\
stack: shop
region: eu-central-1
resources:
  network:
    kind: ec2.vpc
    cidr_block: 10.0.0.0/16
"""

MISTAKES: dict[str, tuple[str, int, int, str]] = {
    "a typo in a kind": ("  db:\n    kind: postgress\n", 8, 11, "did you mean `postgres`?"),
    "a typo in a property": ("    instance_tenency: default\n", 7, 5, "did you mean `instance_tenancy`?"),
    "a typo in a value": ("    instance_tenancy: dedicatd\n", 7, 23, "did you mean `dedicated`?"),
    "a word where yes or no is wanted": ("    enable_dns_support: no\n", 7, 25, "write `false`"),
    "a number where none fits": (
        "  logs:\n    kind: logs.log_group\n    retention_in_days: 31\n",
        9,
        24,
        "30",
    ),
    "what must be there": ("  inside:\n    kind: ec2.subnet\n    vpc_id: ${network.vpc_id}\n", 7, 3, "cidr_block"),
    "an unknown name": (
        "  inside:\n    kind: ec2.subnet\n    cidr_block: 10.0.1.0/24\n    vpc_id: ${netwrok.vpc_id}\n",
        10,
        13,
        "did you mean `network`?",
    ),
    "an unknown output": (
        "  inside:\n    kind: ec2.subnet\n    cidr_block: 10.0.1.0/24\n    vpc_id: ${network.vpc}\n",
        10,
        13,
        "vpc_id",
    ),
    "a circle": (
        "  a: {kind: sns.topic, name: '${b.topic_name}'}\n  b: {kind: sns.topic, name: '${a.topic_name}'}\n",
        7,
        31,
        "",
    ),
}


def told(ended: Ended) -> Iterator[tuple[str, str]]:
    """(the place, the help) of every problem told."""
    *problems, count = ended.stderr.rstrip().split("\n\n")
    assert re.fullmatch(r"\d+ problems? found; nothing was contacted", count)
    assert int(count.split()[0]) == len(problems)
    for problem in problems:
        places = re.findall(r"^ *--> (\S+)$", problem, re.MULTILINE)
        (advice,) = re.findall(r"^ *= help: (.+)", problem, re.MULTILINE)
        assert re.match(r"error\[RC\d{4}\]: ", problem)
        yield places[0], advice


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_shown_where_it_stands_with_a_way_out(shell: Shell, mistake: str) -> None:
    text, line, column, advice = MISTAKES[mistake]
    shell.write(HEAD + text)
    ended = shell("validate")
    assert (ended.code, ended.stdout) == (Exit.INVALID_SPEC, "")
    ((place, help),) = told(ended)
    assert place == f"spec/shop.yaml:{line}:{column}"
    assert advice in help


def test_all_the_mistakes_of_a_file_are_told_at_once(shell: Shell) -> None:
    apart = [text for text, *_ in MISTAKES.values() if text.startswith("    instance_tenency") or "postgress" in text]
    shell.write(HEAD + "".join(reversed(apart)) + "  logs:\n    kind: logs.log_group\n    retention_in_days: 31\n")
    ended = shell("validate")
    assert [place for place, _ in told(ended)] == [f"spec/shop.yaml:{at}" for at in ("7:5", "9:11", "12:24")]


@pytest.mark.parametrize("name", FILES)
def test_every_broken_spec_ends_in_3_with_places_and_help(shell: Shell, name: str) -> None:
    """Those whose kinds only the tests know are stopped by the kind; all others at the place the table names."""
    path = BROKEN / f"{name}.yaml"
    arguments = ["--env", ENVIRONMENTS[name]] if name in ENVIRONMENTS else []
    ended = shell("validate", "-f", str(path), *arguments)
    assert (ended.code, ended.stdout) == (Exit.INVALID_SPEC, "")
    found = dict(told(ended))
    _, line, column, advice = FILES[name]
    strange_kind = re.search(r"^ +kind: (demo\.\w+|service)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    if f"{path}:{line}:{column}" not in found:
        assert strange_kind is not None
        assert "RC1101" in ended.stderr
    elif strange_kind is None or "RC1101" not in ended.stderr:
        assert advice in found[f"{path}:{line}:{column}"]


def test_a_broken_spec_takes_no_longer_than_a_few_good_ones(shell: Shell) -> None:
    good = str(PROJECT / "spec" / "sales-scorecard.yaml")
    assert shell("validate", "-f", good).code == Exit.OK
    usual = min(seconds(shell, good) for _ in range(3))
    for name in FILES:
        assert seconds(shell, str(BROKEN / f"{name}.yaml")) < 10 * usual, name


def seconds(shell: Shell, path: str) -> float:
    """Of this process's own work, so that a busy machine does not matter."""
    before = time.process_time()
    shell("validate", "-f", path)
    return time.process_time() - before


@pytest.mark.parametrize("path", sorted((PROJECT / "spec").rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_spec_of_the_project_is_valid(shell: Shell, path: object) -> None:
    ended = shell("validate", "-f", str(path))
    assert (ended.code, ended.stderr) == (Exit.OK, "")
    assert " is valid: " in ended.stdout


@pytest.mark.parametrize("form", [("--report", "github=notes.txt"), ("--report=github=notes.txt",)])
def test_an_invalid_spec_is_annotated_for_whoever_asked_for_annotations(shell: Shell, form: tuple[str, ...]) -> None:
    shell.write(TOPIC.replace("sns.topic", "sns.topics"))
    assert shell("plan", *form).code == Exit.INVALID_SPEC
    (line,) = (shell.folder / "notes.txt").read_text(encoding="utf-8").splitlines()
    assert line.startswith("::error file=spec/shop.yaml,line=")
    assert "sns.topic" in line
