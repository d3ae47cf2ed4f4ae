"""What each component promises: who can reach what, what is encrypted, what a word of the entry changes."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

from reconciler.model import Band, Reference, Resource, Template
from tests.engine.specs import dangling, expanded, problems

NETWORK = "  net: {kind: network}\n"


def resources(folder: Path, text: str) -> dict[str, Resource]:
    found = expanded(folder, text).resources
    assert list(dangling(found)) == []
    return dict(found)


def of_kind(found: dict[str, Resource], kind: str) -> dict[str, Resource]:
    return {resource.name: resource for resource in found.values() if resource.kind == kind}


# --- network ----------------------------------------------------------------------------------------------------------


def test_a_network_has_a_public_and_a_private_subnet_in_each_zone(tmp_path: Path) -> None:
    zones = "[eu-central-1a, eu-central-1b, eu-central-1c]"
    found = resources(tmp_path, f"  net: {{kind: network, cidr_block: 10.20.0.0/16, availability_zones: {zones}}}\n")
    subnets = of_kind(found, "ec2.subnet")
    assert sorted(subnets) == [f"net-{tier}-{zone}" for tier in ("private", "public") for zone in "abc"]
    assert all(r.properties["map_public_ip_on_launch"] is ("public" in name) for name, r in subnets.items())
    assert all(r.properties["availability_zone"] == f"eu-central-1{name[-1]}" for name, r in subnets.items())


def test_subnets_lie_in_the_network_and_do_not_overlap(tmp_path: Path) -> None:
    for cidr in ("10.20.0.0/16", "192.168.4.0/24"):
        found = resources(tmp_path, f"  net: {{kind: network, cidr_block: {cidr}}}\n")
        blocks = [ip_network(subnet.properties["cidr_block"]) for subnet in of_kind(found, "ec2.subnet").values()]
        assert all(block.subnet_of(ip_network(cidr)) for block in blocks)  # type: ignore[arg-type]
        assert not any(one.overlaps(other) for one in blocks for other in blocks if one is not other)


def test_only_public_subnets_have_a_way_to_the_internet(tmp_path: Path) -> None:
    tables = of_kind(resources(tmp_path, NETWORK), "ec2.route_table")
    private, public = tables["net-private-routes"].properties, tables["net-public-routes"].properties
    assert private["routes"] == []
    assert public["routes"] == [
        {
            "destination_cidr_block": "0.0.0.0/0",
            "gateway_id": Reference("ec2.internet_gateway/net-gateway", "internet_gateway_id"),
        }
    ]
    assert {reference.target for reference in private["associations"]} == {
        "ec2.subnet/net-private-a",
        "ec2.subnet/net-private-b",
    }


def test_the_acl_of_private_subnets_lets_in_the_network_only(tmp_path: Path) -> None:
    (acl,) = of_kind(resources(tmp_path, NETWORK), "ec2.network_acl").values()
    assert {entry["cidr_block"] for entry in acl.properties["entries"]} == {"10.0.0.0/16"}
    assert sorted(entry["egress"] for entry in acl.properties["entries"]) == [False, True]
    assert {reference.target for reference in acl.properties["associations"]} == {
        "ec2.subnet/net-private-a",
        "ec2.subnet/net-private-b",
    }


def test_a_network_too_small_to_cut_up_is_refused(tmp_path: Path) -> None:
    for cidr in ("10.0.0.0/25", "10.0.0.0/29", "10.0.0.0/8"):
        (problem,) = problems(tmp_path, f"  net: {{kind: network, cidr_block: {cidr}}}\n")
        assert "/16 to a /24" in problem.help


# --- postgres ---------------------------------------------------------------------------------------------------------


def postgres(folder: Path, *lines: str) -> dict[str, Resource]:
    words = "".join(f"    {line}\n" for line in lines)
    return resources(folder, NETWORK + "  db:\n    kind: postgres\n    network: ${net}\n" + words)


def test_a_database_is_private_encrypted_and_its_password_is_in_no_spec(tmp_path: Path) -> None:
    found = postgres(tmp_path)
    instance = found["rds.db_instance/db"]
    assert instance.properties["publicly_accessible"] is False
    assert instance.properties["storage_encrypted"] is True
    assert instance.properties["master_user_password"] == {
        "secret_arn": Reference("secretsmanager.secret/db-password", "arn"),
        "key": "password",
        "version_id": Reference("secretsmanager.secret/db-password", "version_id"),
    }
    assert instance.protect
    assert found["secretsmanager.secret/db-password"].protect
    group = found["rds.db_subnet_group/db-subnets"].properties["subnet_ids"]
    assert {reference.target for reference in group} == {"ec2.subnet/net-private-a", "ec2.subnet/net-private-b"}


def test_only_members_of_the_client_group_reach_a_database(tmp_path: Path) -> None:
    groups = of_kind(postgres(tmp_path, "port: 6000"), "ec2.security_group")
    (rule,) = groups["db-access"].properties["ingress"]
    assert rule["referenced_group_id"] == Reference("ec2.security_group/db-clients", "group_id")
    assert (rule["from_port"], rule["to_port"]) == (6000, 6000)
    assert "ingress" not in groups["db-clients"].properties


def test_there_are_as_many_replicas_as_asked_for(tmp_path: Path) -> None:
    found = postgres(tmp_path, "replicas: 2", "replica_instance_class: db.t4g.large")
    replicas = of_kind(found, "rds.db_read_replica")
    assert sorted(replicas) == ["db-replica-1", "db-replica-2"]
    assert {each.properties["db_instance_class"] for each in replicas.values()} == {"db.t4g.large"}
    assert of_kind(postgres(tmp_path), "rds.db_read_replica") == {}


def test_the_address_of_a_replica_there_is_none_of_is_an_unknown_output(tmp_path: Path) -> None:
    text = NETWORK + "  db: {kind: postgres, network: '${net}'}\n"
    (problem,) = problems(tmp_path, text + "  t: {kind: sns.topic, display_name: '${db.replica_endpoint_address}'}\n")
    assert problem.code == "RC1403"


def test_the_parameter_family_follows_the_major_version(tmp_path: Path) -> None:
    found = postgres(tmp_path, 'engine_version: "17.2"')
    (group,) = of_kind(found, "rds.db_parameter_group").values()
    assert group.properties["db_parameter_group_family"] == "postgres17"
    assert found["rds.db_instance/db"].properties["engine_version"] == "17.2"


# --- web service, worker ----------------------------------------------------------------------------------------------


def service(folder: Path, *lines: str, kind: str = "web_service") -> dict[str, Resource]:
    words = "".join(f"    {line}\n" for line in lines)
    text = NETWORK + f"  api:\n    kind: {kind}\n    network: ${{net}}\n    image: api:1\n" + words
    return resources(folder, text)


CERTIFICATE = "certificate_arn: arn:aws:acm:eu-central-1:123456789012:certificate/1"


def ports_open_to(found: dict[str, Resource], group: str, source: str) -> list[int]:
    rules = found[f"ec2.security_group/{group}"].properties["ingress"]
    return sorted(rule["from_port"] for rule in rules if source in (rule.get("cidr_ipv4"), "any"))


def test_without_a_certificate_plain_http_is_forwarded(tmp_path: Path) -> None:
    found = service(tmp_path)
    (listener,) = of_kind(found, "elbv2.listener").values()
    assert (listener.properties["port"], listener.properties["default_actions"][0]["type"]) == (80, "forward")
    assert ports_open_to(found, "api-balancer-access", "0.0.0.0/0") == [80]


def test_with_a_certificate_plain_http_only_redirects(tmp_path: Path) -> None:
    found = service(tmp_path, CERTIFICATE)
    listeners = of_kind(found, "elbv2.listener")
    assert listeners["api-http"].properties["default_actions"][0]["type"] == "redirect"
    assert listeners["api-https"].properties["default_actions"][0]["type"] == "forward"
    assert ports_open_to(found, "api-balancer-access", "0.0.0.0/0") == [80, 443]


def test_only_those_named_reach_the_balancer_and_only_the_balancer_the_tasks(tmp_path: Path) -> None:
    found = service(tmp_path, "port: 8080", "allowed_cidr_blocks: [203.0.113.0/24]")
    assert ports_open_to(found, "api-balancer-access", "203.0.113.0/24") == [80]
    assert ports_open_to(found, "api-balancer-access", "0.0.0.0/0") == []
    (rule,) = found["ec2.security_group/api-tasks"].properties["ingress"]
    assert rule["referenced_group_id"] == Reference("ec2.security_group/api-balancer-access", "group_id")
    assert (rule["from_port"], rule["to_port"]) == (8080, 8080)


def test_a_service_waits_for_the_listener_that_forwards_to_it(tmp_path: Path) -> None:
    text = NETWORK + f"  api:\n    kind: web_service\n    network: ${{net}}\n    image: api:1\n    {CERTIFICATE}\n"
    needed = expanded(tmp_path, text).dependencies["ecs.service/api"]
    assert {"elbv2.listener/api-http", "elbv2.listener/api-https"} <= set(needed)


def test_how_many_tasks_run_belongs_to_the_scaling(tmp_path: Path) -> None:
    found = service(tmp_path, "scaling: {min: 2, max: 6}")
    assert found["ecs.service/api"].properties["desired_count"] == Band("autoscaling", 2, 6)
    target = found["application_autoscaling.scalable_target/api-scaling"].properties
    assert (target["min_capacity"], target["max_capacity"]) == (2, 6)
    assert isinstance(target["resource_id"], Template)


def test_a_cluster_of_its_own_is_made_unless_one_is_named(tmp_path: Path) -> None:
    assert sorted(of_kind(service(tmp_path), "ecs.cluster")) == ["api-cluster"]
    named = service(tmp_path, "cluster: shared")
    assert of_kind(named, "ecs.cluster") == {}
    assert named["ecs.service/api"].properties["cluster"] == "shared"


def statements(found: dict[str, Resource], role: str) -> list[dict[str, Any]]:
    policies = found[f"iam.role/{role}"].properties["policies"]
    return [statement for policy in policies.values() for statement in policy["Statement"]]


def test_starting_a_task_may_read_the_secrets_it_names_and_no_others(tmp_path: Path) -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop"
    found = service(tmp_path, f'secrets: {{A: "{arn}/a", B: "{arn}/b:key::"}}')
    allowed = [each for each in statements(found, "api-execution-role") if "secretsmanager" in str(each["Action"])]
    assert [each["Resource"] for each in allowed] == [[f"{arn}/a", f"{arn}/b"]]
    assert not [
        each for each in statements(service(tmp_path), "api-execution-role") if "secrets" in str(each["Action"])
    ]


def test_the_program_itself_has_only_the_permissions_it_was_given(tmp_path: Path) -> None:
    assert statements(service(tmp_path), "api-task-role") == []
    given = "permissions: [{Effect: Allow, Action: s3:GetObject, Resource: '*'}]"
    assert [each["Action"] for each in statements(service(tmp_path, given), "api-task-role")] == ["s3:GetObject"]


def test_nothing_connects_to_a_worker(tmp_path: Path) -> None:
    found = service(tmp_path, "desired_count: 3", kind="worker")
    assert found["ec2.security_group/api-tasks"].properties["ingress"] == []
    assert found["ecs.service/api"].properties["desired_count"] == 3
    assert "load_balancers" not in found["ecs.service/api"].properties
    assert of_kind(found, "elbv2.load_balancer") == {}


# --- bucket, email ----------------------------------------------------------------------------------------------------


def test_a_bucket_is_encrypted_private_and_named_apart_from_all_others(tmp_path: Path) -> None:
    (bucket,) = resources(tmp_path, "  uploads: {kind: bucket}\n").values()
    assert bucket.properties["bucket"] == "shop-uploads-123456789012"
    assert set(bucket.properties["public_access_block_configuration"].values()) == {True}
    assert bucket.properties["versioning_configuration"] == {"status": "Enabled"}
    assert bucket.protect


def test_a_bucket_without_versions_expires_none(tmp_path: Path) -> None:
    (bucket,) = resources(tmp_path, "  uploads: {kind: bucket, versioned: false, expire_after_days: 9}\n").values()
    assert bucket.properties["versioning_configuration"] == {"status": "Suspended"}
    rules = [rule["id"] for rule in bucket.properties["lifecycle_configuration"]["rules"]]
    assert rules == ["abort-incomplete-uploads", "expire"]


def test_two_buckets_of_long_names_do_not_get_the_same_one(tmp_path: Path) -> None:
    names = ["u" * 40 + letter for letter in "ab"]
    found = resources(tmp_path, "".join(f"  {name}: {{kind: bucket}}\n" for name in names))
    assert len({bucket.properties["bucket"] for bucket in found.values()}) == 2


def test_senders_of_one_name_at_two_domains_are_two_identities(tmp_path: Path) -> None:
    text = "  mail: {kind: email, domain: example.com, senders: [a@example.com, a@example.org]}\n"
    identities = of_kind(resources(tmp_path, text), "sesv2.email_identity").values()
    assert sorted(each.properties["email_identity"] for each in identities) == [
        "a@example.com",
        "a@example.org",
        "example.com",
    ]
