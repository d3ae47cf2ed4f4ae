"""A plan with one of everything, small enough to read, and a large one."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model import (
    Action,
    ApplyResult,
    Call,
    Change,
    ChangeResult,
    FieldChange,
    Finding,
    Generated,
    Observed,
    Outcome,
    Path,
    Place,
    Plan,
    Resource,
    Severity,
    Unknown,
    Value,
    waiting,
)

SPEC = "spec/sales-scorecard.yaml"
META = {"tool_version": "1.2.3", "generated_at": "2026-11-24T13:31:00+00:00", "commit": "4f1c2ab", "spec": SPEC}


def place(line: int, column: int = 3) -> Place:
    return Place(SPEC, line, column, length=4)


def resource(address: str, line: int, properties: Mapping[str, Value] | None = None) -> Resource:
    kind, name = address.split("/", 1)
    return Resource(kind, name, "sales-scorecard", properties or {}, place(line))


def field(path: str | Path, desired: Value, observed: Value = None, *, line: int = 0, **flags: bool) -> FieldChange:
    whole = (path,) if isinstance(path, str) else path
    return FieldChange(whole, desired, observed, place(line, 7) if line else None, **flags)


def live(address: str, identifier: str) -> Observed:
    return Observed(address, identifier, {"engine": "postgres"})


def create(address: str, line: int, properties: Mapping[str, Value], *calls: Call) -> Change:
    fields = tuple(field(name, value) for name, value in properties.items())
    return Change(
        Action.CREATE, address, resource(address, line, properties), None, fields, "not in the account yet", calls
    )


def one_change(change: Change) -> Plan:
    return Plan("sales-scorecard", "123456789012", "eu-west-1", (change,))


def policy(*actions: str) -> Value:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Read", "Effect": "Allow", "Action": list(actions), "Resource": "*"},
            {"Sid": "Logs", "Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": "*"},
        ],
    }


VPC = create(
    "ec2.vpc/network-vpc",
    12,
    {"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": True, "tags": {"Name": "network", "team": "sales"}},
    Call("ec2", "CreateVpc", {"cidr_block": "10.0.0.0/16"}),
)
SUBNET = create(
    "ec2.subnet/network-private-a",
    12,
    {"vpc_id": Unknown("network-vpc.vpc_id"), "cidr_block": "10.0.1.0/24", "availability_zone": "eu-west-1a"},
)
SECRET = create(
    "secretsmanager.secret/database-password",
    40,
    {"name": "sales-scorecard/database", "secret_string": Generated(template='{"username":"app","password":"{}"}')},
    Call("secretsmanager", "CreateSecret", {"name": "sales-scorecard/database", "secret_string": Generated()}),
)
LOGS = Change(
    Action.UPDATE,
    "logs.log_group/api",
    resource("logs.log_group/api", 55),
    live("logs.log_group/api", "/sales-scorecard/api"),
    (field("retention_in_days", 30, 7, line=58),),
    "live differs from the spec",
    (Call("logs", "PutRetentionPolicy", {"log_group_name": "/sales-scorecard/api", "retention_in_days": 30}),),
)
ROLE = Change(
    Action.UPDATE,
    "iam.role_policy/api",
    resource("iam.role_policy/api", 61),
    live("iam.role_policy/api", "api:access"),
    (
        field("policy_document", policy("s3:GetObject", "s3:PutObject"), policy("s3:GetObject"), line=63),
        field(("tags", "owner"), None, "nobody", line=61),
        field("description", "reads and writes uploads", None, line=62),
    ),
)
DATABASE = Change(
    Action.REPLACE,
    "rds.db_instance/database",
    resource("rds.db_instance/database", 30),
    live("rds.db_instance/database", "sales-scorecard-database"),
    (
        field("storage_encrypted", True, False, line=34, forces_replacement=True),
        field("master_user_password", "new-pass-9f3", "old-pass-1c2", line=35, sensitive=True),
    ),
    "encryption can only be chosen when the instance is made",
)
OLD_BUCKET = Change(
    Action.DELETE,
    "s3.bucket/old-exports",
    None,
    live("s3.bucket/old-exports", "sales-scorecard-old-exports"),
    (),
    "no longer in the spec",
    (Call("s3", "DeleteBucket", {"bucket": "sales-scorecard-old-exports"}),),
)
ZONE = Change(
    Action.ADOPT,
    "route53.hosted_zone/main",
    resource("route53.hosted_zone/main", 80),
    live("route53.hosted_zone/main", "Z0123456789"),
    (),
    "exists without an owner, the spec says adopt",
)
QUEUE = Change(
    Action.FORGET,
    "sqs.queue/legacy",
    None,
    live("sqs.queue/legacy", "https://sqs.eu-west-1.amazonaws.com/123456789012/legacy"),
    (),
    "removed with keep: true",
)
CDN = Change(
    Action.WAIT,
    "cloudfront.distribution/cdn",
    resource("cloudfront.distribution/cdn", 90),
    Observed("cloudfront.distribution/cdn", "E2ABCDEF", {}, status=waiting("deployment InProgress")),
)
CLUSTER = Change(
    Action.NOOP, "ecs.cluster/api", resource("ecs.cluster/api", 70), live("ecs.cluster/api", "sales-scorecard-api")
)

NOTICE = Finding(
    "RC3004",
    Severity.WARNING,
    "the certificate of api.example.com expires in 12 days",
    "check that its validation record still exists",
    "acm.certificate/api",
    place(77),
)
REFUSAL = Finding(
    "RC4001",
    Severity.ERROR,
    "rds.db_instance/database holds data and is protected: it would be replaced",
    "add an entry to `removed:` with a reason, or take the change of storage_encrypted back",
    "rds.db_instance/database",
    place(34),
)

PLAN = Plan(
    "sales-scorecard",
    "123456789012",
    "eu-west-1",
    (VPC, SUBNET, SECRET, LOGS, ROLE, DATABASE, ZONE, OLD_BUCKET, QUEUE, CDN, CLUSTER),
    (NOTICE, REFUSAL),
    {"ec2:DescribeVpcs": 1, "rds:DescribeDBInstances": 2},
    {
        "ec2.subnet/network-private-a": ("ec2.vpc/network-vpc",),
        "rds.db_instance/database": ("ec2.subnet/network-private-a", "secretsmanager.secret/database-password"),
        "ecs.cluster/api": ("logs.log_group/api", "ec2.vpc/network-vpc"),
    },
)
CLEAN = Plan("sales-scorecard", "123456789012", "eu-west-1", (CLUSTER,))
ONLY_WAITING = Plan("sales-scorecard", "123456789012", "eu-west-1", (CLUSTER, CDN))

RESULT = ApplyResult(
    Plan("sales-scorecard", "123456789012", "eu-west-1", (VPC, LOGS, ZONE, OLD_BUCKET)),
    (
        ChangeResult(VPC, Outcome.DONE, seconds=2.14, calls=3),
        ChangeResult(ZONE, Outcome.WAITING, "the delegation is not visible yet", "look again in a few minutes"),
        ChangeResult(
            LOGS, Outcome.FAILED, "logs:PutRetentionPolicy: AccessDenied", "grant logs:PutRetentionPolicy", 0.4, 1
        ),
        ChangeResult(OLD_BUCKET, Outcome.SKIPPED, "logs.log_group/api failed"),
    ),
    one_change(LOGS),
    {"ec2:CreateVpc": 1, "logs:PutRetentionPolicy": 1},
)
ALL_DONE = ApplyResult(one_change(VPC), (ChangeResult(VPC, Outcome.DONE, seconds=2.1, calls=3),), CLEAN)


def large(number: int) -> Plan:
    """`number` creates, every third as rich as a task definition, each depending on two before it."""
    containers = [
        {
            "name": name,
            "image": f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/sales-scorecard/{name}:2026.11.24",
            "port_mappings": [{"container_port": 3000, "protocol": "tcp"}],
            "environment": [{"name": f"SETTING_{index}", "value": f"value {index}"} for index in range(4)],
        }
        for name in ("app", "proxy")
    ]
    task = {"family": "api", "cpu": 256, "container_definitions": containers, "execution_role_arn": Unknown("role.arn")}
    alarm = {
        "alarm_description": "The API answers with errors to more than one request in a hundred.",
        "comparison_operator": "GreaterThanThreshold",
        "dimensions": [{"name": "LoadBalancer", "value": Unknown("balancer.full_name")}],
        "evaluation_periods": 3,
        "metric_name": "HTTPCode_Target_5XX_Count",
        "namespace": "AWS/ApplicationELB",
        "period": 60,
        "statistic": "Sum",
        "threshold": 5,
        "treat_missing_data": "notBreaching",
        "alarm_actions": [Unknown("alerts.arn")],
        "tags": {"reconciler:stack": "large", "team": "sales", "environment": "production"},
    }
    names = ["cloudwatch.alarm/errors-{:03}", "ecs.task_definition/service-{:03}", "cloudwatch.alarm/latency-{:03}"]
    addresses = [names[index % 3].format(index) for index in range(number)]
    changes = []
    for index, address in enumerate(addresses):
        properties = task if index % 3 == 1 else alarm
        operation = ("ecs", "RegisterTaskDefinition") if index % 3 == 1 else ("cloudwatch", "PutMetricAlarm")
        changes.append(create(address, 10 + index, properties, Call(*operation, properties)))
    dependencies = {
        address: tuple(addresses[max(0, index // 2 - 1) : index // 2 + 1]) if index else ()
        for index, address in enumerate(addresses)
    }
    return Plan("large", "123456789012", "eu-west-1", tuple(changes), dependencies=dependencies)
