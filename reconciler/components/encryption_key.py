"""`encryption_key`: a KMS key that changes every year, its alias, and who may use it. Pure.

The policy hands the key to the account, whose IAM policies then say who may use it; without that nobody could.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.components._arn import of_account
from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties

KEY = "kms.key"
ALIAS = "kms.alias"
ENCRYPTS = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
PASSES_ON = ["kms:GenerateDataKey*", "kms:Decrypt"]


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    key = {
        "description": properties.get("description") or f"Encrypts what {context.stack} keeps",
        "key_rotation_enabled": properties["rotation"],
        "policy": {"Version": "2012-10-17", "Statement": _statements(properties, context)},
    }
    alias_name = properties.get("alias_name") or f"alias/{context.stack}-{name}"
    alias = {"alias_name": alias_name, "target_key_id": own.ref(KEY, "", "key_id")}
    outputs = {
        "key_arn": own.ref(KEY, "", "arn"),
        "key_id": own.ref(KEY, "", "key_id"),
        "alias_name": own.ref(ALIAS, "alias", "alias_name"),
    }
    # AWS: an alias has no tags, so it cannot be protected; the key it stands for is.
    return Expansion((Part("", KEY, key), Part("alias", ALIAS, alias, protect=False)), outputs)


def _statements(properties: Properties, context: Context) -> list[Mapping[str, Any]]:
    account = {
        "Sid": "account",
        "Effect": "Allow",
        "Principal": {"AWS": of_account("iam", context, "root")},
        "Action": "kms:*",
        "Resource": "*",
    }
    services = [_service(service, context) for service in properties["services"]]
    return [account, *services, *properties["statements"]]


def _service(service: str, context: Context) -> dict[str, Any]:
    """What one AWS service may do with the key, and only for this account."""
    principal, actions = f"{service}.amazonaws.com", PASSES_ON
    condition: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": context.account}}
    if service == "logs":
        principal, actions = f"logs.{context.region}.amazonaws.com", ENCRYPTS
        groups = of_account("logs", context, "*", regional=True)
        condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}
    elif service == "cloudfront":
        actions = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"]
        condition = {"ArnLike": {"aws:SourceArn": of_account("cloudfront", context, "distribution/*")}}
    return {
        "Sid": service,
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": actions,
        "Resource": "*",
        "Condition": condition,
    }


COMPONENT = Component(
    name="encryption_key",
    title="Encryption key",
    outputs=("key_arn", "key_id", "alias_name"),
    expand=expand,
    computed=("services", "statements"),
)
