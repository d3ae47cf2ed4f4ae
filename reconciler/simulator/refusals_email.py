"""The refusals of e-mail, buckets, secrets and parameters: what is taken, scheduled to go, or impossible.

Declarations and the questions they ask of moto's state; nothing here changes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from reconciler.simulator.repair import documents
from reconciler.simulator.repair_email import in_production
from reconciler.simulator.strict import Edge, Rule
from reconciler.simulator.wire import Request, backend

# --- e-mail ---------------------------------------------------------------------------------------------------------


def _recipient_not_verified(request: Request) -> bool:
    """In the sandbox mail goes to verified addresses and domains only."""
    destination = json.loads(request.body).get("Destination", {})
    verified = documents(request, "identity")
    addresses = [address for group in destination.values() for address in group]
    return not in_production(request) and not all(
        address in verified or address.partition("@")[2] in verified for address in addresses
    )


def _topic_is_not_there(request: Request) -> bool:
    topic = _topic(request)
    return bool(topic) and topic not in backend("sns", request.region).topics


def _topic(request: Request) -> str:
    return str(request.params["EventDestination"].get("SnsDestination", {}).get("TopicArn", ""))


def _topic_does_not_let_it(request: Request) -> bool:
    """AWS: publishes a test message when the destination is made."""
    topic = _topic(request)
    live = backend("sns", request.region).topics.get(topic)
    return live is not None and "ses.amazonaws.com" not in str(live.policy)


def _several_destinations(request: Request) -> bool:
    destination = request.params["EventDestination"]
    return len([name for name in destination if name.endswith("Destination")]) != 1


def _under_review(request: Request) -> bool:
    settings = documents(request, "account")
    return "wanted" in settings and bool(settings["wanted"]) and not in_production(request)


# --- buckets --------------------------------------------------------------------------------------------------------


def _lifecycle_rules(request: Request) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = request.params.get("LifecycleConfiguration", {}).get("Rules", [])
    return rules


def _aborts_by_tag(request: Request) -> bool:
    return any(
        "AbortIncompleteMultipartUpload" in rule and "Tag" in str(rule.get("Filter", {}))
        for rule in _lifecycle_rules(request)
    )


def _no_filter(request: Request) -> bool:
    return any(("Filter" in rule) == ("Prefix" in rule) for rule in _lifecycle_rules(request))


def _bucket(request: Request) -> Any:
    return request.backend().buckets.get(request.params["Bucket"])


def _replicates_without_versions(request: Request) -> bool:
    return _bucket(request) is not None and _bucket(request).versioning_status != "Enabled"


def _suspends_while_replicating(request: Request) -> bool:
    bucket, status = _bucket(request), request.params["VersioningConfiguration"].get("Status")
    return bucket is not None and status == "Suspended" and bool(bucket.replication)


def _public_policy_is_blocked(request: Request) -> bool:
    bucket = _bucket(request)
    block = getattr(bucket, "public_access_block", None)
    blocked = block is not None and str(block.block_public_policy).lower() == "true"
    return blocked and any(map(_opens_to_all, _statements(request.params["Policy"])))


def _statements(policy: str) -> Iterator[dict[str, Any]]:
    found = json.loads(policy).get("Statement", [])
    yield from found if isinstance(found, list) else [found]


def _opens_to_all(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    everybody = principal == "*" or (isinstance(principal, dict) and "*" in (principal.get("AWS"), *principal.values()))
    return statement["Effect"] == "Allow" and everybody and not statement.get("Condition")


# --- secrets and parameters -----------------------------------------------------------------------------------------


def _replicated_secrets(region: str) -> Iterator[str]:
    for secret in backend("secretsmanager", region).secrets.values():
        if getattr(secret, "replicas", None):
            yield from (secret.arn, secret.name)


def _no_recovery_choice(request: Request) -> bool:
    return bool(request.params.get("ForceDeleteWithoutRecovery")) and "RecoveryWindowInDays" in request.params


def _live_parameter(request: Request) -> Any:
    name = request.params["Name"]
    return request.backend().get_parameters([name]).get(name) if request.params.get("Overwrite") else None


def _other_type(request: Request) -> bool:
    live = _live_parameter(request)
    return live is not None and bool(request.params.get("Type", live.parameter_type) != live.parameter_type)


def _is_standard(request: Request) -> bool:
    return str(request.params.get("Tier", "Standard")) == "Standard"


def _becomes_standard(request: Request) -> bool:
    live = _live_parameter(request)
    is_advanced = live is not None and live.tier == "Advanced"
    return bool(is_advanced and _is_standard(request))


def _too_long_for_standard(request: Request) -> bool:
    return _is_standard(request) and len(request.params["Value"].encode()) > 4096


def _policies_of_standard(request: Request) -> bool:
    return _is_standard(request) and request.params.get("Policies", "[]") != "[]"


def _pattern_mismatch(request: Request) -> bool:
    return re.search(request.params.get("AllowedPattern", ""), request.params["Value"]) is None


def _too_deep(request: Request) -> bool:
    return str(request.params["Name"]).strip("/").count("/") >= 15


EDGES = (
    Edge(
        "secretsmanager:DeleteSecret", "SecretId", (_replicated_secrets,), "InvalidRequestException",
        "You can't delete secret {} that still has replica regions.",
    ),
)  # fmt: skip

_TOPIC = "Could not publish to SNS topic."
RULES = (
    Rule("sesv2:SendEmail", _recipient_not_verified, "MessageRejected", "Email address is not verified."),
    Rule("sesv2:CreateConfigurationSetEventDestination", _topic_is_not_there, "BadRequestException", _TOPIC),
    Rule("sesv2:CreateConfigurationSetEventDestination", _topic_does_not_let_it, "BadRequestException", _TOPIC),
    Rule(
        "sesv2:CreateConfigurationSetEventDestination", _several_destinations, "BadRequestException",
        "Exactly one destination must be given.",
    ),
    Rule(
        "sesv2:PutAccountDetails", _under_review, "ConflictException",
        "There is already an ongoing account details update under review.",
    ),
    Rule("s3:PutBucketLifecycleConfiguration", _no_filter, "MalformedXML", "Either Filter or Prefix must be given."),
    Rule(
        "s3:PutBucketLifecycleConfiguration", _aborts_by_tag, "InvalidRequest",
        "AbortIncompleteMultipartUpload cannot be specified with Tags.",
    ),
    Rule(
        "s3:PutBucketReplication", _replicates_without_versions, "InvalidRequest",
        "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
    ),
    Rule(
        "s3:PutBucketVersioning", _suspends_while_replicating, "InvalidBucketState",
        "A replication configuration is present on this bucket, so the versioning state cannot be changed.",
    ),
    Rule(
        "s3:PutBucketPolicy", _public_policy_is_blocked, "AccessDenied",
        "Public policies are blocked by the BlockPublicPolicy block public access setting.",
    ),
    Rule(
        "secretsmanager:DeleteSecret", _no_recovery_choice, "InvalidParameterException",
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    ),
    Rule("ssm:PutParameter", _other_type, "ValidationException", "The type of a parameter cannot be changed."),
    Rule(
        "ssm:PutParameter", _becomes_standard, "ValidationException",
        "This parameter uses the advanced-parameter tier. You can't downgrade it to the standard-parameter tier.",
    ),
    Rule(
        "ssm:PutParameter", _too_long_for_standard, "ValidationException",
        "Standard tier parameters support a maximum parameter value of 4096 characters.",
    ),
    Rule(
        "ssm:PutParameter", _policies_of_standard, "ValidationException",
        "Parameter policies need the advanced tier.",
    ),
    Rule(
        "ssm:PutParameter", _pattern_mismatch, "ParameterPatternMismatchException",
        "Parameter value, cannot be validated against allowedPattern.",
    ),
    Rule("ssm:PutParameter", _too_deep, "HierarchyLevelLimitExceededException", "Too many levels; 15 are allowed."),
)  # fmt: skip
