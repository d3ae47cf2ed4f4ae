"""`wafv2.logging_configuration`: where the requests a web ACL looked at are written down, and what is left out.

AWS cannot tag it and has one per ACL, which a Put replaces: it is ours where its ACL is. The permission to write is
AWS's own affair (it edits the log group's policy itself), and no policy is touched here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import _wafv2, _wafv2_rules, wafv2_web_acl
from reconciler.kinds.base import identifier, pick, read_all
from reconciler.model import (
    RESOURCE_TAG,
    STACK_TAG,
    Address,
    Call,
    Change,
    Kind,
    Observed,
    Patience,
    Reads,
    Resource,
    Response,
    Rules,
    Scope,
    Through,
    Value,
)

NOBODY = "none"
"""What the stack tag of an object says that was let go."""
SETTINGS = ("log_destination_configs", "redacted_fields", "logging_filter")


def observe(resources: Sequence[Resource]) -> Reads[Mapping[Address, Observed]]:
    """An ACL that is not ours counts as logging that is not ours, so that nothing is written to it unasked."""
    acls = [str(resource.properties["resource_arn"]) for resource in resources]
    answers = iter((yield from read_all([call for acl in acls for call in _reads(acl)])))
    read = [
        (resource, acl, [next(answers) for _ in _reads(acl)]) for resource, acl in zip(resources, acls, strict=True)
    ]
    found = {}
    for resource, acl, (there, tagging, logging) in read:
        stack = _whose(resource, logging, _wafv2.tags_in(tagging))
        if there is not None and (logging is not None or stack != resource.stack):
            found[resource.address] = _observed(resource.address, acl, logging, stack)
    return found


def _reads(acl: str) -> list[Call]:
    return [_wafv2.acl_call(acl), _wafv2.tags_call(acl), _get(acl)]


def _get(acl: str) -> Call:
    return _wafv2.call("GetLoggingConfiguration", _wafv2.scope_of(acl), {"resource_arn": acl})


def _whose(resource: Resource, logging: Response, of_acl: Mapping[str, str]) -> str:
    managed = logging is not None and logging["logging_configuration"].get("managed_by_firewall_manager")
    stack = NOBODY if managed else of_acl.get(STACK_TAG, NOBODY)
    return resource.stack if stack == NOBODY and resource.adopt else stack


def _observed(address: Address, acl: str, logging: Response, stack: str) -> Observed:
    return Observed(
        address,
        acl,
        {"resource_arn": acl, **_settings(logging)},
        outputs={"resource_arn": acl},
        tags={} if stack == NOBODY else {STACK_TAG: stack, RESOURCE_TAG: address},
    )


def _settings(logging: Response) -> dict[str, Value]:
    live = {} if logging is None else pick(logging["logging_configuration"], *SETTINGS)
    return {name: _wafv2_rules.plain(value) for name, value in live.items()}


def owned(scope: Scope) -> Reads[Sequence[Observed]]:
    acls = yield from wafv2_web_acl.owned(scope)
    answers = yield from read_all([_get(acl.identifier) for acl in acls])
    return [
        _observed(f"{KIND.name}/{acl.address.split('/', 1)[1]}-logging", acl.identifier, answer, scope.stack)
        for acl, answer in zip(acls, answers, strict=True)
        if answer is not None and not answer["logging_configuration"].get("managed_by_firewall_manager")
    ]


def put(change: Change) -> Iterator[Call]:
    """AWS: makes the configuration or replaces all of it."""
    live = change.observed.properties if change.observed else {}
    acl = change.desired["resource_arn"]
    logging = {"resource_arn": acl, **pick({**live, **change.desired}, *SETTINGS)}
    scope = _wafv2.scope_of(acl) if isinstance(acl, str) else ""
    yield _wafv2.call("PutLoggingConfiguration", scope, {"logging_configuration": logging})


def delete(change: Change) -> Iterator[Call]:
    acl = identifier(change)
    yield _wafv2.call("DeleteLoggingConfiguration", _wafv2.scope_of(acl), {"resource_arn": acl})


KIND = Kind(
    name="wafv2.logging_configuration",
    title="Web ACL logging",
    observe=observe,
    owned=owned,
    create=put,
    update=put,
    delete=delete,
    leftovers=Through(("wafv2.web_acl",)),
    outputs=("resource_arn",),
    rules=Rules(
        unordered=("log_destination_configs", "redacted_fields"),
        documents=("redacted_fields[]", "logging_filter"),
    ),
    identity=("resource_arn",),
    uses=("wafv2.web_acl", "logs.log_group", "s3.bucket"),
    # AWS: a new log group takes a while until WAF may write to it.
    patience=Patience(minutes=10),
)
