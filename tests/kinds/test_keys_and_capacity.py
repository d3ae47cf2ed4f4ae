"""What case files cannot show of keys, providers and capacity: refusals, leftovers, and emulators that cannot list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.errors import Refused, Unimplemented
from reconciler.kinds.registry import kind
from reconciler.model import Action, Band, Call, Change, Observed, Response
from reconciler.plan import plan_one, steps
from tests.kinds.accounts import example_of, unchanged
from tests.kinds.test_cases import resource_of
from tests.kinds.test_foreign_and_owned import SCOPE, Answer, drive

STACK, RESOURCE = "reconciler:stack", "reconciler:resource"


def key_tags(stack: str, address: str = "kms.key/main") -> Response:
    return {"tags": [{"tag_key": STACK, "tag_value": stack}, {"tag_key": RESOURCE, "tag_value": address}]}


def keys(states: dict[str, str], stack: str = "demo") -> Answer:
    """An account with keys of these states by id, all of one stack."""

    def answer(call: Call) -> Response:
        key = call.params.get("key_id", "")
        answers: dict[str, Response] = {
            "GetResources": {
                "resource_tag_mapping_list": [{"resource_arn": f"arn:aws:kms:x:1:key/{k}"} for k in states]
            },
            "ListResourceTags": key_tags(stack),
            "DescribeKey": {
                "key_metadata": {"key_id": key, "arn": key, "key_state": states.get(key), "origin": "AWS_KMS"}
            },
            "GetKeyPolicy": {"policy": "{}"},
        }
        return answers.get(call.operation, {})

    return answer


def test_a_key_about_to_be_deleted_is_no_leftover() -> None:
    owned = drive(kind("kms.key").owned(SCOPE), keys({"going": "PendingDeletion", "there": "Enabled"}))
    assert [item.identifier for item in owned] == ["there"]


def test_a_ghost_of_the_tagging_api_is_no_leftover() -> None:
    def answer(call: Call) -> Response:
        return None if call.operation == "DescribeKey" else keys({"ghost": "Enabled"})(call)

    assert drive(kind("kms.key").owned(SCOPE), answer) == []


def test_a_key_of_another_stack_is_not_owned() -> None:
    assert drive(kind("kms.key").owned(SCOPE), keys({"theirs": "Enabled"}, stack="demo-staging")) == []


@pytest.mark.parametrize(("stack", "owned"), [("demo", ["alias/demo-staging-data"]), ("demo-staging", [])])
def test_an_alias_is_owned_with_its_key_not_by_its_name_alone(stack: str, owned: list[str]) -> None:
    alias = {"alias_name": "alias/demo-staging-data", "alias_arn": "arn", "target_key_id": "key"}

    def answer(call: Call) -> Response:
        return {"aliases": [alias]} if call.operation == "ListAliases" else key_tags(stack)

    assert [item.identifier for item in drive(kind("kms.alias").owned(SCOPE), answer)] == owned


def test_a_provider_that_roles_of_others_trust_is_not_deleted() -> None:
    provider = example_of("iam.oidc_provider")
    trusted = replace(provider, details={**provider.details, "trusting": ["their-deploy"]})
    change = Change(Action.DELETE, trusted.address, None, trusted)
    with pytest.raises(Refused, match="their-deploy"):
        list(kind("iam.oidc_provider").delete(change))


def test_roles_of_others_are_told_by_their_trust_policies_and_tags() -> None:
    arn = "arn:aws:iam::123456789012:oidc-provider/token.example.com"

    def trust(**principal: Any) -> dict[str, Any]:
        return {"Statement": [{"Principal": {"Service": "ec2.amazonaws.com"}}, {"Principal": principal}]}

    def a_role(name: str, policy: Any, stack: str = "") -> dict[str, Any]:
        return {"role_name": name, "assume_role_policy_document": policy, "tags": [{"key": STACK, "value": stack}]}

    found = [
        a_role("theirs", trust(Federated=[arn])),
        a_role("ours", trust(Federated=arn), "demo"),
        a_role("other", trust(Federated="arn:other")),
        a_role("anybody", {"Statement": {"Principal": "*"}}),
    ]

    def answer(call: Call) -> Response:
        tags = [{"key": STACK, "value": "demo"}, {"key": RESOURCE, "value": "iam.oidc_provider/main"}]
        answers: dict[str, Response] = {
            "GetAccountAuthorizationDetails": {"role_detail_list": found},
            "ListOpenIDConnectProviders": {"open_id_connect_provider_list": [{"arn": arn}]},
            "GetOpenIDConnectProvider": {"url": "token.example.com", "tags": tags},
        }
        return answers[call.operation]

    (owned,) = drive(kind("iam.oidc_provider").owned(SCOPE), answer)
    assert owned.details["trusting"] == ["theirs"]


# --- capacity ---------------------------------------------------------------------------------------------------------


def resized(live: int, band: Band) -> list[Call]:
    """What is done about a group of `live` instances that others may size within `band`."""
    wanted = resource_of(unchanged("autoscaling.auto_scaling_group"), "autoscaling.auto_scaling_group")
    found = example_of("autoscaling.auto_scaling_group")
    sizes = {**found.details["sizes"], "desired_capacity": live}
    group: Observed = replace(
        found,
        properties={**found.properties, "desired_capacity": live},
        details={**found.details, "sizes": sizes},
        tags=wanted.tags,
    )
    change, _ = plan_one(wanted.with_properties({**wanted.properties, "desired_capacity": band}), group)
    return list(steps(change))


@pytest.mark.parametrize(("live", "back_to"), [(1, 2), (2, None), (4, None), (9, 4)])
def test_a_size_others_decide_is_touched_only_outside_its_band(live: int, back_to: int | None) -> None:
    calls = resized(live, Band("ecs", 2, 4))
    assert [call.params.get("desired_capacity") for call in calls] == ([back_to] if back_to else [])


def test_a_group_that_others_size_begins_with_its_smallest() -> None:
    wanted = resource_of(unchanged("autoscaling.auto_scaling_group"), "autoscaling.auto_scaling_group")
    wanted = wanted.with_properties({**wanted.properties, "desired_capacity": Band("ecs", 1, 3)})
    (create,) = steps(plan_one(wanted, None)[0])
    assert "desired_capacity" not in create.params


def test_fifty_instances_lose_their_protection_at_once() -> None:
    found = example_of("autoscaling.auto_scaling_group")
    many = replace(found, details={**found.details, "protected": [f"i-{n}" for n in range(120)]})
    calls = list(steps(Change(Action.DELETE, many.address, None, many)))
    spared = [call for call in calls if call.operation == "SetInstanceProtection"]
    assert [len(call.params["instance_ids"]) for call in spared] == [50, 50, 20]


def test_an_emulator_without_instance_refreshes_shows_groups_all_the_same() -> None:
    name = "autoscaling.auto_scaling_group"
    wanted = resource_of(unchanged(name), name)

    def answer(call: Call) -> Response:
        if call.operation == "DescribeInstanceRefreshes":
            raise Unimplemented(call, "501", "no such operation")
        live = next(entry for entry in unchanged(name)["live"] if entry["call"] == str(call))
        response: Response = live["response"]
        return response

    assert _driven(kind(name).observe([wanted]), answer)[wanted.address].identifier == "demo-main"


def test_an_emulator_that_cannot_list_capacity_providers_is_asked_for_those_of_clusters() -> None:
    tags = [{"key": STACK, "value": "demo"}, {"key": RESOURCE, "value": "ecs.capacity_provider/main"}]
    asked: list[Any] = []

    def answer(call: Call) -> Response:
        if call.operation == "DescribeCapacityProviders" and "capacity_providers" not in call.params:
            raise Unimplemented(call, "501", "no such operation")
        asked.append(call.params.get("capacity_providers"))
        answers: dict[str, Response] = {
            "ListClusters": {"cluster_arns": ["c"]},
            "DescribeClusters": {"clusters": [{"cluster_name": "c", "capacity_providers": ["FARGATE", "mine"]}]},
            "DescribeCapacityProviders": {
                "capacity_providers": [{"name": "mine", "capacity_provider_arn": "arn", "tags": tags}]
            },
        }
        return answers[call.operation]

    (owned,) = _driven(kind("ecs.capacity_provider").owned(SCOPE), answer)
    assert owned.address == "ecs.capacity_provider/main"
    assert asked[-1] == ["FARGATE", "mine"]


def _driven(reader: Any, answer: Answer) -> Any:
    """Like `drive`, for emulators: what they do not know is thrown into the reader."""
    try:
        calls = next(reader)
        while True:
            try:
                responses = [answer(call) for call in calls]
            except Unimplemented as error:
                calls = reader.throw(error)
            else:
                calls = reader.send(responses)
    except StopIteration as stop:
        return stop.value


def test_a_policy_is_owned_through_its_group_and_its_name() -> None:
    def answer(call: Call) -> Response:
        if call.operation == "DescribeAutoScalingGroups":
            assert call.params["filters"] == [{"name": "tag:reconciler:stack", "values": ["demo"]}]
            return {"auto_scaling_groups": [{"auto_scaling_group_name": "demo-pool"}]}
        policies = [
            {"policy_name": name, "auto_scaling_group_name": "demo-pool", "policy_arn": "arn"}
            for name in ("demo-cpu", "by-hand")
        ]
        return {"scaling_policies": policies}

    owned = drive(kind("autoscaling.scaling_policy").owned(SCOPE), answer)
    assert [item.address for item in owned] == ["autoscaling.scaling_policy/cpu"]
