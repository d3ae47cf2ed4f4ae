"""A walk over all kinds: what a person changes with boto3 is found by drift, healed by apply, and found no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest

from reconciler.apply import apply
from reconciler.aws.clients import Clients
from reconciler.aws.executor import READ_PREFIXES
from reconciler.aws.tag_index import GLOBAL_REGION, read_index
from reconciler.converge import Pace, World
from reconciler.expand import Expanded, expand
from reconciler.hints import Seen, worth_asking
from reconciler.kinds.registry import kind, kind_names
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Action,
    Change,
    Listed,
    Observed,
    Outcome,
    Plan,
    Scope,
    render_path,
)
from reconciler.observe import View, observe, outputs_lookup, resolved
from reconciler.pipeline import look, make_plan
from reconciler.plan import Desired
from reconciler.plan import plan as planned
from reconciler.simulator.aws import EmbeddedAws
from reconciler.spec.schemas import shipped
from reconciler.spec.stack import Stack
from tests.engine.drift_cases import (
    ByEntry,
    Call,
    Deletion,
    Edit,
    KindCases,
    Look,
    Person,
    comparable,
    kinds_of,
    read_cases,
    side_by_side,
    spec_of,
    tags_in,
)
from tests.engine.stacks import ACCOUNT, REGION, Workbench
from tests.kinds.members import ALWAYS_THERE

pytestmark = pytest.mark.xdist_group("drift-walk")

CASES = read_cases()
LOOKS = [look for case in CASES for look in case.looks]
NOT_IN_AWS = {"data.migration"}
NOTHING_SEEN = View({})
PATIENT = Pace(first_pause=0.01, longest_pause=0.1, limit=30.0, visibility=2.0)
"""Machines that test are slow at times; what never ends fails all the same."""


# --- the walk -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Walk:
    """The applied stack, the AWS it stands in, and a person who changes it behind our back."""

    aws: EmbeddedAws
    bench: Workbench
    person: Person
    stack: Stack
    desired: Desired
    view: View = NOTHING_SEEN
    """What the last look found; nothing where it may have changed since."""
    settled: bool = False

    def look(self) -> Plan:
        """A plan, made by an executor that refuses to write; every request it sends must be a read."""
        before = len(self.aws.calls)
        plan, self.view = make_plan(self.desired, self.bench.executor())
        assert [call for call in self.aws.calls[before:] if not call[1].startswith(READ_PREFIXES)] == []
        self._know(self.view.observed)
        return plan

    def _know(self, live: Mapping[str, Observed | None]) -> None:
        self.person.outputs.update({_entry(a): o.outputs for a, o in live.items() if o is not None})

    def by_hand(self, calls: Sequence[Call]) -> None:
        self.settled, self.view = False, NOTHING_SEEN
        self.person.do(calls)

    def heal(self, plan: Plan) -> None:
        """Apply a plan; nothing may fail, and the look after it must find nothing more to do."""
        assert [finding.message for finding in plan.blocked] == []
        scope = Scope(self.desired.stack, self.desired.account, self.desired.region)
        world = World(self.bench.executor(writes=True), scope, dict(self.view.observed), PATIENT)
        result = apply(plan, self.desired, world)
        self.view = NOTHING_SEEN
        self._know(world.live)
        assert [(r.change.address, r.detail) for r in result.results if r.outcome is not Outcome.DONE] == []
        assert result.remaining is not None
        assert differences(result.remaining) == {}
        assert result.remaining.waits == ()
        self.settled = True


def _entry(address: str) -> str:
    return address.split("/", 1)[1]


def differences(plan: Plan) -> dict[str, Any]:
    """What a plan would do: entry -> path -> both values, or entry -> action where it is not an update."""
    said: dict[str, Any] = {}
    for change in plan.effects:
        entry = _entry(change.address)
        assert entry not in said, f"{said[entry]} and {change.action} of one object"
        paths = {render_path(field.path): both(field.desired, field.observed) for field in change.fields}
        said[entry] = paths if change.action is Action.UPDATE else change.action.value
    return said


def both(desired: Any, observed: Any) -> dict[str, Any]:
    return {"desired": comparable(desired), "observed": comparable(observed)}


def _walked(aws: EmbeddedAws, bench: Workbench) -> Walk:
    """The stack applied to an empty AWS, beside a few things of somebody else's that it and its changes need."""
    aws.reset()
    certificate = _make_what_is_not_ours()
    stack = bench.stack(spec_of(CASES, certificate))
    desired = Desired(stack.name, ACCOUNT, stack.region, expand(stack, ACCOUNT, stack.region))
    person = Person(
        {"certificate": {"arn": certificate}, "other-certificate": {"arn": _certificate("old.example.com")}}
    )
    walk = Walk(aws, bench, person, stack, desired)
    walk.heal(walk.look())
    interface = boto3.client("ec2").create_network_interface(SubnetId=walk.person.outputs["spare"]["subnet_id"])
    walk.person.outputs["interface"] = {"id": interface["NetworkInterface"]["NetworkInterfaceId"]}
    return walk


def _make_what_is_not_ours() -> str:
    """The ARN of the certificate the spec names."""
    boto3.client("sqs").create_queue(QueueName="walk-inbox")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="walk-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_acl(Bucket="walk-logs", ACL="log-delivery-write")
    for name in ("options", "other-options"):
        # The emulator knows option groups of no later version, and does not look at it.
        version = {"EngineName": "postgres", "MajorEngineVersion": "13"}
        boto3.client("rds").create_option_group(OptionGroupName=name, OptionGroupDescription=name, **version)
    return _certificate("app.example.com")


def _certificate(domain: str) -> str:
    return str(boto3.client("acm").request_certificate(DomainName=domain)["CertificateArn"])


@pytest.fixture(scope="module")
def shared(aws_server: EmbeddedAws, clients: Clients, tmp_path_factory: pytest.TempPathFactory) -> list[Walk]:
    return [_walked(aws_server, Workbench(tmp_path_factory.mktemp("walk"), clients, {}))]


@pytest.fixture
def walk(shared: list[Walk]) -> Walk:
    """The applied stack; built anew where the test before this one failed and left a mess."""
    if not shared[0].settled:
        shared[0] = _walked(shared[0].aws, shared[0].bench)
    return shared[0]


def _name(case: Edit | Deletion | KindCases | Look) -> str:
    if isinstance(case, KindCases):
        return case.kind
    return f"{case.kind}: {case.entry if isinstance(case, Look) else case.name}"


# --- nothing is left out --------------------------------------------------------------------------------------------


def test_every_kind_is_walked() -> None:
    assert {case.kind for case in CASES} == set(kind_names()) - NOT_IN_AWS
    assert sum(len(list(case.changed)) for case in CASES) > 350


def test_the_whole_walk_is_done_by_one_process(request: pytest.FixtureRequest) -> None:
    """What a test leaves behind is there for those after it; a pytest that pytest-xdist does not know divides them."""
    divided = request.config.getoption("loadgroup", False) and not request.node.nodeid.endswith("@drift-walk")
    assert not divided


def test_no_two_objects_of_the_walk_have_one_name() -> None:
    names = Counter(name for case in CASES for name in case.walk)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_every_property_is_changed_by_hand_or_excused_with_a_reason(case: KindCases) -> None:
    rules = kind(case.kind).rules
    changeable = set(shipped().fragment(case.kind)["properties"]) - set(rules.create_only) - set(rules.write_only)
    changed = {path.split(".")[0].split("[")[0] for path in case.changed}
    assert changed | case.excused.keys() == changeable
    assert not changed & case.excused.keys()


def test_an_object_of_every_kind_is_deleted_by_hand() -> None:
    kinds = kinds_of(CASES)
    deleted = {kinds[entry] for case in CASES for deletion in case.deletions for entry in deletion.missing}
    assert deleted == set(kind_names()) - NOT_IN_AWS - set(ALWAYS_THERE)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_every_kind_is_looked_at_by_boto3_and_tagged_where_aws_can(case: KindCases) -> None:
    assert case.looks
    assert (case.tagging is not None) is (kind(case.kind).retag is not None)


# --- what an apply makes --------------------------------------------------------------------------------------------


def test_a_second_plan_is_empty_and_writes_nothing(walk: Walk) -> None:
    again = walk.look()
    assert {change.action for change in again.changes} == {Action.NOOP}
    assert again.findings == ()


def test_a_quick_plan_is_empty_too(walk: Walk) -> None:
    again = make_plan(walk.desired, walk.bench.executor(), quick=True)[0]
    assert {change.action for change in again.changes} == {Action.NOOP}
    assert again.findings == ()


def test_a_quick_look_at_no_spec_finds_whatever_a_thorough_one_finds(walk: Walk) -> None:
    nothing = replace(walk.desired, expanded=Expanded({}, {}))
    quick, thorough = (look(nothing, walk.bench.executor(), quick=each).owned for each in (True, False))
    assert {(item.address, item.identifier) for item in quick} == {(i.address, i.identifier) for i in thorough}
    left = {item.address.split("/", 1)[0] for item in thorough}
    assert left == {case.kind for case in CASES} - {"ecs.one_off_task", *ALWAYS_THERE}  # its runs have ended


def test_a_kind_the_spec_stops_using_is_asked_for_leftovers_and_the_others_are_not(walk: Walk) -> None:
    walk.look()
    resources, observed = walk.desired.expanded.resources, walk.view.observed
    reading = read_index(walk.desired.stack, REGION, [REGION, GLOBAL_REGION])
    index = walk.bench.executor().snapshot().run(reading)
    assert index is not None
    listed = {name for name in kind_names() if isinstance(kind(name).leftovers, Listed)}
    for name in listed - {"ecs.one_off_task"}:
        others = {address: each for address, each in resources.items() if each.kind != name}
        seen = Seen(others, {address: live for address, live in observed.items() if address in others})
        assert {asked for asked, _ in worth_asking(index, walk.desired.scopes, seen)} & listed == {name}


@pytest.mark.parametrize("look", LOOKS, ids=_name)
def test_boto3_sees_the_properties_of_the_spec(walk: Walk, look: Look) -> None:
    assert_shows(walk, look)


def assert_shows(walk: Walk, look: Look) -> None:
    answer = walk.person.ask(look.call)
    shown = {path: comparable(walk.person.search(path, answer)) for path in look.shows}
    assert shown == {path: comparable(walk.person.filled(value)) for path, value in look.shows.items()}, answer


@pytest.mark.parametrize("case", [case for case in CASES if case.tagging], ids=_name)
def test_boto3_finds_every_object_with_our_tags(walk: Walk, case: KindCases) -> None:
    assert case.tagging is not None
    for address in [address for address in walk.desired.expanded.resources if address.startswith(f"{case.kind}/")]:
        walk.person.outputs["it"] = walk.person.outputs[_entry(address)]
        tags = tags_in(walk.person.search(case.tagging.at, walk.person.ask(case.tagging.read)))
        wanted = {"team": "sales", STACK_TAG: "walk", RESOURCE_TAG: address}
        assert {name: tags.get(name) for name in wanted} == wanted


# --- what a person does to it ---------------------------------------------------------------------------------------

ROUNDS = side_by_side([edit for case in CASES for edit in case.edits if not edit.refused])


@pytest.mark.parametrize("edits", ROUNDS, ids=lambda edits: f"{len(edits)} at once")
def test_what_is_changed_by_hand_is_found_and_healed(walk: Walk, edits: Sequence[Edit]) -> None:
    """Changes of different objects do not disturb each other, so a round makes one of every object at once."""
    for edit in edits:
        walk.by_hand(edit.by_hand)
    expected = {entry: paths for edit in edits for entry, paths in _expected(walk, edit).items()}
    plan = walk.look()
    assert wrong(differences(plan), expected) == {}
    walk.heal(plan)


def wrong(found: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """Where two accounts of many differences disagree: only that, for a person to read."""
    left, right = dict(_by_path(found)), dict(_by_path(expected))
    keys = [key for key in left | right if left.get(key) != right.get(key)]
    return {key: {"found": left.get(key), "expected": right.get(key)} for key in keys}


def _by_path(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for entry, paths in said.items():
        if isinstance(paths, str):
            yield entry, paths
        else:
            yield from ((f"{entry} {path}", pair) for path, pair in paths.items())


@pytest.mark.parametrize("edit", [edit for case in CASES for edit in case.edits if edit.refused], ids=_name)
def test_what_aws_never_takes_back_is_found_and_refused(walk: Walk, edit: Edit) -> None:
    walk.by_hand(edit.by_hand)
    plan = walk.look()
    assert differences(plan) == _expected(walk, edit)
    assert [edit.refused in finding.message for finding in plan.blocked] == [True]
    walk.by_hand(edit.undo)
    walk.heal(walk.look())


def _expected(walk: Walk, edit: Edit) -> dict[str, Any]:
    found = walk.person.filled(edit.found)
    return {entry: {path: both(*pair) for path, pair in paths.items()} for entry, paths in found.items()}


@pytest.mark.parametrize(("verb", "live"), [("changed", "nobody"), ("removed", None)])
def test_tags_changed_by_hand_are_found_and_put_back(walk: Walk, verb: str, live: str | None) -> None:
    tagging = [case.tagging for case in CASES if case.tagging]
    for each in tagging:
        walk.by_hand(getattr(each, verb))
    plan = walk.look()
    assert differences(plan) == {each.of: {"tags.team": both("sales", live)} for each in tagging}
    walk.heal(plan)


@pytest.mark.parametrize("deletion", [each for case in CASES for each in case.deletions], ids=_name)
def test_what_is_deleted_by_hand_is_made_again_and_what_uses_it_follows(walk: Walk, deletion: Deletion) -> None:
    walk.by_hand(deletion.by_hand)
    plan = walk.look()
    found = {
        entry: sorted({path.split(".")[0].split("[")[0] for path in change}) if isinstance(change, dict) else change
        for entry, change in differences(plan).items()
    }
    repaired = {entry: sorted(names) for entry, names in deletion.repaired.items()}
    assert found == dict.fromkeys(deletion.missing, "create") | repaired
    walk.heal(plan)


def test_after_all_that_boto3_sees_the_properties_of_the_spec_again(walk: Walk) -> None:
    for each in LOOKS:
        assert_shows(walk, each)


# --- what no live object can become ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [case for case in CASES if kind(case.kind).rules.create_only], ids=_name)
def test_what_cannot_be_changed_on_a_live_object_is_planned_as_a_new_one(walk: Walk, case: KindCases) -> None:
    holds_data = kind(case.kind).holds_data
    for address, name, value in _settings(case.kind, case.replaced):
        (change,), codes = _planned_with(walk, address, {name: value})
        assert change.action is Action.REPLACE
        assert [field.path[0] for field in change.fields if field.forces_replacement] == [name]
        assert ("RC2301" in codes) is holds_data
    for address, name, value in _settings(case.kind, case.beside):
        changes, codes = _planned_with(walk, address, {name: value})
        assert [change.action for change in changes] == [Action.CREATE, *([] if holds_data else [Action.DELETE])]
        assert ("RC2201" in codes) is holds_data
    tried = {name for _, name, _ in (*_settings(case.kind, case.replaced), *_settings(case.kind, case.beside))}
    assert not tried & case.not_alone.keys()
    assert tried | case.not_alone.keys() == {n for n in kind(case.kind).rules.create_only if _has_choice(case.kind, n)}


def _has_choice(kind_name: str, name: str) -> bool:
    """Some properties say the only thing we know how to say, like `service_namespace: ecs`."""
    return len(shipped().fragment(kind_name)["properties"][name].get("enum", "any")) > 1


def _settings(kind_name: str, by_entry: ByEntry) -> list[tuple[str, str, Any]]:
    return [(f"{kind_name}/{e}", name, value) for e, values in by_entry.items() for name, value in values.items()]


def _planned_with(walk: Walk, address: str, values: Mapping[str, Any]) -> tuple[list[Change], set[str]]:
    """The changes of one address, and the codes of all findings, where the spec said `values` instead."""
    if not walk.view.observed:
        walk.look()
    entry = walk.stack.entries[_entry(address)]
    changed = replace(entry, properties={**entry.properties, **walk.person.filled(values)})
    expanded = expand(replace(walk.stack, entries={**walk.stack.entries, entry.name: changed}), ACCOUNT, REGION)
    resource = resolved(expanded.resources[address], outputs_lookup(walk.view.observed))
    live = observe({address: resource}, walk.bench.executor().snapshot())
    found = planned(replace(walk.desired, expanded=expanded), View({**walk.view.observed, **live}, walk.view.owned))
    return [c for c in found.effects if c.address == address], {finding.code for finding in found.findings}
