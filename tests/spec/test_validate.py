"""A valid spec becomes a typed stack; every mistake of an invalid one is told with place and way out."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import Problem
from reconciler.model import Band, Generated, Place, Reference, Removal, Template
from reconciler.spec import codes, completed, read_stack
from reconciler.spec.explain import Subject
from tests.spec.support import (
    HEAD,
    HERE,
    at,
    catalog,
    database,
    database_problem,
    database_text,
    problems,
    stack,
    value,
)

FULL = """\
stack: shop
account: 012345678901
region: eu-central-1
tags: {team: sales}
resources:
  net:
    kind: demo.network
    cidr_block: 10.0.0.0/16
    adopt: vpc-1
    protect: true
    region: us-east-1
    tags: {data: "none"}
    renamed_from: network
  api:
    kind: service
    image: api:1
    depends_on: [net]
    environment: {NODE_ENV: production, PORT: 3000, DEBUG: NO}
    overrides:
      listener: {port: 443, policy: on}
removed:
  - name: demo.bucket/old
    reason: moved away
  - {name: older, reason: not used, keep: true}
"""


def test_a_full_spec_becomes_a_stack() -> None:
    found = stack(FULL)
    assert (found.name, found.account, found.region, found.env) == ("shop", "012345678901", "eu-central-1", None)
    assert (found.tags, found.file) == ({"team": "sales"}, "spec.yaml")
    assert list(found.entries) == ["net", "api"]
    assert found.removed == (Removal("demo.bucket/old", "moved away"), Removal("older", "not used", keep=True))
    assert [removal.place and removal.place.line for removal in found.removed] == [22, 24]


def test_an_entry_carries_what_every_entry_may_say() -> None:
    net = stack(FULL).entries["net"]
    assert (net.kind, net.adopt, net.protect, net.region) == ("demo.network", "vpc-1", True, "us-east-1")
    assert (net.tags, net.renamed_from, net.depends_on) == ({"data": "none"}, "network", ())
    assert net.properties == {"cidr_block": "10.0.0.0/16", "tenancy": "default", "dns": True}
    assert net.place == Place("spec.yaml", 6, 3, 3)
    assert net.places[("cidr_block",)] == Place("spec.yaml", 8, 17, 11)


def test_a_component_carries_its_overrides() -> None:
    api = stack(FULL).entries["api"]
    assert api.overrides == {"listener": {"port": 443, "policy": "on"}}
    assert (api.adopt, api.protect, api.region, api.depends_on) == (False, None, None, ("net",))
    assert api.properties["environment"] == {"NODE_ENV": "production", "PORT": "3000", "DEBUG": "NO"}


def test_an_empty_stack_is_valid() -> None:
    found = stack("stack: shop\nregion: eu-central-1\nresources: {}\n")
    assert (found.entries, found.removed, found.tags) == ({}, (), {})


def test_read_stack_does_the_whole_front_of_the_line() -> None:
    file = HERE / "schemas" / "example.yaml"
    found = read_stack(file, "staging", {"size": "512"}, catalog())
    assert (found.name, found.file) == ("shop-staging", str(file))
    assert found.entries["db"].properties["cpu"] == 512


# --- types and defaults ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("properties", "name", "wanted"),
    [
        ("owner_account: 012345678901", "owner_account", "012345678901"),
        ("master_username: no", "master_username", "no"),
        ("version: 16.10", "version", "16.10"),
        ("version: 16.4", "version", 16.4),
        ("cpu: 512", "cpu", 512),
        ("ratio: 0.5", "ratio", 0.5),
        ("multi_az: true", "multi_az", True),
        ("zones: [a, 1, true]", "zones", ["a", "1", "true"]),
        ("parameters: {a: 1, b: on, c: 010}", "parameters", {"a": "1", "b": "on", "c": "010"}),
        ("policy: {a: 1, b: yes, c: true}", "policy", {"a": 1, "b": "yes", "c": True}),
        ("target: 5433", "target", 5433),
        ("target: {host: 10}", "target", {"host": "10", "port": 5432}),
        ("action: {type: keep}", "action", {"type": "keep", "days": 30}),
        ("action: {type: move, to: 5}", "action", {"type": "move", "to": "5"}),
        ("pair: [1, 1]", "pair", ["1", 1]),
        ("nothing_or_text: null", "nothing_or_text", None),
        ("nothing_or_text: 'null'", "nothing_or_text", "null"),
        ("backup: {}", "backup", {"days": 7}),
        ("backup: {copies: [{region: x}]}", "backup", {"days": 7, "copies": [{"region": "x", "encrypted": True}]}),
        ("", "logging", {"level": "info"}),
        ("logging: {level: debug}", "logging", {"level": "debug"}),
        ("", "cpu", 256),
    ],
)
def test_the_schema_decides_type_and_default(properties: str, name: str, wanted: Any) -> None:
    found = value(properties, name)
    assert (found, type(found)) == (wanted, type(wanted))


def test_an_optional_mapping_without_default_stays_absent() -> None:
    assert set(database("").properties) == {"engine", "cpu", "multi_az", "logging"}


def test_a_default_is_never_shared_between_entries() -> None:
    first, second = database(""), database("")
    assert first.properties["logging"] is not second.properties["logging"]


@pytest.mark.parametrize(
    ("properties", "name", "wanted"),
    [
        ("storage: ${other.size}", "storage", Reference("other", "size")),
        ("cpu: ${other.cpu}", "cpu", Reference("other", "cpu")),
        ("zones: ${net.zones}", "zones", Reference("net", "zones")),
        ("zones: ['${net.zone}', b]", "zones", [Reference("net", "zone"), "b"]),
        ("backup: ${other.backup}", "backup", Reference("other", "backup")),
        ("target: ${other.port}", "target", Reference("other", "port")),
        ("action: ${other.action}", "action", Reference("other", "action")),
        ("certificate: arn:${other.arn}", "certificate", Template(("arn:", Reference("other", "arn")))),
        ("master_username: u${other.id}", "master_username", Template(("u", Reference("other", "id")))),
        ("master_username: $${x}", "master_username", None),
        ("owner_account: ${stack}-${region}", "owner_account", "shop-eu-central-1"),
    ],
)
def test_a_reference_is_accepted_wherever_any_type_is_wanted(properties: str, name: str, wanted: Any) -> None:
    if wanted is None:
        assert database_problem(properties).code == codes.BAD_FORM
    else:
        assert value(properties, name) == wanted


def test_a_text_with_a_reference_inside_is_still_a_text() -> None:
    problem = database_problem("storage: 1${other.size}")
    assert (problem.code, at(problem)) == (codes.WRONG_TYPE, (7, 14))


@pytest.mark.parametrize(
    ("properties", "name", "wanted"),
    [
        ("storage: {owner: autoscaling, within: [20, 100]}", "storage", Band("autoscaling", 20, 100)),
        ("storage: {owner: autoscaling, within: [20, null]}", "storage", Band("autoscaling", 20, None)),
        ("version: {owner: pipeline}", "version", Band("pipeline")),
        ("parameters: {owner: sales}", "parameters", {"owner": "sales"}),
        ("policy: {owner: sales}", "policy", {"owner": "sales"}),
    ],
)
def test_a_value_may_have_another_owner_where_no_mapping_is_wanted(properties: str, name: str, wanted: Any) -> None:
    assert value(properties, name) == wanted


@pytest.mark.parametrize("within", ["[5]", "[9, 1]", "5", "[a, b]", "[1, 2, 3]"])
def test_the_limits_of_another_owner_are_two_numbers_in_order(within: str) -> None:
    problem = database_problem(f"storage: {{owner: autoscaling, within: {within}}}")
    assert (problem.code, at(problem)) == (codes.WRONG_TYPE, (7, 14))
    assert "within: [2, 10]" in problem.help


# --- mistakes of properties -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("properties", "code", "place", "advice"),
    [
        ("cpuu: 256", codes.UNKNOWN_KEY, (7, 5), "did you mean `cpu`?"),
        ("cpu: 256\ncpuu: 512", codes.UNKNOWN_KEY, (8, 5), "did you mean `cpu`? (already set on line 7)"),
        ("zzzzzz: 1", codes.UNKNOWN_KEY, (7, 5), "allowed are `action`, `adopt`"),
        ("overrides: {}", codes.UNKNOWN_KEY, (7, 5), "allowed are"),
        ("backup: {dayz: 1}", codes.UNKNOWN_KEY, (7, 14), "did you mean `days`?"),
        ("backup:\n  copies:\n    - {region: x, encripted: true}", codes.UNKNOWN_KEY, (9, 23), "`encrypted`"),
        ("cpu: 300", codes.NOT_ALLOWED, (7, 10), "allowed are `256`, `512`, `1024`"),
        ("cpu: 215", codes.NOT_ALLOWED, (7, 10), "allowed are `256`, `512`, `1024`"),
        ("cpu: 255", codes.NOT_ALLOWED, (7, 10), "did you mean `256`?"),
        ("storage: big", codes.WRONG_TYPE, (7, 14), "write for example `100`"),
        ("storage: '100'", codes.WRONG_TYPE, (7, 14), "write `100` without quotes"),
        ("storage: 0100", codes.WRONG_TYPE, (7, 14), "write `100` without quotes or leading zeros"),
        ("storage:", codes.WRONG_TYPE, (7, 13), "give it a value, for example `100`, or delete the line"),
        ("storage: 10", codes.OUT_OF_RANGE, (7, 14), "at least 20 and at most 65536"),
        ("storage: 70000", codes.OUT_OF_RANGE, (7, 14), "at least 20 and at most 65536"),
        ("storage: 25", codes.OUT_OF_RANGE, (7, 14), "at least 20"),
        ("ratio: 1", codes.OUT_OF_RANGE, (7, 12), "less than 1"),
        ("ratio: 0", codes.OUT_OF_RANGE, (7, 12), "more than 0"),
        ("multi_az: yes", codes.WRONG_TYPE, (7, 15), "write `true`"),
        ("multi_az: Off", codes.WRONG_TYPE, (7, 15), "write `false`"),
        ("multi_az: 1", codes.WRONG_TYPE, (7, 15), "write for example `true`"),
        ("master_username: Admin", codes.BAD_FORM, (7, 22), "lower-case letters, digits and `_`; for example `app`"),
        ("master_username: a", codes.WRONG_LENGTH, (7, 22), "lower-case letters"),
        ("zones: a", codes.WRONG_TYPE, (7, 12), "write a list, for example `[a]`"),
        ("zones: []", codes.WRONG_LENGTH, (7, 12), "Zones"),
        ("zones: [a, b, c, d]", codes.WRONG_LENGTH, (7, 12), "Zones"),
        ("zones: [a, b, a]", codes.REPEATED_ITEM, (7, 19), "delete one of the two"),
        ("zones: {a: b}", codes.WRONG_TYPE, (7, 12), 'write for example `["a", "b"]`'),
        ("backup: 7", codes.WRONG_TYPE, (7, 13), 'write for example `{"days": 7}`'),
        ("backup: {copies: [{encrypted: true}]}", codes.MISSING, (7, 23), "add `region: eu-west-1`"),
        ("parameters: {a: [1]}", codes.WRONG_TYPE, (7, 21), "write for example `on`"),
        ("target: 70000", codes.OUT_OF_RANGE, (7, 13), "at most 65535"),
        ("target: db", codes.WRONG_TYPE, (7, 13), "write for example `5432`"),
        ("target: {host: db, prt: 1}", codes.UNKNOWN_KEY, (7, 24), "did you mean `port`?"),
        ("target: {port: 5432}", codes.MISSING, (7, 5), "add `host: db`"),
        ("action: {type: move}", codes.MISSING, (7, 5), "add `to: x`"),
        ("action: {type: keep, dayz: 3}", codes.UNKNOWN_KEY, (7, 26), "did you mean `days`?"),
        ("either: {}", codes.MISSING, (7, 5), "add `left` or `right`"),
        ("certificate: my-cert", codes.BAD_FORM, (7, 18), "arn:aws:service"),
        ("key: k", codes.MISSING, (7, 5), "add `certificate`"),
        ("pair: [a, 1, 2]", codes.NO_FORM_FITS, (7, 11), "A name and a number"),
    ],
)
def test_a_mistake_in_a_property_has_code_place_and_way_out(
    properties: str, code: str, place: tuple[int, int], advice: str
) -> None:
    problem = database_problem(properties)
    assert (problem.code, at(problem)) == (code, place), problem
    assert advice in problem.help


def test_the_wrong_branch_of_a_discriminated_form_is_not_talked_about() -> None:
    problem = database_problem("action: {type: kep}")
    assert (problem.code, at(problem)) == (codes.NOT_ALLOWED, (7, 20))
    assert "did you mean `keep`?" in problem.help


def test_a_mistyped_required_key_is_one_problem_and_not_two() -> None:
    (problem,) = problems(database_text("engin: postgres"))
    assert (problem.code, at(problem)) == (codes.UNKNOWN_KEY, (6, 5))
    assert problem.help == "did you mean `engine`?"


def test_messages_say_where_inside_the_entry_it_is() -> None:
    problem = database_problem("backup: {copies: [{region: x}, {region: [y]}]}")
    assert problem.message == "`db.backup.copies[1].region` wants a text, found a list"


def test_all_mistakes_of_a_file_come_in_one_run_and_in_its_order() -> None:
    text = """\
stack: Shop
regoin: eu-central-1
resources:
  db:
    kind: demo.database
    engine: postgress
    storage: many
    zones: [a, "${x y}"]
  net:
    kind: demo.netwrk
  Bad_Name:
    kind: demo.network
    cidr_block: 10.0.0.1/16
  other: 5
  last: {cidr_block: 10.0.0.0/16}
"""
    assert [(problem.code, problem.place.line) for problem in problems(text)] == [
        (codes.BAD_FORM, 1),
        (codes.UNKNOWN_KEY, 2),
        (codes.NOT_ALLOWED, 6),
        (codes.WRONG_TYPE, 7),
        (codes.REFERENCE_SYNTAX, 8),
        (codes.UNKNOWN_KIND, 10),
        (codes.BAD_NAME, 11),
        (codes.BAD_FORM, 13),
        (codes.WRONG_TYPE, 14),
        (codes.MISSING, 15),
    ]


def test_the_list_of_mistakes_ends_somewhere() -> None:
    text = HEAD + "resources:\n" + "".join(f"  n{n}: {{kind: nothing}}\n" for n in range(5000))
    found = problems(text)
    assert len(found) == codes.MAX_PROBLEMS + 1
    assert found[-1].code == codes.TOO_MANY_PROBLEMS


# --- mistakes of entries and envelope -------------------------------------------------------------------------------


def network(*lines: str) -> str:
    body = "".join(f"    {line}\n" for line in ("kind: demo.network", "cidr_block: 10.0.0.0/16", *lines))
    return f"{HEAD}resources:\n  net:\n{body}"


@pytest.mark.parametrize(
    ("text", "code", "place", "advice"),
    [
        (network("adopt: []"), codes.WRONG_TYPE, (7, 12), "write for example `true`"),
        (network("protect: yes"), codes.WRONG_TYPE, (7, 14), "write `true`"),
        (network("depends_on: net"), codes.WRONG_TYPE, (7, 17), "write a list, for example `[net]`"),
        (network("tags: {'aws:x': y}"), codes.BAD_NAME, (7, 12), "does not start with `aws:`"),
        (network("region: mars"), codes.BAD_FORM, (7, 13), "for example `us-east-1`"),
        (network("region: ${db.region}"), codes.REFERENCE_NOT_HERE, (7, 13), "write the value out"),
        (network("region: {owner: pipeline}"), codes.REFERENCE_NOT_HERE, (7, 13), "write the value out"),
        (network("tags: {a: {owner: b}}"), codes.REFERENCE_NOT_HERE, (7, 11), "write the value out"),
        (network().replace("shop", "{owner: x}"), codes.REFERENCE_NOT_HERE, (1, 8), "write the value out"),
        (network("tags: {a: '${db.id}'}"), codes.REFERENCE_NOT_HERE, (7, 16), "`${vars.name}`"),
        (network("depend_on: [net]"), codes.UNKNOWN_KEY, (7, 5), "did you mean `depends_on`?"),
        (network("tags: {'${db.id}': a}"), codes.REFERENCE_NOT_HERE, (7, 12), "write the key out"),
        (f"{HEAD}resources:\n  net:\n    knd: demo.network\n", codes.UNKNOWN_KEY, (5, 5), "did you mean `kind`?"),
        (f"{HEAD}resources:\n  net:\n    type: demo.network\n", codes.UNKNOWN_KEY, (5, 5), "did you mean `kind`?"),
        (f"{HEAD}resources:\n  net:\n    zones: []\n", codes.MISSING, (4, 3), "known are `service`, `demo.database`"),
        (f"{HEAD}resources:\n  net: {{kind: network}}\n", codes.UNKNOWN_KIND, (4, 15), "did you mean `demo.network`?"),
        (f"{HEAD}resources:\n  net: {{kind: servce}}\n", codes.UNKNOWN_KIND, (4, 15), "did you mean `service`?"),
        (f"{HEAD}resources:\n  net: {{kind: demo.x}}\n", codes.UNKNOWN_KIND, (4, 15), "known are `demo.database`"),
        (f"{HEAD}resources:\n  net: {{kind: [a]}}\n", codes.UNKNOWN_KIND, (4, 15), "known are"),
        (f"{HEAD}resources:\n  net: {{kind: '${{vars.x}}'}}\n", codes.UNKNOWN_KIND, (4, 15), "known are"),
        (network().replace("net:", "region:"), codes.BAD_NAME, (4, 3), "choose another name"),
        (network().replace("net:", "vars:"), codes.BAD_NAME, (4, 3), "choose another name"),
        (network().replace("net:", "Net:"), codes.BAD_NAME, (4, 3), "lower-case letters"),
        ("stack: shop\nregion: eu-central-1\n", codes.MISSING, (1, 1), "add `resources: "),
        ("stack: shop\nresources: {}\n", codes.MISSING, (1, 1), "add `region: eu-central-1`"),
        (f"{HEAD}resource: {{}}\n", codes.UNKNOWN_KEY, (3, 1), "did you mean `resources`?"),
        (f"{HEAD}resources: []\n", codes.WRONG_TYPE, (3, 12), "write for example `{"),
        (f"{HEAD}resources: {{}}\naccount: 12345\n", codes.BAD_FORM, (4, 10), "12 digits with leading zeros"),
        (f"{HEAD}resources: {{}}\naccount: '${{a.b}}'\n", codes.REFERENCE_NOT_HERE, (4, 11), "write the value out"),
        (f"{HEAD}resources: {{}}\nremoved: [{{name: a}}]\n", codes.MISSING, (4, 11), "add `reason: "),
        (f"{HEAD}resources: {{}}\nvars: {{Bad: 1}}\n", codes.BAD_NAME, (4, 8), "variable name"),
        (f"{HEAD}resources: {{}}\nenvironments: {{Bad: {{}}}}\n", codes.BAD_NAME, (4, 16), "environment name"),
        (f"{HEAD}resources: {{}}\nenvironments: [a]\n", codes.WRONG_TYPE, (4, 15), "write for example `{"),
    ],
)
def test_a_mistake_outside_the_properties_has_code_place_and_way_out(
    text: str, code: str, place: tuple[int, int], advice: str
) -> None:
    (problem,) = problems(text)
    assert (problem.code, at(problem)) == (code, place), problem
    assert advice in problem.help


# --- resources made by components -----------------------------------------------------------------------------------


def made(properties: dict[str, Any]) -> tuple[Any, list[Problem]]:
    subject = Subject("api-db", "`demo.database`", Place("spec.yaml", 4, 3), {})
    return completed(properties, catalog().fragment("demo.database"), subject)


CERTIFICATE = {"certificate": "arn:aws:acm:a:012345678901:b"}


def test_a_resource_made_by_a_component_gets_the_defaults_of_its_kind() -> None:
    found, refused = made({"engine": "mysql", "storage": Reference("a", "b"), "key": Generated()} | CERTIFICATE)
    assert not refused
    assert found["logging"] == {"level": "info"}
    assert found["storage"] == Reference("a", "b")


def test_a_resource_its_kind_refuses_is_told_at_the_entry() -> None:
    _, (problem,) = made({"engine": "mysql", "storge": 1})
    assert (problem.code, at(problem)) == (codes.UNKNOWN_KEY, (4, 3))
    assert problem.message == "unknown key `storge` in `api-db`"
