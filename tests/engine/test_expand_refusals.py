"""References that lead to something that cannot stand where they are: refused with the place, never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import Problem
from tests.engine.specs import expanded, problems

NETWORK = "  net: {kind: network}\n"
TOPIC = "  news: {kind: sns.topic}\n"


def the_problem(folder: Path, text: str) -> Problem:
    (problem,) = problems(folder, text)
    return problem


# --- two objects of one address ---------------------------------------------------------------------------------------


def test_an_entry_named_like_a_part_of_a_component_is_refused(tmp_path: Path) -> None:
    problem = the_problem(tmp_path, NETWORK + "  net-vpc: {kind: ec2.vpc, cidr_block: 10.9.0.0/16}\n")
    assert "`ec2.vpc/net-vpc`" in problem.message
    assert problem.place.line == 5
    assert [place.line for place, _ in problem.related] == [4]


def test_names_of_different_kinds_may_be_the_same(tmp_path: Path) -> None:
    assert len(expanded(tmp_path, NETWORK + "  net-vpc: {kind: sns.topic}\n").resources) == 10


def test_a_component_that_would_make_two_parts_of_one_name_is_refused(tmp_path: Path) -> None:
    text = "  mail: {kind: email, domain: example.com, senders: [a.b@x.com, a-b@x.com, a_b@x.com]}\n"
    assert any("sesv2.email_identity/mail-sender" in problem.message for problem in problems(tmp_path, text))


# --- what a component is given ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "missing"),
    [
        ("kind: postgres, network: '${news}'", "vpc_id"),
        ("kind: web_service, image: a, network: '${news}'", "vpc_id"),
        ("kind: worker, image: a, network: '${news}'", "public_subnet_ids"),
        ("kind: alarms, service: '${net}'", "cluster_name"),
        ("kind: alarms, database: '${net}'", "db_instance_identifier"),
    ],
)
def test_a_component_given_something_else_says_what_it_lacks(tmp_path: Path, entry: str, missing: str) -> None:
    found = problems(tmp_path, NETWORK + TOPIC + f"  x: {{{entry}}}\n")
    assert f"`{missing}`" in " ".join(problem.message for problem in found)
    assert {problem.place.line for problem in found} == {6}


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("kind: network, cidr_block: '${v.cidr_block}'", "cidr_block"),
        ("kind: network, availability_zones: ['${news.name}', eu-central-1b]", "availability_zones"),
        ("kind: postgres, network: '${net}', replicas: '${news.name}'", "replicas"),
        ("kind: postgres, network: '${net}', master_username: '${news.name}'", "master_username"),
        ("kind: postgres, network: '${net}', parameters: '${news.name}'", "parameters"),
        ("kind: web_service, network: '${net}', image: a, cpu: '${news.name}'", "cpu"),
        ("kind: web_service, network: '${net}', image: a, scaling: {min: '${news.name}'}", "scaling"),
        ("kind: worker, network: '${net}', image: a, environment: '${news.name}'", "environment"),
        ("kind: email, domain: example.com, senders: ['${news.name}']", "senders"),
        ("kind: bucket, versioned: '${news.name}'", "versioned"),
    ],
)
def test_what_a_component_must_know_beforehand_cannot_be_a_reference(tmp_path: Path, entry: str, name: str) -> None:
    others = NETWORK + TOPIC + "  v: {kind: ec2.vpc, cidr_block: 10.9.0.0/16}\n"
    problem = the_problem(tmp_path, others + f"  x: {{{entry}}}\n")
    assert (problem.code, problem.place.line) == ("RC1204", 7)
    assert problem.message.startswith(f"`{name}` cannot hold `${{")


def test_an_output_that_is_known_beforehand_may_stand_anywhere(tmp_path: Path) -> None:
    found = expanded(tmp_path, NETWORK + "  x: {kind: network, cidr_block: '${net.cidr_block}'}\n")
    assert found.resources["ec2.vpc/x-vpc"].properties["cidr_block"] == "10.0.0.0/16"


def test_what_needs_a_wrong_entry_is_not_complained_about_as_well(tmp_path: Path) -> None:
    text = "  net: {kind: network, cidr_block: '${news.bogus}'}\n" + TOPIC
    text += "  db: {kind: postgres, network: '${net}'}\n  bell: {kind: alarms, database: '${db}'}\n"
    assert [problem.place.line for problem in problems(tmp_path, text)] == [4]


# --- types ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["net", "net.public_subnet_ids"])
def test_what_is_no_text_cannot_stand_inside_a_text(tmp_path: Path, reference: str) -> None:
    problem = the_problem(tmp_path, NETWORK + f"  t: {{kind: sns.topic, display_name: 'in ${{{reference}}}!'}}\n")
    assert (problem.code, problem.place.line) == ("RC1204", 5)


@pytest.mark.parametrize("reference", ["net", "net.public_subnet_ids"])
def test_what_is_no_text_cannot_stand_where_a_text_is_wanted(tmp_path: Path, reference: str) -> None:
    problem = the_problem(tmp_path, NETWORK + f"  t: {{kind: sns.topic, display_name: '${{{reference}}}'}}\n")
    assert (problem.code, problem.place.line) == ("RC1103", 5)


# --- two sources of one password --------------------------------------------------------------------------------------

DATABASE = "kind: rds.db_instance, db_instance_class: db.t4g.micro, engine: postgres, allocated_storage: 20"
LOGIN = "master_username: app, master_user_password: {secret_arn: '${login.arn}'}"


def test_a_password_that_rds_makes_cannot_be_given_too(tmp_path: Path) -> None:
    text = f"  login: {{kind: secretsmanager.secret}}\n  db: {{{DATABASE}, {LOGIN}}}\n"
    problem = the_problem(tmp_path, text)
    assert (problem.code, problem.place.line) == ("RC1421", 5)
    assert "manage_master_user_password: false" in problem.help
    given = text.replace("master_username: app", "master_username: app, manage_master_user_password: false")
    assert problems(tmp_path, given) == []


def test_a_secret_is_generated_or_composed_and_not_both(tmp_path: Path) -> None:
    composed = "compose_secret_string: {template: '{password}', secret_arn: 'arn:aws:secretsmanager:x'}"
    text = f"  url: {{kind: secretsmanager.secret, generate_secret_string: {{}}, {composed}}}\n"
    problem = the_problem(tmp_path, text)
    assert (problem.code, problem.place.line) == ("RC1421", 4)


def test_a_database_whose_password_rds_manages_has_no_replica(tmp_path: Path) -> None:
    source = "source_db_instance_identifier: '${db.db_instance_identifier}'"
    replica = f"  reader: {{kind: rds.db_read_replica, {source}, db_instance_class: db.t4g.micro}}\n"
    text = f"  db: {{{DATABASE}, master_username: app}}\n" + replica
    problem = the_problem(tmp_path, text)
    assert (problem.code, problem.place.line) == ("RC1422", 5)
    assert [place.line for place, _ in problem.related] == [4]
    unmanaged = text.replace("master_username: app", "master_username: app, manage_master_user_password: false")
    assert problems(tmp_path, unmanaged) == []
