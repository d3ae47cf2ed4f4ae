"""`grants`: what a program may do, said in words: each becomes the least IAM statements that let it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.components.base import Context, join
from reconciler.model import Properties, Reference, Template, Value


class Allowed(NamedTuple):
    """Actions on the object itself, or on what is below it: `suffix` goes behind its ARN."""

    actions: tuple[str, ...]
    suffix: str = ""


OBJECTS = "/*"
WORDS: Mapping[str, Mapping[str, tuple[Allowed, ...]]] = {
    "bucket": {
        "read": (Allowed(("s3:ListBucket",)), Allowed(("s3:GetObject",), OBJECTS)),
        "write": (Allowed(("s3:PutObject", "s3:AbortMultipartUpload"), OBJECTS),),
        "delete": (Allowed(("s3:DeleteObject",), OBJECTS),),
    },
    "email": {"send": (Allowed(("ses:SendEmail", "ses:SendRawEmail", "ses:SendTemplatedEmail")),)},
    "secret": {
        "read": (Allowed(("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")),),
        "write": (Allowed(("secretsmanager:PutSecretValue",)),),
    },
    "parameter": {
        "read": (Allowed(("ssm:GetParameter", "ssm:GetParameters")),),
        "write": (Allowed(("ssm:PutParameter",)),),
    },
    "topic": {"publish": (Allowed(("sns:Publish",)),)},
    "queue": {
        "send": (Allowed(("sqs:SendMessage",)),),
        "receive": (
            Allowed(
                ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes")
            ),
        ),
    },
    "key": {"use": (Allowed(("kms:Decrypt", "kms:GenerateDataKey")),)},
}
"""What is granted on -> word -> what it allows; the first word is meant where `may` is left out."""


def statements(grants: Sequence[Properties], context: Context) -> list[dict[str, Any]]:
    """The IAM statements of the grants, in their order."""
    return [statement for grant in grants for statement in _statements(grant, context)]


def _statements(grant: Properties, context: Context) -> Iterator[dict[str, Any]]:
    (target,) = [name for name in WORDS if name in grant]
    arns = _arns(target, grant[target], context)
    for word in grant.get("may") or [next(iter(WORDS[target]))]:
        for allowed in WORDS[target][word]:
            prefix = grant.get("prefix", "")
            yield {
                "Effect": "Allow",
                "Action": list(allowed.actions),
                "Resource": [_below(arn, _narrowed(allowed.suffix, prefix)) for arn in arns],
                **_condition(allowed, prefix),
            }


def _arns(target: str, value: Value, context: Context) -> list[Value]:
    """AWS: mail is authorised by the identity, the configuration set and the template it names, all three."""
    if target != "email":
        return [value]
    identities = value["identity_arns"]
    several = list(identities) if isinstance(identities, list | tuple) else [identities]
    templates = f"arn:{context.partition}:ses:{context.region}:{context.account}:template/{context.stack}_*"
    return [*several, value["configuration_set_arn"], templates]


def _narrowed(suffix: str, prefix: str) -> str:
    return f"/{prefix}*" if suffix == OBJECTS else suffix


def _below(arn: Value, suffix: str) -> Value:
    if not suffix:
        return arn
    if isinstance(arn, Reference):
        return join(arn, suffix)
    return Template((*arn.parts, suffix)) if isinstance(arn, Template) else f"{arn}{suffix}"


def _condition(allowed: Allowed, prefix: str) -> dict[str, Any]:
    """Listing names no object, so only a condition keeps it to a prefix."""
    if not prefix or "s3:ListBucket" not in allowed.actions:
        return {}
    return {"Condition": {"StringLike": {"s3:prefix": [f"{prefix}*"]}}}
