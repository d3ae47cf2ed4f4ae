"""Repairs of moto's KMS, launch templates, Auto Scaling groups, capacity providers and identity providers."""

from __future__ import annotations

import json

from reconciler.simulator.repair import declared_in, documents, repair
from reconciler.simulator.wire import Answer, Handler, Request, written

# --- KMS ------------------------------------------------------------------------------------------------------------

_YEAR = 365


@repair(
    "kms:EnableKeyRotation", "kms:GetKeyRotationStatus", because="moto forgets how often the material of a key changes"
)
def key_rotation(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not answer.ok:
        return answer
    periods = documents(request, "rotation_period")
    key = request.params["KeyId"].rpartition("/")[2]
    if request.operation == "EnableKeyRotation":
        periods[key] = request.params.get("RotationPeriodInDays", periods.get(key, _YEAR))
        return answer
    status = json.loads(answer.body)
    if status["KeyRotationEnabled"]:
        status["RotationPeriodInDays"] = periods.get(key, _YEAR)
    return written(request, status | {"KeyId": key})


# --- IAM ------------------------------------------------------------------------------------------------------------


@repair(
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:RemoveClientIDFromOpenIDConnectProvider",
    because="moto cannot change the audiences of an identity provider",
)
def provider_audiences(request: Request, below: Handler) -> Answer:
    provider = request.backend().get_open_id_connect_provider(request.params["OpenIDConnectProviderArn"])
    client = request.params["ClientID"]
    kept = [each for each in provider.client_id_list if each != client]
    provider.client_id_list = [*kept, client] if request.operation.startswith("Add") else kept
    return written(request, {})


# --- launch templates -----------------------------------------------------------------------------------------------

_EVERYTHING = b"&MaxResults=200"


@repair("ec2:DescribeLaunchTemplates", because="moto shows fifteen launch templates, with the tags they were made with")
def all_launch_templates(request: Request, below: Handler) -> Answer:
    for template in request.backend().launch_templates.values():
        template.tags = template.get_tags()
    return below(request if b"MaxResults=" in request.body else request.with_body(request.body + _EVERYTHING))


@repair("ec2:CreateLaunchTemplate", because="moto puts the tags of a launch template among those of its instances")
def launch_template_tags(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        backend = request.backend()
        template = backend.get_launch_template_by_name(request.params["LaunchTemplateName"])
        data = template.versions[0].data
        inside = [each for each in data.pop("TagSpecifications", ()) if each["ResourceType"] != "launch-template"]
        data.update({"TagSpecifications": inside} if inside else {})
    return answer


@repair("ec2:CreateLaunchTemplateVersion", because="moto cannot start an instance with user data of a later version")
def launch_template_user_data(request: Request, below: Handler) -> Answer:
    from moto.core.types import Base64EncodedString

    answer = below(request)
    if answer.ok and "UserData" in request.params["LaunchTemplateData"]:
        backend, sent = request.backend(), request.params
        named = sent.get("LaunchTemplateName")
        found = (
            backend.get_launch_template_by_name(named)
            if named
            else backend.get_launch_template(sent["LaunchTemplateId"])
        )
        found.versions[-1].data["UserData"] = Base64EncodedString(sent["LaunchTemplateData"]["UserData"])
    return answer


REPAIRS = declared_in(globals())
