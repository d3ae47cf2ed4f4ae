"""Environments and `--var` are laid over the stack, and keep the places of the winning lines."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.spec import codes
from reconciler.spec.environments import names
from reconciler.spec.load import load_text
from tests.spec.support import at, problems, stack

SPEC = """\
stack: shop
account: 012345678901
region: eu-central-1
tags: {team: sales, stage: production}
vars:
  cpu: 512
  name: shop
  secret:
resources:
  db:
    kind: demo.database
    engine: postgres
    cpu: ${vars.cpu}
    zones: [a, b]
    backup: {days: 30, window: "03:00-04:00"}
    parameters: {name: "${vars.name}-${stack}-${region}", one: 1}
  net:
    kind: demo.network
    cidr_block: 10.0.0.0/16
environments:
  staging:
    region: eu-west-1
    account: "210987654321"
    tags: {stage: staging, team: null}
    vars: {cpu: 256}
    resources:
      db:
        zones: [c]
        backup:
          days: 1
        multi_az: true
      net: null
      extra:
        kind: demo.network
        cidr_block: 10.1.0.0/16
  empty:
"""


def properties(env: str | None = None, **variables: str) -> Any:
    return stack(SPEC, env, variables).entries["db"].properties


def test_without_an_environment_the_stack_is_itself() -> None:
    found = stack(SPEC)
    assert (found.name, found.env, found.region, found.account) == ("shop", None, "eu-central-1", "012345678901")
    assert list(found.entries) == ["db", "net"]


def test_an_environment_changes_the_identity_and_the_envelope() -> None:
    found = stack(SPEC, "staging")
    assert (found.name, found.env, found.region, found.account) == (
        "shop-staging",
        "staging",
        "eu-west-1",
        "210987654321",
    )
    assert found.tags == {"stage": "staging"}


def test_null_leaves_a_resource_out_and_a_kind_brings_one_in() -> None:
    assert list(stack(SPEC, "staging").entries) == ["db", "extra"]


def test_mappings_merge_and_lists_replace() -> None:
    found = properties("staging")
    assert found["backup"] == {"days": 1, "window": "03:00-04:00"}
    assert found["zones"] == ["c"]
    assert found["multi_az"] is True


def test_places_are_those_of_the_winning_lines() -> None:
    places = stack(SPEC, "staging").entries["db"].places
    assert {path: place.line for path, place in places.items() if path in {("backup", "days"), ("engine",)}} == {
        ("backup", "days"): 30,
        ("engine",): 12,
    }


def test_an_environment_without_changes_is_fine() -> None:
    assert stack(SPEC, "empty").name == "shop-empty"
    assert properties("empty") == {**properties(), "parameters": {"name": "shop-shop-empty-eu-central-1", "one": "1"}}


def test_a_file_says_which_environments_it_has() -> None:
    assert names(load_text(SPEC, "f")) == ("staging", "empty")
    assert names(load_text("a: b", "f")) == ()


@pytest.mark.parametrize(
    ("env", "variables", "cpu"), [(None, {}, 512), ("staging", {}, 256), ("staging", {"cpu": "1024"}, 1024)]
)
def test_a_variable_comes_from_the_command_then_the_environment_then_the_file(
    env: str | None, variables: dict[str, str], cpu: int
) -> None:
    assert properties(env, **variables)["cpu"] == cpu


def test_variables_and_words_fill_texts() -> None:
    assert properties(name="x")["parameters"]["name"] == "x-shop-eu-central-1"


def test_a_variable_takes_the_type_of_the_place_it_is_used_in() -> None:
    text = """\
stack: shop
region: eu-central-1
vars: {id: 012345678901, n: 512, list: [a, b]}
resources:
  db:
    kind: demo.database
    engine: postgres
    owner_account: ${vars.id}
    cpu: ${vars.n}
    zones: ${vars.list}
    policy: {n: "${vars.n}", text: "n=${vars.n}"}
"""
    found = stack(text).entries["db"].properties
    assert (found["owner_account"], found["cpu"], found["zones"]) == ("012345678901", 512, ["a", "b"])
    assert found["policy"] == {"n": 512, "text": "n=512"}


def test_the_region_of_an_entry_is_the_region_inside_it() -> None:
    text = SPEC.replace("    cpu: ${vars.cpu}\n", "    region: us-east-1\n")
    assert stack(text).entries["db"].properties["parameters"]["name"] == "shop-shop-us-east-1"


def test_an_unknown_account_stays_a_reference() -> None:
    text = SPEC.replace("account: 012345678901\n", "").replace("name: shop", "name: ${account}")
    name = stack(text).entries["db"].properties["parameters"]["name"]
    assert str(name) == "${account}-shop-eu-central-1"


@pytest.mark.parametrize(
    ("env", "variables", "code", "line", "advice"),
    [
        ("stagin", {}, codes.UNKNOWN_ENVIRONMENT, 20, "did you mean `staging`?"),
        ("production", {}, codes.UNKNOWN_ENVIRONMENT, 20, "the file has `staging`, `empty`"),
        (None, {"nam": "x"}, codes.UNKNOWN_VARIABLE, 5, "did you mean `--var name=...`?"),
        (None, {"zzz": "x"}, codes.UNKNOWN_VARIABLE, 5, "the file has `cpu`, `name`, `secret`"),
        (None, {"name": "a\u202eb"}, codes.FORBIDDEN_CHARACTER, 5, "type the value"),
    ],
)
def test_what_the_command_line_gets_wrong_is_told(
    env: str | None, variables: dict[str, str], code: str, line: int, advice: str
) -> None:
    (problem,) = problems(SPEC, env, variables)
    assert (problem.code, problem.place.line) == (code, line)
    assert advice in problem.help


@pytest.mark.parametrize(
    ("line", "instead", "code", "place", "advice"),
    [
        ("      net: null\n", "      nett: null\n", codes.NOT_IN_BASE, (32, 7), "did you mean `net`?"),
        ("      net: null\n", "      zzz: {cpu: 256}\n", codes.NOT_IN_BASE, (32, 7), "give it a `kind`"),
        ("    vars: {cpu: 256}\n", "    vars: {cpuu: 1}\n", codes.UNKNOWN_VARIABLE, (25, 12), "did you mean `cpu`?"),
        ("    region: eu-west-1\n", "    regoin: eu-west-1\n", codes.UNKNOWN_KEY, (22, 5), "did you mean `region`?"),
        (
            "        multi_az: true\n",
            "        multi_as: true\n",
            codes.UNKNOWN_KEY,
            (31, 9),
            "did you mean `multi_az`?",
        ),
        ("    resources:\n", "    tags: 1\n    resources:\n", codes.DUPLICATE_KEY, (26, 5), "keep one"),
        ("    vars: {cpu: 256}\n", "    vars: {cpu: 300}\n", codes.NOT_ALLOWED, (13, 10), "`256`, `512`, `1024`"),
    ],
)
def test_mistakes_of_the_chosen_environment_are_shown_in_its_lines(
    line: str, instead: str, code: str, place: tuple[int, int], advice: str
) -> None:
    (problem,) = problems(SPEC.replace(line, instead), "staging")
    assert (problem.code, at(problem)) == (code, place)
    assert advice in problem.help


def test_an_environment_that_is_not_chosen_is_still_checked_for_its_shape() -> None:
    (problem,) = problems(SPEC.replace("    region: eu-west-1\n", "    regoin: eu-west-1\n"))
    assert (problem.code, at(problem)) == (codes.UNKNOWN_KEY, (22, 5))


def test_a_wrong_shape_in_the_chosen_environment_is_reported_once() -> None:
    found = problems(SPEC.replace("    tags: {stage: staging, team: null}\n", "    tags: 5\n"), "staging")
    assert [(problem.code, problem.place.line) for problem in found] == [(codes.WRONG_TYPE, 24)]


@pytest.mark.parametrize(
    ("used", "code", "advice"),
    [
        ("${vars.nmae}", codes.UNKNOWN_VARIABLE, "did you mean `${vars.name}`?"),
        ("${vars.zzz}", codes.UNKNOWN_VARIABLE, "declared are `cpu`, `name`, `secret`"),
        ("${vars.secret}", codes.VARIABLE_WITHOUT_VALUE, "--var secret=..."),
        ("x${vars.secret}", codes.VARIABLE_WITHOUT_VALUE, "--var secret=..."),
        ("${env}", codes.NO_ENVIRONMENT, "--env NAME"),
    ],
)
def test_a_variable_that_has_no_value_is_told_where_it_is_used(used: str, code: str, advice: str) -> None:
    (problem,) = problems(SPEC.replace("cpu: ${vars.cpu}", f"owner_account: {used}"))
    assert (problem.code, problem.place.line) == (code, 13)
    assert advice in problem.help


def test_a_required_variable_can_be_set() -> None:
    text = SPEC.replace("cpu: ${vars.cpu}", "owner_account: ${vars.secret}")
    assert stack(text, None, {"secret": ""}).entries["db"].properties["owner_account"] == ""


def test_a_variable_cannot_use_another_one() -> None:
    (problem,) = problems(SPEC.replace("  name: shop\n", "  name: x-${vars.cpu}\n"))
    assert (problem.code, at(problem)) == (codes.REFERENCE_NOT_HERE, (7, 11))


def test_a_list_cannot_be_written_into_a_text() -> None:
    (problem,) = problems(SPEC.replace("  name: shop\n", "  name: [shop]\n"))
    assert (problem.code, problem.place.line) == (codes.REFERENCE_NOT_HERE, 16)


def test_variables_cannot_unfold_into_something_huge() -> None:
    uses = "".join(f'      k{index}: "${{vars.big}}"\n' for index in range(200))
    text = f"stack: shop\nregion: eu-central-1\nvars:\n  big: {'x' * 30_000}\nresources:\n"
    text += f"  db:\n    kind: demo.database\n    engine: mysql\n    parameters:\n{uses}"
    found = problems(text)
    assert [(problem.code, problem.place.line) for problem in found] == [(codes.TOO_LARGE, 3)]


def test_the_name_of_stack_and_environment_together_is_limited() -> None:
    text = SPEC.replace("stack: shop", "stack: " + "s" * 31)
    assert stack(text).name == "s" * 31
    (problem,) = problems(text, "staging")
    assert (problem.code, at(problem)) == (codes.NAME_TOO_LONG, (1, 8))


def test_the_name_of_the_stack_can_use_what_is_known_first() -> None:
    text = SPEC.replace("stack: shop", "stack: my-${vars.name}-${env}")
    assert stack(text, "staging").name == "my-shop-staging-staging"
    (problem,) = problems(SPEC.replace("stack: shop", "stack: my-${region}"))
    assert (problem.code, at(problem)) == (codes.REFERENCE_NOT_HERE, (1, 11))
