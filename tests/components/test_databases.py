"""What the components around a database promise: its options, its proxy, its pools, and how services get to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.components import _db_proxy, _pgbouncer
from reconciler.model import Reference, Resource, Template
from reconciler.spec import shipped
from tests.components.test_parts import NETWORK, of_kind, postgres, resources, statements
from tests.engine.specs import problems

DATABASE = NETWORK + "  db: {kind: postgres, network: '${net}', replicas: 1}\n"
SECRET = Reference("secretsmanager.secret/db-password", "arn")


def service(folder: Path, words: str, before: str = DATABASE, kind: str = "web_service") -> dict[str, Resource]:
    return resources(folder, before + f"  api: {{kind: {kind}, network: '${{net}}', image: 'api:1'{words}}}\n")


def containers(found: dict[str, Resource], task: str = "api-task") -> list[Any]:
    wanted: list[Any] = found[f"ecs.task_definition/{task}"].properties["container_definitions"]
    return wanted


def url(found: dict[str, Resource], part: str) -> str:
    composed = found[f"secretsmanager.secret/api-{part}"].properties["compose_secret_string"]
    return str(composed["template"])


# --- postgres ---------------------------------------------------------------------------------------------------------


def test_the_options_of_an_instance_are_the_components_own(tmp_path: Path) -> None:
    words = {
        "iops": 12000,
        "storage_throughput": 500,
        "allocated_storage": 400,
        "apply_immediately": False,
        "allow_major_version_upgrade": True,
        "auto_minor_version_upgrade": False,
        "ca_certificate_identifier": "rds-ca-rsa2048-g1",
        "enable_iam_database_authentication": True,
        "db_snapshot_identifier": "shop-db-final",
        "enable_cloudwatch_logs_exports": ["postgresql", "upgrade"],
        "performance_insights_retention_period": 31,
        "enable_performance_insights": True,
    }
    lines = [f"{name}: {str(value).lower() if isinstance(value, bool) else value}" for name, value in words.items()]
    instance = postgres(tmp_path, *lines)["rds.db_instance/db"].properties
    assert {name: instance[name] for name in words} == words


def test_enhanced_monitoring_brings_the_role_it_writes_with(tmp_path: Path) -> None:
    found = postgres(tmp_path, "monitoring_interval: 60", "replicas: 1")
    role = found["iam.role/db-monitoring-role"].properties
    assert role["managed_policy_arns"] == ["arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"]
    for address in ("rds.db_instance/db", "rds.db_read_replica/db-replica-1"):
        assert found[address].properties["monitoring_role_arn"].target == "iam.role/db-monitoring-role"
    assert "monitoring_role_arn" not in postgres(tmp_path)["rds.db_instance/db"].properties


def test_a_managed_password_takes_the_place_of_our_own_secret(tmp_path: Path) -> None:
    found = postgres(tmp_path, "manage_master_user_password: true", "proxy: true")
    assert "secretsmanager.secret/db-password" not in found
    assert "master_user_password" not in found["rds.db_instance/db"].properties
    (entry,) = found["rds.db_proxy/db-proxy"].properties["auth"]
    assert entry["secret_arn"] == Reference("rds.db_instance/db", "master_user_secret_arn")


def test_a_managed_password_and_replicas_are_refused_together(tmp_path: Path) -> None:
    words = "network: '${net}', replicas: 1, manage_master_user_password: true"
    (problem,) = problems(tmp_path, NETWORK + f"  db: {{kind: postgres, {words}}}\n")
    assert problem.code == "RC1422"


def test_the_proxy_reads_one_secret_and_reaches_one_database(tmp_path: Path) -> None:
    found = postgres(tmp_path, "proxy: {max_connections_percent: 80, require_tls: false}")
    proxy = found["rds.db_proxy/db-proxy"].properties
    assert proxy["auth"] == [{"auth_scheme": "SECRETS", "secret_arn": SECRET, "iam_auth": "DISABLED"}]
    assert proxy["require_tls"] is False
    secrets, keys = statements(found, "db-proxy-role")
    assert (secrets["Action"], secrets["Resource"]) == ("secretsmanager:GetSecretValue", SECRET)
    assert keys["Condition"] == {"StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"}}
    targets = found["rds.db_proxy_target_group/db-proxy-targets"].properties
    assert targets["db_instance_identifiers"] == [Reference("rds.db_instance/db", "db_instance_identifier")]
    assert targets["connection_pool_config"]["max_connections_percent"] == 80


def test_clients_reach_the_proxy_and_the_proxy_is_a_client(tmp_path: Path) -> None:
    found = postgres(tmp_path, "proxy: true", "port: 6000")
    clients = Reference("ec2.security_group/db-clients", "group_id")
    (rule,) = found["ec2.security_group/db-proxy-access"].properties["ingress"]
    assert (rule["from_port"], rule["referenced_group_id"]) == (5432, clients)
    assert clients in found["rds.db_proxy/db-proxy"].properties["vpc_security_group_ids"]
    assert postgres(tmp_path, "proxy: false").keys() == postgres(tmp_path).keys()


# --- how services get to it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["web_service", "worker"])
def test_a_service_finds_the_urls_of_its_database_among_its_secrets(tmp_path: Path, kind: str) -> None:
    found = service(tmp_path, ", database: '${db}'", kind=kind)
    (container,) = containers(found)
    values = {each["name"]: str(each["value_from"]) for each in container["secrets"]}
    assert values == {
        name: f"${{secretsmanager.secret/api-{part}.arn}}:::${{secretsmanager.secret/api-{part}.version_id}}"
        for name, part in (("DATABASE_URL", "database-url"), ("DATABASE_REPLICA_URL", "database-replica-url"))
    }
    user, name = "${rds.db_instance/db.master_username}", "${rds.db_instance/db.db_name}"
    server = "${rds.db_instance/db.endpoint_address}:${rds.db_instance/db.endpoint_port}"
    assert url(found, "database-url") == f"postgresql://{user}:{{password}}@{server}/{name}?sslmode=require"
    assert "${rds.db_read_replica/db-replica-1.endpoint_address}" in url(found, "database-replica-url")
    assert not found["secretsmanager.secret/api-database-url"].protect


def test_a_service_of_a_database_may_connect_to_it_and_be_started_with_its_urls(tmp_path: Path) -> None:
    found = service(tmp_path, ", database: '${db}'")
    network = found["ecs.service/api"].properties["network_configuration"]["awsvpc_configuration"]
    assert Reference("ec2.security_group/db-clients", "group_id") in network["security_groups"]
    (allowed,) = [each for each in statements(found, "api-execution-role") if "secretsmanager" in str(each["Action"])]
    assert {reference.target for reference in allowed["Resource"]} == {
        "secretsmanager.secret/api-database-url",
        "secretsmanager.secret/api-database-replica-url",
    }


def test_what_the_spec_names_itself_is_left_alone(tmp_path: Path) -> None:
    found = service(tmp_path, ", database: '${db}', environment: {DATABASE_URL: 'postgresql://elsewhere'}")
    assert "secretsmanager.secret/api-database-url" not in found
    (container,) = containers(found)
    assert [each["name"] for each in container["secrets"]] == ["DATABASE_REPLICA_URL"]


def test_words_of_the_spec_follow_in_the_url(tmp_path: Path) -> None:
    words = ", database: '${db}', database_url_parameters: {sslmode: no-verify, connection_limit: '5'}"
    assert url(service(tmp_path, words), "database-url").endswith("?sslmode=no-verify&connection_limit=5")


def test_the_url_leads_to_the_proxy_where_there_is_one(tmp_path: Path) -> None:
    database = NETWORK + "  db: {kind: postgres, network: '${net}', proxy: true, port: 6000}\n"
    found = service(tmp_path, ", database: '${db}'", database)
    assert "@${rds.db_proxy/db-proxy.endpoint_address}:5432/" in url(found, "database-url")


# --- a pool beside the program ----------------------------------------------------------------------------------------


def test_a_pool_beside_the_program_listens_to_it_alone(tmp_path: Path) -> None:
    found = service(tmp_path, ", database: '${db}', pgbouncer: {default_pool_size: 7}")
    program, pool = containers(found)
    assert program["depends_on"] == [{"container_name": "pgbouncer", "condition": "HEALTHY"}]
    (ini,) = [each["value"] for each in pool["environment"] if each["name"] == "POOL_CONFIGURATION"]
    assert {"listen_addr = 127.0.0.1", "default_pool_size = 7", "max_client_conn = 500"} <= set(str(ini).split("\n"))
    assert "replica = host=${rds.db_read_replica/db-replica-1.endpoint_address}" in str(ini)
    assert "port_mappings" not in pool
    assert url(found, "database-url").endswith("@127.0.0.1:6432/${rds.db_instance/db.db_name}")
    assert url(found, "database-replica-url").endswith("@127.0.0.1:6432/replica")


def test_no_password_is_in_a_task_definition(tmp_path: Path) -> None:
    _, pool = containers(service(tmp_path, ", database: '${db}', pgbouncer: true"))
    assert pool["secrets"] == [{"name": "POOL_PASSWORD", "value_from": Template((SECRET, ":password::"))}]
    assert "assword" not in str(pool["environment"])


def test_a_task_may_read_what_its_pool_logs_in_with(tmp_path: Path) -> None:
    found = service(tmp_path, ", database: '${db}', pgbouncer: true")
    (allowed,) = [each for each in statements(found, "api-execution-role") if "secretsmanager" in str(each["Action"])]
    assert SECRET in allowed["Resource"]


def test_a_pool_without_a_database_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(
        tmp_path, NETWORK + "  api: {kind: worker, network: '${net}', image: 'api:1', pgbouncer: true}\n"
    )
    assert "database" in f"{problem.message} {problem.help}"


def test_no_pool_is_no_container(tmp_path: Path) -> None:
    assert len(containers(service(tmp_path, ", database: '${db}', pgbouncer: false"))) == 1


# --- a pool of its own ------------------------------------------------------------------------------------------------

POOL = DATABASE + "  pool: {kind: pgbouncer, network: '${net}', database: '${db}'}\n"


def test_only_clients_of_a_pool_reach_it_and_only_through_its_balancer(tmp_path: Path) -> None:
    groups = of_kind(resources(tmp_path, POOL), "ec2.security_group")
    for group, source in (("pool-access", "pool-clients"), ("pool-tasks", "pool-access")):
        (rule,) = groups[group].properties["ingress"]
        assert (rule["from_port"], rule["referenced_group_id"].target) == (6432, f"ec2.security_group/{source}")
    assert "ingress" not in groups["pool-clients"].properties


def test_a_pool_has_one_name_inside_the_network(tmp_path: Path) -> None:
    found = resources(tmp_path, POOL)
    balancer = found["elbv2.load_balancer/pool-balancer"].properties
    assert (balancer["type"], balancer["scheme"]) == ("network", "internal")
    assert found["elbv2.listener/pool-listener"].properties["protocol"] == "TCP"
    assert found["ecs.service/pool"].properties["desired_count"] == 2


def test_a_pool_is_a_client_of_the_database_and_follows_its_password(tmp_path: Path) -> None:
    found = resources(tmp_path, POOL)
    network = found["ecs.service/pool"].properties["network_configuration"]["awsvpc_configuration"]
    assert Reference("ec2.security_group/db-clients", "group_id") in network["security_groups"]
    (container,) = containers(found, "pool-task")
    (secret,) = container["secrets"]
    assert "${secretsmanager.secret/pool-password.version_id}" in str(secret["value_from"])
    composed = found["secretsmanager.secret/pool-password"].properties["compose_secret_string"]
    assert composed == {"template": "{password:raw}", "secret_arn": SECRET}


def test_a_service_takes_a_pool_for_its_database(tmp_path: Path) -> None:
    found = service(tmp_path, ", database: '${pool}'", POOL)
    assert "@${elbv2.load_balancer/pool-balancer.dns_name}:6432/" in url(found, "database-url")
    assert url(found, "database-url").endswith("?sslmode=prefer")
    assert "/replica?" in url(found, "database-replica-url")
    network = found["ecs.service/api"].properties["network_configuration"]["awsvpc_configuration"]
    assert Reference("ec2.security_group/pool-clients", "group_id") in network["security_groups"]


# --- the schemas say the same -----------------------------------------------------------------------------------------


def _options(component: str, name: str) -> dict[str, Any]:
    branch = shipped().fragment(component)["properties"][name]["anyOf"][1]
    return {key: one["default"] for key, one in branch["properties"].items() if "default" in one}


def test_a_word_alone_means_the_defaults_of_the_schema() -> None:
    own = shipped().fragment("pgbouncer")["properties"]
    assert {name: own[name]["default"] for name in _pgbouncer.DEFAULTS} == _pgbouncer.DEFAULTS
    assert _options("web_service", "pgbouncer") == _options("worker", "pgbouncer") == _pgbouncer.DEFAULTS
    assert _options("postgres", "proxy") == _db_proxy.DEFAULTS
