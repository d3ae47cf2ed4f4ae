"""Entries become AWS objects: addresses, names, tags, links, overrides, and every mistake with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import Problem
from reconciler.expand import Expanded, expand
from reconciler.model import Observed, Reference, Resource, Template, Unknown
from reconciler.observe import outputs_lookup
from reconciler.spec import read_stack
from tests.engine.specs import expanded, problems

NETWORK = "  network: {kind: network}\n"


def only(found: Expanded) -> Resource:
    (resource,) = found.resources.values()
    return resource


def the_problem(folder: Path, text: str) -> Problem:
    (problem,) = problems(folder, text)
    return problem


# --- one entry --------------------------------------------------------------------------------------------------------


def test_an_entry_of_a_kind_is_one_object_with_the_defaults_of_the_kind(tmp_path: Path) -> None:
    resource = only(expanded(tmp_path, "  net: {kind: ec2.vpc, cidr_block: 10.0.0.0/16}\n"))
    assert resource.address == "ec2.vpc/net"
    assert resource.properties == {
        "cidr_block": "10.0.0.0/16",
        "instance_tenancy": "default",
        "enable_dns_support": True,
        "enable_dns_hostnames": True,
    }
    assert (resource.account, resource.region, resource.stack) == ("123456789012", "eu-central-1", "shop")
    assert resource.place.line == 4


def test_an_entry_may_live_in_another_region(tmp_path: Path) -> None:
    assert only(expanded(tmp_path, "  t: {kind: sns.topic, region: us-east-1}\n")).region == "us-east-1"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a: {kind: sns.topic}", "shop-a"),
        ("a: {kind: sns.topic, name: chosen}", "chosen"),
        ("a: {kind: ses.template, subject_part: x}", "shop_a"),
        ("a: {kind: s3.bucket}", "shop-a-123456789012"),
    ],
)
def test_an_object_is_named_after_stack_and_entry_unless_the_spec_names_it(
    tmp_path: Path, written: str, name: str
) -> None:
    resource = only(expanded(tmp_path, f"  {written}\n"))
    names = {"sns.topic": "name", "ses.template": "template_name", "s3.bucket": "bucket"}
    assert resource.properties[names[resource.kind]] == name


def test_a_long_name_is_cut_and_stays_different_from_others(tmp_path: Path) -> None:
    text = "".join(
        f"  balancer-of-the-customers-of-{name}: {{kind: elbv2.load_balancer, subnets: [subnet-1, subnet-2]}}\n"
        for name in ("the-north", "the-south")
    )
    names = [resource.properties["name"] for resource in expanded(tmp_path, text).resources.values()]
    assert all(len(name) <= 32 for name in names)
    assert len(set(names)) == 2


def test_a_group_of_another_port_has_another_name(tmp_path: Path) -> None:
    text = "  t: {{kind: elbv2.target_group, vpc_id: vpc-1, port: {port}, protocol: HTTP, target_type: ip}}\n"
    first, second = (only(expanded(tmp_path, text.format(port=port))) for port in (80, 81))
    assert first.address == second.address
    assert first.properties["name"] != second.properties["name"]
    assert first.properties["name"] == only(expanded(tmp_path, text.format(port=80))).properties["name"]


# --- tags and protection ----------------------------------------------------------------------------------------------

TAGGED = """
stack: shop
region: eu-central-1
tags: {team: shop, tier: all}
resources:
  t: {kind: sns.topic, tags: {tier: news}}
  v: {kind: ec2.vpc, cidr_block: 10.0.0.0/16}
  own: {kind: ec2.vpc, cidr_block: 10.0.0.0/16, tags: {Name: chosen}}
"""


def test_tags_of_the_entry_win_over_those_of_the_stack_and_ours_are_always_there(tmp_path: Path) -> None:
    assert expanded(tmp_path, TAGGED).resources["sns.topic/t"].tags == {
        "team": "shop",
        "tier": "news",
        "reconciler:stack": "shop",
        "reconciler:resource": "sns.topic/t",
    }


def test_what_the_console_lists_by_its_name_tag_has_one(tmp_path: Path) -> None:
    found = expanded(tmp_path, TAGGED).resources
    assert found["ec2.vpc/v"].tags["Name"] == "shop-v"
    assert found["ec2.vpc/own"].tags["Name"] == "chosen"


@pytest.mark.parametrize(
    ("written", "protected"),
    [
        ("{kind: s3.bucket}", True),
        ("{kind: s3.bucket, protect: false}", False),
        ("{kind: sns.topic}", False),
        ("{kind: sns.topic, protect: true}", True),
        ("{kind: bucket}", True),
        ("{kind: bucket, protect: false}", False),
    ],
)
def test_what_holds_data_is_protected_unless_the_entry_says_otherwise(
    tmp_path: Path, written: str, protected: bool
) -> None:
    resource = only(expanded(tmp_path, f"  a: {written}\n"))
    assert resource.protect is protected
    assert ("reconciler:protect" in resource.tags) is protected


# --- links ------------------------------------------------------------------------------------------------------------


def test_a_reference_to_an_entry_is_a_reference_to_its_object(tmp_path: Path) -> None:
    text = "  v: {kind: ec2.vpc, cidr_block: 10.0.0.0/16}\n  g: {kind: ec2.internet_gateway, vpc_id: '${v.vpc_id}'}\n"
    found = expanded(tmp_path, text)
    reference = found.resources["ec2.internet_gateway/g"].properties["vpc_id"]
    assert reference == Reference("ec2.vpc/v", "vpc_id")
    assert reference.place is not None
    assert reference.place.line == 5
    assert found.dependencies["ec2.internet_gateway/g"] == ("ec2.vpc/v",)


@pytest.mark.parametrize("order", [1, -1])
def test_a_part_of_a_component_is_referred_to_by_its_own_name(tmp_path: Path, order: int) -> None:
    lines = [NETWORK, "  g: {kind: ec2.security_group, description: x, vpc_id: '${network-vpc.vpc_id}'}\n"]
    found = expanded(tmp_path, "".join(lines[::order]))
    assert found.resources["ec2.security_group/g"].properties["vpc_id"] == Reference("ec2.vpc/network-vpc", "vpc_id")


def test_an_output_that_is_known_is_a_plain_value(tmp_path: Path) -> None:
    text = NETWORK.replace("}", ", cidr_block: 10.9.0.0/16}")
    text += "  t: {kind: sns.topic, display_name: '${network.cidr_block}'}\n"
    assert expanded(tmp_path, text).resources["sns.topic/t"].properties["display_name"] == "10.9.0.0/16"


def test_outputs_inside_a_text_become_one_text_or_one_template(tmp_path: Path) -> None:
    text = NETWORK + "  t: {kind: sns.topic, display_name: 'in ${network.cidr_block}: ${network.vpc_id}!'}\n"
    name = expanded(tmp_path, text).resources["sns.topic/t"].properties["display_name"]
    assert isinstance(name, Template)
    assert str(name) == "in 10.0.0.0/16: ${ec2.vpc/network-vpc.vpc_id}!"


def test_waiting_for_a_component_is_waiting_for_all_its_parts(tmp_path: Path) -> None:
    found = expanded(tmp_path, NETWORK + "  t: {kind: sns.topic, depends_on: [network]}\n")
    assert set(found.dependencies["sns.topic/t"]) == set(found.resources) - {"sns.topic/t"}


# --- renamed ----------------------------------------------------------------------------------------------------------


def test_a_renamed_entry_keeps_the_name_its_object_was_made_with(tmp_path: Path) -> None:
    resource = only(expanded(tmp_path, "  letters: {kind: sns.topic, renamed_from: news}\n"))
    assert resource.properties["name"] == "shop-news"
    assert resource.renamed_from == "sns.topic/news"
    assert resource.tags["reconciler:resource"] == "sns.topic/letters"


def test_a_renamed_component_renames_each_of_its_parts(tmp_path: Path) -> None:
    found = expanded(tmp_path, "  mail: {kind: email, domain: example.com, renamed_from: post}\n").resources
    assert found["sesv2.email_identity/mail-domain"].renamed_from == "sesv2.email_identity/post-domain"
    assert found["sesv2.configuration_set/mail-events"].properties["configuration_set_name"] == "shop-post-events"


# --- overrides --------------------------------------------------------------------------------------------------------


def overridden(folder: Path, override: str) -> Resource:
    text = f"  files:\n    kind: bucket\n    overrides:\n      main: {override}\n"
    return only(expanded(folder, text))


def test_an_override_is_laid_over_the_part_at_any_depth(tmp_path: Path) -> None:
    resource = overridden(tmp_path, "{public_access_block_configuration: {block_public_policy: false}}")
    blocked = resource.properties["public_access_block_configuration"]
    assert blocked["block_public_policy"] is False
    assert blocked["block_public_acls"] is True
    assert resource.properties["versioning_configuration"] == {"status": "Enabled"}


def test_a_list_in_an_override_replaces_the_list(tmp_path: Path) -> None:
    assert overridden(tmp_path, "{lifecycle_configuration: {rules: []}}").properties["lifecycle_configuration"] == {
        "rules": []
    }


def test_null_in_an_override_takes_a_property_away(tmp_path: Path) -> None:
    assert "versioning_configuration" not in overridden(tmp_path, "{versioning_configuration: null}").properties


def test_a_place_in_an_override_is_where_it_is_written(tmp_path: Path) -> None:
    resource = overridden(tmp_path, "{versioning_configuration: {status: Suspended}}")
    assert resource.place_of(("versioning_configuration", "status")).line == 7


def test_an_override_of_a_part_there_is_none_of_names_those_there_are(tmp_path: Path) -> None:
    problem = the_problem(tmp_path, "  network:\n    kind: network\n    overrides:\n      vcp: {}\n")
    assert (problem.code, problem.place.line) == ("RC1405", 7)
    assert "public-routes" in problem.help


def test_an_override_the_kind_refuses_is_shown_where_it_is_written(tmp_path: Path) -> None:
    text = "  network:\n    kind: network\n    overrides:\n      vpc:\n"
    text += "        instance_tenancy: shared\n        bogus: 1\n"
    found = problems(tmp_path, text)
    assert [(problem.code, problem.place.line) for problem in found] == [("RC1104", 8), ("RC1102", 9)]
    assert all("network (vpc)" in problem.message for problem in found)


# --- elements of outputs ----------------------------------------------------------------------------------------------


def test_a_reference_may_take_an_element_of_a_components_list(tmp_path: Path) -> None:
    text = NETWORK + "  t: {kind: sns.topic, display_name: '${network.public_subnet_ids.1}'}\n"
    found = expanded(tmp_path, text).resources["sns.topic/t"].properties["display_name"]
    assert found == Reference("ec2.subnet/network-public-b", "subnet_id")


def test_a_reference_may_take_an_element_of_what_a_live_object_tells() -> None:
    live = Observed("a.b/x", "x", {}, outputs={"tokens": ["one", "two"], "records": {"mx": "mail"}})
    lookup = outputs_lookup({"a.b/x": live})
    assert lookup(Reference("a.b/x", "tokens.1")) == "two"
    assert lookup(Reference("a.b/x", "records.mx")) == "mail"
    assert isinstance(lookup(Reference("a.b/x", "tokens.2")), Unknown)


def test_an_element_that_cannot_be_is_refused(tmp_path: Path) -> None:
    text = NETWORK + "  t: {kind: sns.topic, display_name: '${network.public_subnet_ids.7}'}\n"
    problem = the_problem(tmp_path, text)
    assert (problem.code, problem.place.line) == ("RC1403", 5)
    assert problem.message == "`${network.public_subnet_ids.7}` goes too far: there is no element `7`"


# --- mistakes ---------------------------------------------------------------------------------------------------------

GROUP = "  web: {{kind: ec2.security_group, description: x, vpc_id: '${{{reference}}}'}}\n"


def test_an_unknown_name_is_guessed_and_the_guess_is_shown(tmp_path: Path) -> None:
    problem = the_problem(tmp_path, NETWORK + GROUP.format(reference="netwrok.vpc_id"))
    assert (problem.code, problem.place.line) == ("RC1401", 5)
    assert problem.help == "did you mean `network`?"
    assert [(place.line, text) for place, text in problem.related] == [(4, "`network` is declared here")]


def test_where_nothing_is_like_it_all_names_are_listed(tmp_path: Path) -> None:
    problem = the_problem(tmp_path, NETWORK + GROUP.format(reference="xyz.vpc_id"))
    assert problem.help == "the names of this spec are network, web"


def test_an_unknown_output_is_guessed_and_its_owner_is_shown(tmp_path: Path) -> None:
    problem = the_problem(tmp_path, NETWORK + GROUP.format(reference="network.vpcid"))
    assert (problem.code, problem.help) == ("RC1403", "did you mean `vpc_id`?")
    assert [place.line for place, _ in problem.related] == [4]


def test_all_unknown_names_are_shown_at_once(tmp_path: Path) -> None:
    text = "  a: {kind: sns.topic, display_name: '${x.a}', depends_on: [y]}\n"
    text += "  b: {kind: sns.topic, display_name: '${z.a}'}\n"
    assert [problem.message for problem in problems(tmp_path, text)] == [
        "nothing in this spec is named `x`",
        "nothing in this spec is named `y`",
        "nothing in this spec is named `z`",
    ]


def test_one_mistake_is_not_shown_again_by_those_who_refer_to_it(tmp_path: Path) -> None:
    text = NETWORK + "  db: {kind: postgres, network: '${network.vpc}'}\n  bell: {kind: alarms, database: '${db}'}\n"
    text += "  t: {kind: sns.topic, display_name: '${db.endpoint_address}'}\n"
    assert [problem.code for problem in problems(tmp_path, text)] == ["RC1403"]


def test_a_circle_between_entries_shows_each_reference_that_makes_it(tmp_path: Path) -> None:
    text = "  a: {kind: sns.topic, display_name: '${b.name}'}\n  b: {kind: sns.topic, depends_on: [a]}\n"
    problem = the_problem(tmp_path, text)
    assert problem.code == "RC1402"
    assert sorted([problem.place.line, *(place.line for place, _ in problem.related)]) == [4, 5]


def test_the_account_is_that_of_the_credentials_where_the_spec_names_none(tmp_path: Path) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text(
        "stack: shop\nregion: eu-central-1\nresources:\n  a:\n    kind: sns.topic\n    display_name: by ${account}\n"
    )
    stack = read_stack(path)
    (topic,) = expand(stack, "210987654321", stack.region).resources.values()
    assert topic.properties["display_name"] == "by 210987654321"


def test_a_renamed_bucket_keeps_the_name_its_objects_are_in(tmp_path: Path) -> None:
    (before,) = expanded(tmp_path, "  files: {kind: bucket}\n").resources.values()
    (after,) = expanded(tmp_path, "  uploads: {kind: bucket, renamed_from: files}\n").resources.values()
    assert after.properties["bucket"] == before.properties["bucket"] == "shop-files-123456789012"
