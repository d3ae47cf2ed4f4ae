"""A small AWS in memory (topics, VPCs, subnets) with a clock of its own, and a list of things that go wrong.

Its requests and answers are validated against botocore's models, so that it cannot understand what AWS would not.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.loaders
from botocore import xform_name

from reconciler.aws.clients import Clients
from reconciler.aws.executor import READ_PREFIXES, Executor
from reconciler.converge import Pace, World
from reconciler.errors import CallFailed, Conflict, NotFound, Unavailable
from reconciler.model import Call, Response, Scope
from tests.engine.specs import ACCOUNT, REGION
from tests.kinds.accounts import nothing
from tests.kinds.wire import assert_valid_call, assert_valid_response

Fault = Callable[[Call, Callable[[], Response]], Response]
"""Gets the call and the way to carry it out; answers or raises instead."""


@dataclass(slots=True)
class Clock:
    """Time that only passes where somebody sleeps."""

    seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.seconds += seconds


@dataclass(slots=True)
class Item:
    """A live object; readers see it from `visible_at` on."""

    facts: dict[str, Any]
    tags: dict[str, str]
    visible_at: float = 0.0


@dataclass(slots=True)
class Cloud:
    clock: Clock = field(default_factory=Clock)
    topics: dict[str, Item] = field(default_factory=dict)
    vpcs: dict[str, Item] = field(default_factory=dict)
    subnets: dict[str, Item] = field(default_factory=dict)
    lag: float = 0.0
    """Seconds before something new can be seen."""
    writes: list[str] = field(default_factory=list)
    migration: Callable[[Call], Response] = nothing
    _faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    _count: int = 0
    _region: str = REGION
    """Where the call in hand goes to."""
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __call__(self, call: Call) -> Response:
        if call.service == "migration":
            return self.migration(call)
        assert_valid_call(call)
        with self._lock:
            if not call.operation.startswith(READ_PREFIXES):
                self.writes.append(str(call))
            self._region = call.region or REGION
            pending = self._faults[str(call)]
            response = pending.pop(0)(call, lambda: self._do(call)) if pending else self._do(call)
        if response:
            assert_valid_response(call, response)
        return response

    def _do(self, call: Call) -> Response:
        name = "_" + xform_name(call.operation)
        answer: Callable[[Mapping[str, Any]], Response] | None = getattr(self, name, None)
        return nothing(call) if answer is None else answer(call.params)

    # --- what goes wrong ----------------------------------------------------------------------------------------------

    def fails(
        self, name: str, error: type[CallFailed], times: int = 1, because: Callable[[], object] = lambda: None
    ) -> None:
        """The next calls do nothing and answer with an error, because of what happened just before."""

        def fault(call: Call, _do: Callable[[], Response]) -> Response:
            because()
            raise error(call, error.__name__, "as the test says")

        self._faults[name] += [fault] * times

    def loses_the_answer(self, name: str) -> None:
        """The next call is carried out, and nobody hears of it."""

        def fault(call: Call, do: Callable[[], Response]) -> Response:
            do()
            raise Unavailable(call, "ReadTimeoutError", "the connection broke")

        self._faults[name].append(fault)

    def ignores(self, name: str, times: int) -> None:
        """The next calls are accepted and change nothing."""
        self._faults[name] += [lambda _call, _do: {}] * times

    def meanwhile(self, name: str, happens: Callable[[], object]) -> None:
        """Something happens just before the next such call."""

        def fault(_call: Call, do: Callable[[], Response]) -> Response:
            happens()
            return do()

        self._faults[name].append(fault)

    # --- topics -------------------------------------------------------------------------------------------------------

    def _topic(self, arn: str) -> Item | None:
        """A topic that can be seen in the region that is asked."""
        item = self.topics.get(arn) if f":{self._region}:" in arn else None
        return item if item is not None and item.visible_at <= self.clock.now() else None

    def _create_topic(self, params: Mapping[str, Any]) -> Response:
        arn = f"arn:aws:sns:{self._region}:{ACCOUNT}:{params['name']}"
        if arn not in self.topics:
            self.topics[arn] = self._item(dict(params.get("attributes", {})), params.get("tags", ()))
        return {"topic_arn": arn}

    def _get_topic_attributes(self, params: Mapping[str, Any]) -> Response:
        item = self._topic(params["topic_arn"])
        return None if item is None else {"attributes": {**item.facts, "TopicArn": params["topic_arn"]}}

    def _list_tags_for_resource(self, params: Mapping[str, Any]) -> Response:
        item = self._topic(params.get("resource_arn", ""))
        return None if item is None else {"tags": _tag_list(item.tags)}

    def _list_topics(self, params: Mapping[str, Any]) -> Response:
        return {"topics": [{"topic_arn": arn} for arn in self.topics if self._topic(arn) is not None]}

    def _set_topic_attributes(self, params: Mapping[str, Any]) -> Response:
        self.topics[params["topic_arn"]].facts[params["attribute_name"]] = params["attribute_value"]
        return {}

    def _tag_resource(self, params: Mapping[str, Any]) -> Response:
        self.topics[params["resource_arn"]].tags.update({tag["key"]: tag["value"] for tag in params["tags"]})
        return {}

    def _delete_topic(self, params: Mapping[str, Any]) -> Response:
        self.topics.pop(params["topic_arn"], None)
        return {}

    # --- VPCs and subnets ---------------------------------------------------------------------------------------------

    def _item(self, facts: dict[str, Any], tags: Any) -> Item:
        return Item(facts, {tag["key"]: tag["value"] for tag in tags}, self.clock.now() + self.lag)

    def _next(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}-{self._count}"

    def _create_vpc(self, params: Mapping[str, Any]) -> Response:
        facts = {"cidr_block": params["cidr_block"], "instance_tenancy": params["instance_tenancy"]}
        facts |= {"state": "available", "enableDnsSupport": True, "enableDnsHostnames": False}
        self.vpcs[self._next("vpc")] = self._item(facts, params["tag_specifications"][0]["tags"])
        return {}

    def _describe_vpcs(self, params: Mapping[str, Any]) -> Response:
        shown = ("cidr_block", "instance_tenancy", "state")
        return {"vpcs": self._listed(self.vpcs, "vpc_id", shown, params)}

    def _describe_vpc_attribute(self, params: Mapping[str, Any]) -> Response:
        name = params["attribute"]
        return {xform_name(name): {"value": self.vpcs[params["vpc_id"]].facts[name]}}

    def _modify_vpc_attribute(self, params: Mapping[str, Any]) -> Response:
        facts = self.vpcs[params["vpc_id"]].facts
        for name in ("enableDnsSupport", "enableDnsHostnames"):
            if xform_name(name) in params:
                facts[name] = params[xform_name(name)]["value"]
        return {}

    def _delete_vpc(self, params: Mapping[str, Any]) -> Response:
        call = Call("ec2", "DeleteVpc", params)
        if params["vpc_id"] not in self.vpcs:
            raise NotFound(call, "InvalidVpcID.NotFound", "no such VPC")
        if any(subnet.facts["vpc_id"] == params["vpc_id"] for subnet in self.subnets.values()):
            raise Conflict(call, "DependencyViolation", "it has subnets")
        del self.vpcs[params["vpc_id"]]
        return {}

    def _create_subnet(self, params: Mapping[str, Any]) -> Response:
        if params["vpc_id"] not in self.vpcs:
            raise NotFound(Call("ec2", "CreateSubnet", params), "InvalidVpcID.NotFound", "no such VPC")
        facts = {"cidr_block": params["cidr_block"], "vpc_id": params["vpc_id"], "state": "available"}
        facts |= {"availability_zone": params.get("availability_zone", f"{REGION}a"), "map_public_ip_on_launch": False}
        self.subnets[self._next("subnet")] = self._item(facts, params["tag_specifications"][0]["tags"])
        return {}

    def _describe_subnets(self, params: Mapping[str, Any]) -> Response:
        shown = ("cidr_block", "vpc_id", "state", "availability_zone", "map_public_ip_on_launch")
        return {"subnets": self._listed(self.subnets, "subnet_id", shown, params)}

    def _delete_subnet(self, params: Mapping[str, Any]) -> Response:
        self.subnets.pop(params["subnet_id"], None)
        return {}

    def _create_tags(self, params: Mapping[str, Any]) -> Response:
        for live_id in params["resources"]:
            item = self.vpcs.get(live_id) or self.subnets[live_id]
            item.tags.update({tag["key"]: tag["value"] for tag in params["tags"]})
        return {}

    def _listed(
        self, items: Mapping[str, Item], id_name: str, shown: tuple[str, ...], params: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        wanted = {each["name"].removeprefix("tag:"): each["values"] for each in params.get("filters", ())}
        ids = params.get(f"{id_name}s")
        return [
            {id_name: live_id, **{name: item.facts[name] for name in shown}, "tags": _tag_list(item.tags)}
            for live_id, item in items.items()
            if item.visible_at <= self.clock.now() and (ids is None or live_id in ids)
            if all(item.tags.get(name) in values for name, values in wanted.items())
        ]

    # --- for the engine -----------------------------------------------------------------------------------------------

    def executor(self, writes: bool = True) -> Executor:
        return Executor(Clients(REGION), routes=dict.fromkeys(_services(), self), read_only=not writes)

    def world(self, **pace: Any) -> World:
        scope = Scope("shop", ACCOUNT, REGION)
        return World(self.executor(), scope, {}, Pace(sleep=self.clock.sleep, now=self.clock.now, **pace))

    def count(self, name: str) -> int:
        return self.writes.count(name)


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": name, "value": value} for name, value in sorted(tags.items())]


def _services() -> list[str]:
    return [*botocore.loaders.Loader().list_available_services("service-2"), "migration"]
