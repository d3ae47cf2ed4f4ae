"""X-Ray's groups and sampling rules, which moto does not have: stored here, tagged, and read back as AWS would."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from reconciler.simulator.repair import declared_in, documents, repair
from reconciler.simulator.wire import ACCOUNT, Answer, Handler, Refusal, Request, written

Document = dict[str, Any]

_WRONG = "InvalidRequestException"
"""AWS has one error code for all that is wrong."""

_ANY = dict.fromkeys(("ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath", "ResourceARN"), "*")
_DEFAULT: dict[str, Document] = {
    "group": {},
    "rule": {"Priority": 10000, "FixedRate": 0.05, "ReservoirSize": 1, **_ANY, "Version": 1, "Attributes": {}},
}
"""What every account has and keeps."""
_NO_INSIGHTS = {"InsightsEnabled": False, "NotificationsEnabled": False}
_WORDS = {"group": ("GroupName", "GroupARN", "group"), "rule": ("RuleName", "RuleARN", "sampling-rule")}


def _shelf(request: Request, kind: str) -> dict[str, Document]:
    """The account's groups or rules by name; AWS made one of each itself."""
    shelf = documents(request, f"xray_{kind}s")
    if not shelf:
        name, arn, noun = _WORDS[kind]
        whole = f"arn:aws:xray:{request.region}:{ACCOUNT}:{noun}/Default"
        shelf["Default"] = {name: "Default", arn: whole, **_DEFAULT[kind]}
    return shelf


def _made(request: Request, kind: str, sent: Document) -> Document:
    """A new entry of the shelf, with tags; `sent` is what AWS was told of it."""
    shelf, (name, arn, noun) = _shelf(request, kind), _WORDS[kind]
    if sent[name] in shelf:
        raise Refusal(_WRONG, f"A {noun} with this name already exists.")
    # AWS: the ARN of a group ends in an id nobody can foretell.
    end = f"/{uuid4().hex.upper()}" if kind == "group" else ""
    made = {**sent, arn: f"arn:aws:xray:{request.region}:{ACCOUNT}:{noun}/{sent[name]}{end}"}
    shelf[sent[name]] = made
    documents(request, "xray_tags")[made[arn]] = {tag["Key"]: tag["Value"] for tag in request.params.get("Tags", ())}
    return made


def _found(request: Request, kind: str, sent: Document) -> Document:
    """What a name or an ARN stands for."""
    name, arn, noun = _WORDS[kind]
    wanted = sent.get(name) or sent.get(arn)
    found = next((each for each in _shelf(request, kind).values() if wanted in (each[name], each[arn])), None)
    if found is None:
        raise Refusal(_WRONG, f"The {noun} was not found.")
    return found


def _removed(request: Request, kind: str) -> Document:
    name, arn, noun = _WORDS[kind]
    gone = _found(request, kind, request.params)
    if gone[name] == "Default":
        raise Refusal(_WRONG, f"The default {noun} cannot be deleted.")
    documents(request, "xray_tags").pop(gone[arn], None)
    return _shelf(request, kind).pop(str(gone[name]))


def _without(params: Document, *names: str) -> Document:
    return {name: value for name, value in params.items() if name not in names}


@repair("xray:GetGroups", "xray:*Group", because="moto has no X-Ray groups")
def trace_groups(request: Request, below: Handler) -> Answer:
    sent = request.params
    if request.operation == "GetGroups":
        return written(request, {"Groups": list(_shelf(request, "group").values())})
    if request.operation == "DeleteGroup":
        _removed(request, "group")
        return written(request, {})
    if request.operation == "CreateGroup":
        insights = {"InsightsConfiguration": _NO_INSIGHTS | sent.get("InsightsConfiguration", {})}
        return written(request, {"Group": _made(request, "group", {**_without(sent, "Tags"), **insights})})
    group = _found(request, "group", sent)
    if request.operation == "UpdateGroup":
        group.update(_without(sent, "GroupName", "GroupARN"))
    return written(request, {"Group": group})


@repair("xray:GetSamplingRules", "xray:*SamplingRule", because="moto has no sampling rules")
def sampling_rules(request: Request, below: Handler) -> Answer:
    sent = request.params
    if request.operation == "GetSamplingRules":
        return written(request, {"SamplingRuleRecords": [_record(rule) for rule in _shelf(request, "rule").values()]})
    if request.operation == "CreateSamplingRule":
        rule = _made(request, "rule", {"Attributes": {}, **sent["SamplingRule"]})
    elif request.operation == "DeleteSamplingRule":
        rule = _removed(request, "rule")
    else:
        changed = sent["SamplingRuleUpdate"]
        rule = _found(request, "rule", changed)
        rule.update(_without(changed, "RuleName", "RuleARN"))
    return written(request, {"SamplingRuleRecord": _record(rule)})


def _record(rule: Document) -> Document:
    then = datetime(2026, 1, 1, tzinfo=UTC)
    return {"SamplingRule": rule, "CreatedAt": then, "ModifiedAt": then}


@repair("xray:*TagsForResource", "xray:TagResource", "xray:UntagResource", because="moto tags nothing of X-Ray's")
def xray_tags(request: Request, below: Handler) -> Answer:
    sent, tags = request.params, documents(request, "xray_tags")
    arn = sent["ResourceARN"]
    known = {each[_WORDS[kind][1]] for kind in _WORDS for each in _shelf(request, kind).values()}
    if arn not in known:
        raise Refusal("ResourceNotFoundException", f"{arn} was not found.", 404)
    live: Document = tags.setdefault(arn, {})
    if request.operation == "ListTagsForResource":
        return written(request, {"Tags": [{"Key": key, "Value": value} for key, value in live.items()]})
    live.update({tag["Key"]: tag["Value"] for tag in sent.get("Tags", ())})
    for key in sent.get("TagKeys", ()):
        live.pop(key, None)
    return written(request, {})


REPAIRS = declared_in(globals())
