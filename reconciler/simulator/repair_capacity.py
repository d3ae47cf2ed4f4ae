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


REPAIRS = declared_in(globals())
