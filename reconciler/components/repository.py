"""`repository`: where the images of a program are kept, of which the last ones stay. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.components.base import Component, Context, Expansion, Naming, Part
from reconciler.model import Properties

REPOSITORY = "ecr.repository"


def expand(name: str, properties: Properties, context: Context) -> Expansion:
    own = Naming(name)
    content: dict[str, Any] = {
        "image_tag_mutability": "IMMUTABLE" if properties["immutable_tags"] else "MUTABLE",
        "image_scanning_configuration": {"scan_on_push": properties["scan_on_push"]},
        "lifecycle_policy": {
            "rules": [_untagged(properties["expire_untagged_days"]), _last(properties["keep_images"])]
        },
    }
    if properties.get("repository_name"):
        content["repository_name"] = properties["repository_name"]
    outputs = {output: own.ref(REPOSITORY, "", output) for output in ("repository_uri", "repository_arn")}
    return Expansion((Part("", REPOSITORY, content),), outputs | {"name": own.ref(REPOSITORY, "", "repository_name")})


def _untagged(days: int) -> dict[str, Any]:
    selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days}
    return _rule(1, f"Untagged images for {days} days", selection)


def _last(count: int) -> dict[str, Any]:
    return _rule(
        2, f"The last {count} images", {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}
    )


def _rule(number: int, keeps: str, selection: dict[str, Any]) -> dict[str, Any]:
    return {"rulePriority": number, "description": keeps, "selection": selection, "action": {"type": "expire"}}


COMPONENT = Component(
    name="repository",
    title="Repository",
    outputs=("repository_uri", "repository_arn", "name"),
    expand=expand,
    computed=("keep_images", "expire_untagged_days", "immutable_tags"),
)
