"""`github_deploy`: two roles for GitHub Actions, without a stored key: one that plans, one that applies. Pure.

Pull requests and the branch may take on the role that only reads; the environment (or, if the spec says so, the branch)
the one that writes. That one can change neither role: they are applied by a person.
"""

from __future__ import annotations

from typing import Any

from reconciler.components._arn import aws_policy, of_account
from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import RESOURCE_TAG, STACK_TAG, Properties, Value

HOST = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
PROVIDER = "iam.oidc_provider"
ROLE = "iam.role"
READS_DATA = [
    "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan",
    "kms:Decrypt", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery",
    "s3:GetObject*", "secretsmanager:GetSecretValue", "sqs:ReceiveMessage",
    "ssm:GetParameter*",
]  # fmt: skip
"""What a plan has no business with: what is kept in the stack, not how it is built."""
CHANGES_A_ROLE = [
    "iam:AttachRolePolicy", "iam:DeleteRole", "iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy",
    "iam:TagRole", "iam:UntagRole", "iam:UpdateRole",
]  # fmt: skip


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    arn = properties.get("provider_arn") or own.ref(PROVIDER, "provider", "arn")
    provider = Part("provider", PROVIDER, {"url": f"https://{HOST}", "client_id_list": [AUDIENCE]})
    branch = f"ref:refs/heads/{properties['branch']}"
    from_branch = properties["apply_from"] == "branch"
    writer = branch if from_branch else f"environment:{properties['environment']}"
    shared = (
        {"permissions_boundary": properties["permissions_boundary"]} if "permissions_boundary" in properties else {}
    )
    plan = {
        "description": f"Plans {context.stack} from {properties['repository']}",
        "assume_role_policy_document": _trust(arn, properties, ["pull_request", branch]),
        "managed_policy_arns": properties.get("plan_policy_arns") or [aws_policy(context, "ReadOnlyAccess")],
        "policies": _plan_policies(properties),
    }
    apply = {
        "description": f"Applies {context.stack} from {properties['repository']}",
        "assume_role_policy_document": _trust(arn, properties, [writer]),
        "managed_policy_arns": properties.get("apply_policy_arns") or [aws_policy(context, "PowerUserAccess")],
        "policies": _apply_policies(own, properties, context),
    }
    roles = (Part("plan", ROLE, {**plan, **shared}), Part("apply", ROLE, {**apply, **shared}))
    outputs = {
        "plan_role_arn": own.ref(ROLE, "plan", "role_arn"),
        "apply_role_arn": own.ref(ROLE, "apply", "role_arn"),
        "provider_arn": arn,
    }
    return Expansion(roles if properties.get("provider_arn") else (provider, *roles), outputs)


def _trust(provider: Value, properties: Properties, contexts: list[str]) -> dict[str, Any]:
    """Who may take a role on: GitHub says which repository and what for in the subject of its token.

    A repository made since 15 July 2026 has its and its owner's numbers in the subject, an older one has not.
    """
    owner, repository = properties["repository"].split("/")
    numbered = f"{owner}@{properties.get('owner_id', '*')}/{repository}@{properties.get('repository_id', '*')}"
    subjects = [f"repo:{form}:{each}" for form in (f"{owner}/{repository}", numbered) for each in contexts]
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{HOST}:aud": AUDIENCE}, "StringLike": {f"{HOST}:sub": subjects}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _plan_policies(properties: Properties) -> dict[str, Any]:
    stated = properties.get("plan_policy")
    keeps_out = {"Sid": "NoData", "Effect": "Deny", "Action": READS_DATA, "Resource": "*"}
    return {
        **({} if properties["plan_reads_data"] else {"no-data": _document(keeps_out)}),
        **({"stated": stated} if stated else {}),
    }


def _apply_policies(own: Naming, properties: Properties, context: Context) -> dict[str, Any]:
    """PowerUserAccess leaves IAM out: the stack's own roles and policies, told by their names, are what it takes."""
    stated = properties.get("apply_policy")
    names = [of_account("iam", context, f"{what}/{context.stack}-*") for what in ("role", "policy", "instance-profile")]
    of_stack = _document(
        {"Sid": "Look", "Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"},
        {"Sid": "OfTheStack", "Effect": "Allow", "Action": "iam:*", "Resource": names},
        {"Sid": "Linked", "Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": "*"},
    )
    # By its tags, which no renaming of the entry changes; those it cannot change either.
    itself = {
        f"aws:ResourceTag/{STACK_TAG}": context.stack,
        f"aws:ResourceTag/{RESOURCE_TAG}": [own.address(ROLE, part) for part in ("plan", "apply")],
    }
    not_itself = _document(
        {
            "Sid": "NotItself",
            "Effect": "Deny",
            "Action": CHANGES_A_ROLE,
            "Resource": "*",
            "Condition": {"StringEquals": itself},
        }
    )
    return {"iam-of-the-stack": of_stack, "not-itself": not_itself, **({"stated": stated} if stated else {})}


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


COMPONENT = Component(
    name="github_deploy",
    title="GitHub deployment",
    outputs=("plan_role_arn", "apply_role_arn", "provider_arn"),
    expand=expand,
    computed=(
        "repository", "owner_id", "repository_id", "branch", "environment", "apply_from", "plan_policy", "apply_policy",
    ),
)  # fmt: skip
