"""`graph` draws a spec, `schema` prints what editors and other programs check one with; neither contacts anything."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from jsonschema import Draft202012Validator

from reconciler.errors import Exit
from tests.cli.shell import PROJECT, Shell
from tests.cli.stacks import SHOP

SPECS = sorted((PROJECT / "spec").rglob("*.yaml"))
ARROWS = (("sns.topic/news", "cloudwatch.metric_alarm/slow"), ("ec2.vpc/network-vpc", "ec2.security_group/web"))
"""(what is needed, what needs it)."""


@pytest.fixture
def addresses(shell: Shell) -> list[str]:
    shell.write(SHOP)
    return [resource["address"] for resource in shell("validate", "-o", "json").document["resources"]]


def test_mermaid_shows_every_object_and_what_it_needs(shell: Shell, addresses: list[str]) -> None:
    ended = shell("graph")
    assert (ended.code, ended.stderr) == (Exit.OK, "")
    assert shell("graph", "--format", "mermaid") == ended
    names = {label.replace("#95;", "_"): key for key, label in re.findall(r'(n\d+)\["([^"]+)"\]', ended.stdout)}
    assert set(names) == set(addresses)
    for needed, user in ARROWS:
        assert f"    {names[user]} --> {names[needed]}\n" in ended.stdout


def test_dot_shows_every_object_and_what_it_needs(shell: Shell, addresses: list[str]) -> None:
    drawn = shell("graph", "--format", "dot").stdout
    assert drawn.startswith("digraph stack {")
    assert drawn.endswith("}\n")
    assert set(re.findall(r'^    "([^"]+)" \[label=', drawn, re.MULTILINE)) == set(addresses)
    for needed, user in ARROWS:
        assert f'    "{user}" -> "{needed}";\n' in drawn


def test_svg_is_a_drawing_with_a_box_for_every_object(shell: Shell, addresses: list[str]) -> None:
    drawing = ElementTree.fromstring(shell("graph", "--format", "svg").stdout)
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    titles = [title.text for title in drawing.iter("{http://www.w3.org/2000/svg}title")]
    assert set(titles) >= set(addresses)


# --- schemas --------------------------------------------------------------------------------------------------------


class Yaml12(yaml.SafeLoader):
    """Types scalars as YAML 1.2 and so editors do: `no` is a text, and so is a time of day."""


Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag.rsplit(":", 1)[1] in ("int", "float", "null")]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for words in ("true", "false"):
    Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), [words[0]])


@pytest.fixture
def bundle(shell: Shell) -> Any:
    """What `reconcile schema` prints."""
    ended = shell("schema")
    assert (ended.code, ended.stderr) == (Exit.OK, "")
    return ended.document


def test_the_schema_is_sound_and_needs_no_other_file(bundle: Any) -> None:
    assert bundle["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(bundle)
    references = re.findall(r'"\$ref": "([^"]*)"', json.dumps(bundle))
    assert {reference.split("/")[0] for reference in references} == {"#"}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_an_editor_accepts_every_spec_of_the_project(path: Path, bundle: Any) -> None:
    spec = yaml.load(path.read_text(encoding="utf-8"), Loader=Yaml12)
    assert [error.message for error in Draft202012Validator(bundle).iter_errors(spec)] == []


def test_an_editor_marks_the_mistakes_the_tool_refuses(bundle: Any) -> None:
    spec = yaml.load(SHOP, Loader=Yaml12)
    validator = Draft202012Validator(bundle)
    assert validator.is_valid(spec)
    for name, mistake in {
        "news": {"kind": "sns.topics"},
        "logs": {"kind": "logs.log_group", "retention": 30},
        "network": {"kind": "network", "cidr_block": 10},
        "Nine": {"kind": "sns.topic"},
    }.items():
        assert not validator.is_valid({**spec, "resources": {**spec["resources"], name: mistake}}), name


def test_the_schema_of_one_kind_is_its_fragment(shell: Shell) -> None:
    ended = shell("schema", "ec2.vpc")
    assert ended.document == json.loads((PROJECT / "schemas/kinds/ec2.vpc.json").read_text(encoding="utf-8"))
    assert shell("schema", "postgres").document["title"]


def test_a_kind_that_does_not_exist_is_told_what_was_meant(shell: Shell) -> None:
    ended = shell("schema", "ec2.vpcc")
    assert (ended.code, ended.stdout) == (Exit.ERROR, "")
    assert ended.stderr == "error: there is no kind `ec2.vpcc`\n  = help: did you mean `ec2.vpc`?\n"
    listed = shell("schema", "quetzal").stderr
    assert "ec2.vpc" in listed
    assert "web_service" in listed
