"""`ecs.task_definition`: what runs in a task: its containers, size, roles and volumes.

AWS cannot change one, only register a further revision, so one is registered only when something differs. Older
revisions stay for rollbacks until the family is deleted. Leftovers are families whose names begin with the stack's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import Refused
from reconciler.kinds import _ecs
from reconciler.kinds.base import address_of, details, pick, read, read_all, tag_list, tag_map
from reconciler.model import (
    Address,
    Band,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Value,
)

MEMBERS = (
    "family", "container_definitions", "requires_compatibilities", "network_mode", "cpu", "memory",
    "execution_role_arn", "task_role_arn", "runtime_platform", "volumes", "ephemeral_storage", "placement_constraints",
    "pid_mode", "ipc_mode", "enable_fault_injection",
)  # fmt: skip

# AWS: fills these into what it reads back, or leaves them out of it, as it likes.
CONTAINER: Properties = {
    "cpu": 0,
    "essential": True,
    "privileged": False,
    "readonly_root_filesystem": False,
    "disable_networking": False,
    "interactive": False,
    "pseudo_terminal": False,
    "version_consistency": "enabled",
}
MAPS: Mapping[str, Properties] = {
    "health_check": {"interval": 30, "timeout": 5, "retries": 3, "start_period": 0},
    "linux_parameters": {"init_process_enabled": False},
    "log_configuration": {},
    "restart_policy": {"restart_attempt_period": 300},
}
LISTS: Mapping[str, tuple[tuple[str, ...], Properties]] = {
    "mount_points": (("source_volume", "container_path"), {"read_only": False}),
    "port_mappings": (("container_port", "container_port_range", "protocol"), {"protocol": "tcp", "host_port": 0}),
    "volumes_from": (("source_container",), {"read_only": False}),
}
EFS: Properties = {"root_directory": "/", "transit_encryption": "DISABLED"}


def _describe(family: str) -> Call:
    """AWS: a family without a revision means its latest active one."""
    return Call("ecs", "DescribeTaskDefinition", {"task_definition": family, "include": ["TAGS"]})


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    responses = yield from read_all([_describe(resource.properties["family"]) for resource in resources])
    pairs = zip(resources, responses, strict=True)
    return {r.address: _observed(r.address, found, r.properties) for r, found in pairs if _is_active(found)}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    listed = yield from read(
        Call("ecs", "ListTaskDefinitionFamilies", {"family_prefix": scope.stack, "status": "ACTIVE"})
    )
    responses = yield from read_all([_describe(family) for family in (listed or {}).get("families", ())])
    found = []
    for response in responses:
        address = address_of(tag_map((response or {}).get("tags")), scope.stack, KIND.name)
        if address is not None and _is_active(response):
            found.append(_observed(address, response, {}))
    return found


def _is_active(response: Response) -> bool:
    return response is not None and response["task_definition"].get("status", "ACTIVE") == "ACTIVE"


def _observed(address: Address, response: Response, desired: Properties) -> Observed:
    answer = response or {}
    live: Mapping[str, Any] = answer["task_definition"]
    properties = pick(live, *MEMBERS) | {
        "container_definitions": _containers(live, desired.get("container_definitions")),
        "volumes": _volumes(live.get("volumes") or (), desired.get("volumes")),
    }
    return Observed(
        address,
        live["family"],
        properties,
        outputs=pick(live, "task_definition_arn", "family", "revision"),
        tags=tag_map(answer.get("tags")),
        details={"arn": live["task_definition_arn"]},
    )


def _by_name(containers: Value) -> dict[str, Mapping[str, Value]]:
    listed = containers if isinstance(containers, list | tuple) else ()
    return {container.get("name", ""): container for container in listed if isinstance(container, Mapping)}


def _containers(live: Mapping[str, Any], desired: Value) -> list[Value]:
    wanted = _by_name(desired)
    in_vpc = live.get("network_mode") == "awsvpc"
    return [_container(each, wanted.get(each["name"], {}), in_vpc) for each in live["container_definitions"]]


def _container(live: Mapping[str, Any], desired: Mapping[str, Value], in_vpc: bool) -> dict[str, Value]:
    found = dict(live)
    if in_vpc:
        found["port_mappings"] = _ports_in_vpc(live.get("port_mappings") or (), desired.get("port_mappings"))
    for name, (labels, defaults) in LISTS.items():
        found[name] = _ecs.settled_list(found.get(name) or (), desired.get(name), labels, defaults)
    for name, defaults in MAPS.items():
        found[name] = _ecs.settled(found.get(name) or {}, desired.get(name), defaults)
    return _ecs.settled(found, desired, CONTAINER)


def _ports_in_vpc(live: Sequence[Mapping[str, Any]], desired: Value) -> list[dict[str, Value]]:
    """AWS: with awsvpc the host port always is the container's, whether it was left out, 0 or said."""
    listed = desired if isinstance(desired, list | tuple) else ()
    said = {port.get("container_port"): port.get("host_port", 0) for port in listed if isinstance(port, Mapping)}
    return [{**port, "host_port": said.get(port.get("container_port"), 0)} for port in live]


def _volumes(live: Sequence[Mapping[str, Any]], desired: Value) -> list[Value]:
    wanted = _by_name(desired)
    found = []
    for volume in live:
        declared = wanted.get(volume["name"], {})
        efs = _ecs.settled(volume.get("efs_volume_configuration") or {}, declared.get("efs_volume_configuration"), EFS)
        found.append(_ecs.settled({**volume, "efs_volume_configuration": efs}, declared, {}))
    return found


def register(change: Change) -> Iterator[Call]:
    """The whole definition, always: a revision has nothing from the one before it."""
    params = pick(change.desired, *MEMBERS) | {"container_definitions": _complete(change)}
    yield Call("ecs", "RegisterTaskDefinition", params | {"tags": tag_list(change.tags)}, once=True)


def _complete(change: Change) -> list[Value]:
    """The containers, with what somebody else decides (`image: {owner: pipeline}`) as it is live."""
    live = _by_name(change.observed.properties["container_definitions"] if change.observed else ())
    return [
        {name: _decided(change, value, live.get(each["name"], {}).get(name)) for name, value in each.items()}
        for each in change.desired["container_definitions"]
    ]


def _decided(change: Change, value: Value, live: Value) -> Value:
    if isinstance(value, Band) and live is None:
        raise Refused(
            f"{change.address}: {value.owner} decides a value of which there is none yet",
            help="write the value itself for the first run, then name its owner",
        )
    return live if isinstance(value, Band) else value


def delete(change: Change) -> Iterator[Call]:
    """One revision; the next look finds the one before it."""
    yield Call("ecs", "DeregisterTaskDefinition", {"task_definition": details(change)["arn"]})


KIND = Kind(
    name="ecs.task_definition",
    title="ECS task definition",
    observe=observe,
    owned=owned,
    create=register,
    update=register,
    delete=delete,
    leftovers=Listed("ecs:task-definition/*"),
    retag=_ecs.retag,
    outputs=("task_definition_arn", "family", "revision"),
    rules=Rules(
        create_only=("family",),
        unordered=("requires_compatibilities", "placement_constraints"),
        keyed={
            "container_definitions": "name",
            "container_definitions[].depends_on": "container_name",
            "container_definitions[].environment": "name",
            "container_definitions[].environment_files": "value",
            "container_definitions[].log_configuration.secret_options": "name",
            "container_definitions[].mount_points": "container_path",
            "container_definitions[].port_mappings": "container_port+container_port_range+protocol",
            "container_definitions[].secrets": "name",
            "container_definitions[].system_controls": "namespace",
            "container_definitions[].ulimits": "name",
            "container_definitions[].volumes_from": "source_container",
            "volumes": "name",
        },
        exclusive=(
            "container_definitions[]",
            "container_definitions[].docker_labels",
            "container_definitions[].health_check",
            "container_definitions[].linux_parameters",
            "container_definitions[].log_configuration",
            "container_definitions[].log_configuration.options",
            "container_definitions[].mount_points[]",
            "container_definitions[].port_mappings[]",
            "container_definitions[].restart_policy",
            "container_definitions[].volumes_from[]",
            "volumes[]",
            "volumes[].efs_volume_configuration",
        ),
    ),
    physical_name=PhysicalName("family", limit=255),
    uses=("iam.role", "logs.log_group", "secretsmanager.secret", "ecr.repository"),
    versioned=True,
)
