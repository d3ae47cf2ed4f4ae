"""`ecs.cluster`: where services and tasks run.

It never stops what runs in a cluster: AWS refuses to delete one that is in use. Instances of its own on which nothing
runs leave it first, and live on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _ecs
from reconciler.kinds.base import address_of, details, identifier, pick, read_all, tag_list, tag_map
from reconciler.model import (
    READY,
    Address,
    Call,
    Change,
    Kind,
    Listed,
    Observed,
    PhysicalName,
    Properties,
    Reads,
    Resource,
    Rules,
    Scope,
    Status,
    Value,
    stalled,
    waiting,
)

GONE = "INACTIVE"
"""AWS: a deleted cluster can still be described for a while."""

SETTINGS = ("settings", "configuration", "service_connect_defaults")
OF_AWS = "FARGATE"
"""What the names of the capacity providers that every account has begin with."""
CAPACITY = ("capacity_providers", "default_capacity_provider_strategy")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    wanted = {resource.properties["cluster_name"]: resource for resource in resources}
    clusters = yield from _ecs.collected(_ecs.cluster_calls(sorted(wanted)), "clusters")
    live = [cluster for cluster in clusters if cluster.get("status") != GONE]
    machines = yield from _machines(live)
    found = [(wanted[cluster["cluster_name"]].address, cluster) for cluster in live]
    return {address: _observed(address, cluster, machines) for address, cluster in found}


def _machines(clusters: Sequence[_ecs.Item]) -> Reads[Mapping[str, Sequence[str]]]:
    """The EC2 instances registered in each cluster that has some, by its ARN."""
    arns = [each["cluster_arn"] for each in clusters if each.get("registered_container_instances_count")]
    answers = yield from read_all([Call("ecs", "ListContainerInstances", {"cluster": arn}) for arn in arns])
    return {a: (answer or {}).get("container_instance_arns", ()) for a, answer in zip(arns, answers, strict=True)}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    arns = yield from _ecs.all_clusters()
    clusters = yield from _ecs.collected(_ecs.cluster_calls(arns), "clusters")
    live = [cluster for cluster in clusters if cluster.get("status") != GONE]
    addresses = [(address_of(tag_map(cluster.get("tags")), scope.stack, KIND.name), cluster) for cluster in live]
    machines = yield from _machines([cluster for address, cluster in addresses if address])
    return [_observed(address, cluster, machines) for address, cluster in addresses if address]


def _observed(address: Address, cluster: _ecs.Item, machines: Mapping[str, Sequence[str]]) -> Observed:
    strategy = [{"weight": 0, "base": 0} | item for item in cluster.get("default_capacity_provider_strategy") or ()]
    properties: dict[str, Value] = {
        "cluster_name": cluster["cluster_name"],
        "settings": {setting["name"]: setting["value"] for setting in cluster.get("settings", ())},
        "capacity_providers": list(cluster.get("capacity_providers") or ()),
        "default_capacity_provider_strategy": strategy,
    }
    return Observed(
        address,
        cluster["cluster_name"],
        properties | pick(cluster, "configuration", "service_connect_defaults"),
        outputs=pick(cluster, "cluster_name", "cluster_arn"),
        tags=tag_map(cluster.get("tags")),
        status=_status(cluster),
        details={
            "arn": cluster["cluster_arn"],
            "machines": sorted(machines.get(cluster["cluster_arn"], ())),
            "is_attaching": cluster.get("attachments_status") == "UPDATE_IN_PROGRESS",
        },
    )


def _status(cluster: _ecs.Item) -> Status:
    state = cluster.get("status", "ACTIVE")
    if state == "FAILED":
        return stalled("its status is FAILED")
    if state != "ACTIVE":
        return waiting(f"status {state}")
    attachments = cluster.get("attachments_status", "")
    if attachments == "UPDATE_FAILED":
        return stalled("its capacity providers could not be attached")
    return waiting("capacity providers are being attached") if attachments == "UPDATE_IN_PROGRESS" else READY


def create(change: Change) -> Iterator[Call]:
    params = _settings(change.desired) | pick(change.desired, "cluster_name", *CAPACITY)
    yield Call("ecs", "CreateCluster", params | {"tags": tag_list(change.tags)})


def _settings(desired: Properties) -> dict[str, Value]:
    params = pick(desired, *SETTINGS)
    if "settings" in params:
        values = params["settings"]
        params["settings"] = [{"name": name, "value": values[name]} for name in sorted(values)]
    return params


def update(change: Change) -> Iterator[Call]:
    if change.touches(*SETTINGS):
        yield Call("ecs", "UpdateCluster", {"cluster": identifier(change)} | _settings(change.desired))
    if change.touches(*CAPACITY):
        # AWS: replaces both lists, so the one that nobody declared is sent as it is.
        live = change.observed.properties if change.observed else {}
        lists = {name: change.desired.get(name, live.get(name, [])) for name in CAPACITY}
        yield Call("ecs", "PutClusterCapacityProviders", {"cluster": identifier(change)} | lists)


def delete(change: Change) -> Iterator[Call]:
    """First no capacity of its own, then no cluster.

    AWS: refuses to delete a cluster that has instances, and a capacity provider that a cluster has.
    """
    cluster, known = {"cluster": identifier(change)}, details(change)
    live = change.observed.properties["capacity_providers"] if change.observed else []
    attached = any(not provider.startswith(OF_AWS) for provider in live)
    if known["is_attaching"]:
        return
    if attached:
        yield Call("ecs", "PutClusterCapacityProviders", cluster | {name: [] for name in CAPACITY})
    for machine in known["machines"]:
        yield Call("ecs", "DeregisterContainerInstance", cluster | {"container_instance": machine})
    if not attached and not known["machines"]:
        yield Call("ecs", "DeleteCluster", cluster)


KIND = Kind(
    name="ecs.cluster",
    title="ECS cluster",
    observe=observe,
    owned=owned,
    create=create,
    update=update,
    delete=delete,
    leftovers=Listed("ecs:cluster/*"),
    retag=_ecs.retag,
    outputs=("cluster_name", "cluster_arn"),
    rules=Rules(
        create_only=("cluster_name",),
        unordered=("capacity_providers",),
        keyed={"default_capacity_provider_strategy": "capacity_provider"},
    ),
    physical_name=PhysicalName("cluster_name", limit=255),
    uses=("ecs.capacity_provider", "kms.key", "logs.log_group", "s3.bucket"),
)
