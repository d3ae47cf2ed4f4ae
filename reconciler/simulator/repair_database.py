"""Repairs of moto's databases: proxies it half knows, changes that wait for the maintenance window or for a reboot."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

from reconciler.simulator.repair import declared_in, documents, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, written

# --- proxies --------------------------------------------------------------------------------------------------------

_PROXY_MEMBERS = {
    "Auth": "auth",
    "RoleArn": "role_arn",
    "RequireTLS": "require_tls",
    "IdleClientTimeout": "idle_client_timeout",
    "DebugLogging": "debug_logging",
    "SecurityGroups": "vpc_security_group_ids",
    "DefaultAuthScheme": "default_auth_scheme",
}
_PASSWORD_TYPES = {"POSTGRESQL": "POSTGRES_SCRAM_SHA_256", "MYSQL": "MYSQL_NATIVE_PASSWORD"}


@repair(
    "rds:DescribeDBProxyTargets",
    "rds:*DBProxyTargetGroup*",
    "rds:*registerDBProxyTargets",
    "rds:RegisterDBProxyTargets",
    "rds:ModifyDBProxy",
    "rds:DeleteDBProxy",
    because="moto dies of a proxy that does not exist",
)
def missing_proxy(request: Request, below: Handler) -> Answer:
    _proxy(request)
    return below(request)


def _proxy(request: Request) -> Any:
    name = request.params["DBProxyName"].lower()
    proxy = request.backend().db_proxies.get(name)
    if proxy is None:
        raise Refusal("DBProxyNotFoundFault", f"DBProxy {name} not found", 404)
    return proxy


@repair("rds:CreateDBProxy", because="moto dies without Auth, and forgets networks and how passwords are proved")
def create_proxy(request: Request, below: Handler) -> Answer:
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    form["DBProxyName"] = form["DBProxyName"].lower()
    if "Auth" not in request.params:
        form["Auth.member.1.AuthScheme"] = "SECRETS"
    answer = below(request.with_body(urlencode(form).encode()))
    if not answer.ok:
        return answer
    proxy, sent = _proxy(request), request.params
    proxy.auth = _auth(proxy, sent.get("Auth", ()))
    proxy.default_auth_scheme = sent.get("DefaultAuthScheme", "NONE")
    proxy.endpoint_network_type = sent.get("EndpointNetworkType", "IPV4")
    proxy.target_connection_network_type = sent.get("TargetConnectionNetworkType", "IPV4")
    return written(request, {"DBProxy": proxy})


@repair("rds:ModifyDBProxy", because="moto has no ModifyDBProxy")
def modify_proxy(request: Request, below: Handler) -> Answer:
    proxy, sent = _proxy(request), request.params
    for member in _PROXY_MEMBERS.keys() & sent.keys():
        value = _auth(proxy, sent[member]) if member == "Auth" else sent[member]
        setattr(proxy, _PROXY_MEMBERS[member], value)
    return written(request, {"DBProxy": proxy})


def _auth(proxy: Any, entries: Any) -> list[dict[str, str]]:
    """What AWS adds to each entry."""
    usual = {"IAMAuth": "DISABLED", "ClientPasswordAuthType": _PASSWORD_TYPES.get(proxy.engine_family, "")}
    return [{**usual, **entry} for entry in entries]


@repair("rds:*DBProxyTargetGroup*", because="moto forgets the InitQuery of a pool, and what it was not told again")
def target_groups(request: Request, below: Handler) -> Answer:
    proxy = _proxy(request)
    group, pools = proxy.proxy_target_groups["default"], documents(request, "pools")
    pool = pools.get(proxy.unique_id) or group.connection_pool_config
    if request.operation == "ModifyDBProxyTargetGroup":
        pools[proxy.unique_id] = pool = {**pool, **request.params.get("ConnectionPoolConfig", {})}
    shown = {
        "DBProxyName": proxy.db_proxy_name,
        "TargetGroupName": "default",
        "TargetGroupArn": group.target_group_arn,
        "IsDefault": True,
        "Status": "available",
        "ConnectionPoolConfig": pool,
    }
    modified = request.operation.startswith("Modify")
    return written(request, {"DBProxyTargetGroup": shown} if modified else {"TargetGroups": [shown]})


@repair("rds:RegisterDBProxyTargets", because="moto registers what does not exist, and the same database twice")
def register_targets(request: Request, below: Handler) -> Answer:
    targets = {target.rds_resource_id for target in _proxy(request).proxy_target_groups["default"].targets}
    for name in request.params.get("DBInstanceIdentifiers", ()):
        if name not in request.backend().databases:
            raise Refusal("DBInstanceNotFound", f"DBInstance {name} not found.", 404)
        if name in targets:
            raise Refusal("DBProxyTargetAlreadyRegisteredFault", f"Target {name} is already registered")
    return below(request)


# --- changes that wait ------------------------------------------------------------------------------------------------

_DEFERRED = {
    "AllocatedStorage": "allocated_storage",
    "BackupRetentionPeriod": "backup_retention_period",
    "CACertificateIdentifier": "ca_certificate_identifier",
    "DBInstanceClass": "db_instance_class",
    "DedicatedLogVolume": "dedicated_log_volume",
    "EngineVersion": "engine_version",
    "Iops": "iops",
    "LicenseModel": "license_model",
    "MultiAZ": "multi_az",
    "StorageThroughput": "storage_throughput",
    "StorageType": "storage_type",
}
"""What waits for the maintenance window unless it is to be applied immediately -> where moto keeps it."""


@repair("rds:ModifyDBInstance", because="moto applies at once what AWS keeps for the maintenance window")
def defer_changes(request: Request, below: Handler) -> Answer:
    database = request.backend().databases.get(request.params["DBInstanceIdentifier"].lower())
    before = {member: getattr(database, kept, None) for member, kept in _DEFERRED.items()}
    answer = below(request)
    if database is None or not answer.ok:
        return answer
    pending = dict(database.pending_modified_values or {})
    if request.params.get("ApplyImmediately"):
        landing = {member: value for member, value in pending.items() if member not in request.params}
        pending = {}
    else:
        sent = {member: getattr(database, _DEFERRED[member], None) for member in _DEFERRED.keys() & request.params}
        pending |= {member: value for member, value in sent.items() if value != before[member]}
        landing = {member: before[member] for member in sent}
    for member, value in landing.items():
        setattr(database, _DEFERRED[member], value)
    database.pending_modified_values = pending
    return written(request, {"DBInstance": database})


@repair("rds:ModifyDBParameterGroup", "rds:ModifyDBInstance", because="moto's parameters never wait for a reboot")
def await_reboot(request: Request, below: Handler) -> Answer:
    databases, sent = request.backend().databases, request.params
    groups = {name: (database.db_parameter_group_name or "").lower() for name, database in databases.items()}
    answer = below(request)
    if answer.ok:
        methods = {parameter.get("ApplyMethod") for parameter in sent.get("Parameters", ())}
        group = sent.get("DBParameterGroupName", "").lower()
        changed = sent.get("DBInstanceIdentifier", "").lower()
        members = [name for name, used in groups.items() if used == group and "pending-reboot" in methods]
        moved = [changed] if changed and group and groups.get(changed) != group else []
        documents(request, "unbooted").update(dict.fromkeys((*members, *moved), True))
    return answer


@repair("rds:RebootDBInstance", "rds:DeleteDBInstance", because="a database waits until its reboot, or its end")
def reboot(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        documents(request, "unbooted").pop(request.params["DBInstanceIdentifier"].lower(), None)
    return answer


@repair("rds:DescribeDBInstances", because="moto calls every parameter group in-sync")
def show_unbooted(request: Request, below: Handler) -> Answer:
    body, answer = None, below(request)
    for name in documents(request, "unbooted"):
        pattern = rb"(<DBInstanceIdentifier>" + re.escape(name).encode() + rb"</DBInstanceIdentifier>"
        pattern += rb"(?:(?!</DBInstance>).)*?<ParameterApplyStatus>)in-sync"
        body = re.sub(pattern, rb"\1pending-reboot", body or answer.body, flags=re.DOTALL)
    if body is None:
        return answer
    headers = tuple(header for header in answer.headers if header[0] != "Content-Length")
    return Answer(answer.status, headers, body)


REPAIRS = declared_in(globals())
