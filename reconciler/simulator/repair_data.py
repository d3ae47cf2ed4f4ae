"""Repairs of moto's RDS, S3 and Secrets Manager: groups that vanish, members that are dropped, defaults that lack."""

from __future__ import annotations

from typing import Any

from reconciler.simulator.repair import declared_in, documents, repair
from reconciler.simulator.wire import ACCOUNT, Answer, Handler, Refusal, Request, written

_LATEST_MINOR = {"13": "13.22", "14": "14.19", "15": "15.14", "16": "16.10", "17": "17.6"}
"""What a bare major version becomes: a snapshot of 2025, enough for a version to come back fuller than it was sent."""
STATIC_PARAMETERS = frozenset(
    "archive_mode autovacuum_max_workers huge_pages max_connections max_prepared_transactions max_replication_slots "
    "max_wal_senders max_worker_processes rds.logical_replication shared_buffers shared_preload_libraries "
    "track_activity_query_size wal_buffers wal_level".split()
)
"""PostgreSQL parameters that need a restart; RDS calls them static."""


# --- RDS groups -----------------------------------------------------------------------------------------------------


@repair("rds:CreateDBSubnetGroup", because="moto silently replaces a group of the same name")
def create_subnet_group(request: Request, below: Handler) -> Answer:
    name = request.params["DBSubnetGroupName"].lower()
    if name in request.backend().subnet_groups:
        raise Refusal("DBSubnetGroupAlreadyExists", f"The DB subnet group '{name}' already exists.")
    return below(request)


@repair("rds:ModifyDBSubnetGroup", because="moto takes the group out of its list and never puts it back")
def modify_subnet_group(request: Request, below: Handler) -> Answer:
    groups, name = request.backend().subnet_groups, request.params["DBSubnetGroupName"].lower()
    if name not in groups:
        raise Refusal("DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist.", 404)
    group = groups[name]
    answer = below(request)
    groups[name] = group
    return answer


@repair("rds:DescribeDBParameterGroups", because="moto answers an empty list for a group that does not exist")
def describe_parameter_group(request: Request, below: Handler) -> Answer:
    name = request.params.get("DBParameterGroupName")
    if name:
        _parameter_group(request, name)
    return below(request)


@repair("rds:ResetDBParameterGroup", because="moto has no ResetDBParameterGroup, the only way to undo a parameter")
def reset_parameter_group(request: Request, below: Handler) -> Answer:
    group = _parameter_group(request, request.params["DBParameterGroupName"])
    named = [parameter["ParameterName"] for parameter in request.params.get("Parameters", ())]
    for parameter in list(group.parameters) if request.params.get("ResetAllParameters") else named:
        group.parameters.pop(parameter, None)
    return written(request, {"DBParameterGroupName": group.name})


@repair("rds:ModifyDBParameterGroup", because="moto returns a parameter without Source, ApplyType and IsModifiable")
def modify_parameter_group(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        for name, parameter in _parameter_group(request, request.params["DBParameterGroupName"]).parameters.items():
            apply_type = "static" if name in STATIC_PARAMETERS else "dynamic"
            parameter.update(Source="user", ApplyType=apply_type, IsModifiable=True)
    return answer


def _parameter_group(request: Request, name: str) -> Any:
    group = request.backend().db_parameter_groups.get(name.lower())
    if group is None:
        raise Refusal("DBParameterGroupNotFound", f"DBParameterGroup not found: {name.lower()}", 404)
    return group


# --- RDS instances --------------------------------------------------------------------------------------------------


@repair("rds:CreateDBInstance", because="moto drops Performance Insights and leaves out what AWS fills in")
def create_instance(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not answer.ok:
        return answer
    database = _database(request)
    major = database.engine_version.partition(".")[0]
    if database.engine == "postgres":
        if "EngineVersion" not in request.params:
            major = database.engine_version = "17"
        database.engine_version = _LATEST_MINOR.get(database.engine_version, database.engine_version)
        if not database.option_group_supplied:
            database.option_group_name = f"default:postgres-{major}"
    if database.storage_encrypted and "KmsKeyId" not in request.params:
        database.kms_key_id = f"arn:aws:kms:{request.region}:{ACCOUNT}:key/aws-rds"
    _remember_dropped(database, {"NetworkType": "IPV4", "DedicatedLogVolume": False, **request.params})
    return written(request, {"DBInstance": database})


@repair("rds:ModifyDBInstance", because="moto stores Performance Insights under names it never returns")
def modify_instance(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not answer.ok:
        return answer
    database = _database(request)
    database.engine_version = _LATEST_MINOR.get(database.engine_version, database.engine_version)
    _remember_dropped(database, request.params)
    return written(request, {"DBInstance": database})


@repair("rds:CreateDBInstanceReadReplica", because="moto's replica shares its source's lists, secret and protection")
def create_replica(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not answer.ok:
        return answer
    replica, sent = _database(request), request.params
    for name in ("vpc_security_group_ids", "enabled_cloudwatch_logs_exports", "_associated_roles"):
        setattr(replica, name, list(getattr(replica, name)))
    replica.tags = list(sent.get("Tags", ()))
    replica.deletion_protection = sent.get("DeletionProtection", False)
    replica.multi_az = sent.get("MultiAZ", False)
    replica.backup_retention_period = 0
    replica.manage_master_user_password = False
    vars(replica).pop("master_user_secret", None)
    replica.status_infos = [{"StatusType": "read replication", "Normal": True, "Status": "replicating"}]
    _remember_dropped(replica, {"EnablePerformanceInsights": False, **sent})
    return written(request, {"DBInstance": replica})


def _database(request: Request) -> Any:
    identifier = request.params.get("NewDBInstanceIdentifier") or request.params["DBInstanceIdentifier"]
    return request.backend().describe_db_instances(identifier)[0]


def _remember_dropped(database: Any, sent: dict[str, Any]) -> None:
    """Keeps, under the names of the response, the members moto throws away."""
    if "EnablePerformanceInsights" in sent:
        enabled = sent["EnablePerformanceInsights"]
        database.performance_insights_enabled = enabled
        days = sent.get("PerformanceInsightsRetentionPeriod", 7)
        database.performance_insights_retention_period = days if enabled else None
    elif "PerformanceInsightsRetentionPeriod" in sent:
        database.performance_insights_retention_period = sent["PerformanceInsightsRetentionPeriod"]
    for member, name in (("NetworkType", "network_type"), ("DedicatedLogVolume", "dedicated_log_volume")):
        if member in sent:
            setattr(database, name, sent[member])
    if not hasattr(database, "pending_modified_values"):
        database.pending_modified_values = {}


# --- S3 -------------------------------------------------------------------------------------------------------------

_DEFAULT_ENCRYPTION = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}


@repair("s3:CreateBucket", because="moto's new bucket lacks AWS's encryption, public access block, ownership and tags")
def create_bucket(request: Request, below: Handler) -> Answer:
    name = request.params["Bucket"]
    fresh = name not in request.backend().buckets
    answer = below(request)
    if answer.ok and fresh:
        backend = request.backend()
        for kind in ("NotificationConfiguration", "LifecycleConfiguration"):
            documents(request, kind).pop(name, None)
        bucket = backend.buckets[name]
        bucket.encryption = _DEFAULT_ENCRYPTION
        bucket.ownership_rule = bucket.ownership_rule or "BucketOwnerEnforced"
        backend.put_public_access_block(name, dict.fromkeys(_PUBLIC_ACCESS, "true"))
        tags = request.params.get("CreateBucketConfiguration", {}).get("Tags", ())
        if tags:
            backend.put_bucket_tagging(name, {tag["Key"]: tag["Value"] for tag in tags})
    return answer


_PUBLIC_ACCESS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@repair("s3:DeleteBucketEncryption", because="moto leaves the bucket unencrypted; AWS falls back to AES256")
def delete_encryption(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        request.backend().buckets[request.params["Bucket"]].encryption = _DEFAULT_ENCRYPTION
    return answer


@repair(
    "s3:*BucketNotificationConfiguration",
    "s3:*BucketLifecycleConfiguration",
    because="moto forgets EventBridge and NewerNoncurrentVersions; AWS gives back what was put",
)
def configurations(request: Request, below: Handler) -> Answer:
    answer = below(request)
    verb, kind = request.operation[:3], request.operation[9:]
    stored = documents(request, kind)
    bucket = request.params["Bucket"]
    if answer.ok and verb == "Put":
        stored[bucket] = request.params.get(kind, {})
    elif answer.ok and verb == "Get" and stored.get(bucket):
        return written(request, stored[bucket])
    return answer


# --- Secrets Manager ------------------------------------------------------------------------------------------------


@repair("secretsmanager:CreateSecret", because="moto calls a secret scheduled for deletion an existing one")
def create_secret(request: Request, below: Handler) -> Answer:
    secret = request.backend().secrets.get(request.params["Name"])
    if secret is not None and secret.is_deleted():
        text = "You can't create this secret because a secret with this name is already scheduled for deletion."
        raise Refusal("InvalidRequestException", text)
    return below(request)


REPAIRS = declared_in(globals())
