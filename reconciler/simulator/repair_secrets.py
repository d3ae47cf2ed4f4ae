"""Repairs of moto's Secrets Manager and SSM: rotation it only plays at, keys of replicas, policies it garbles."""

from __future__ import annotations

import json
from typing import Any

from reconciler.simulator.repair import declared_in, documents, repair
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, written

_ROTATION = ("RotationRules", "RotationLambdaARN", "ExternalSecretRotationRoleArn", "ExternalSecretRotationMetadata")


def _arn(request: Request) -> str:
    """The ARN of the live secret a request names, by its name or ARN."""
    secret = request.backend().secrets.get(request.params["SecretId"])
    if secret is None:
        raise Refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    if secret.is_deleted():
        raise Refusal("InvalidRequestException", "You can't perform this operation on a secret marked for deletion.")
    return str(secret.arn)


@repair(
    "secretsmanager:RotateSecret",
    "secretsmanager:CancelRotateSecret",
    because="moto calls a function that is not there, and forgets schedules and partners",
)
def rotation(request: Request, below: Handler) -> Answer:
    arn, rotations = _arn(request), documents(request, "rotation")
    sent = {name: value for name, value in request.params.items() if name in _ROTATION}
    rotations[arn] = {**rotations.get(arn, {}), **sent, "RotationEnabled": request.operation == "RotateSecret"}
    return written(request, {"ARN": arn, "Name": request.backend().secrets[arn].name})


@repair("secretsmanager:DescribeSecret", because="moto forgets schedules, types and the keys of replicas")
def describe_secret(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not answer.ok:
        return answer
    found: dict[str, Any] = json.loads(answer.body)
    found |= documents(request, "rotation").get(found["ARN"], {}) | documents(request, "type").get(found["ARN"], {})
    for replica in found.get("ReplicationStatus", ()):
        replica.update(documents(request, "replica").get(f"{found['Name']} in {replica['Region']}", {}))
    headers = tuple(header for header in answer.headers if header[0] != "Content-Length")
    return Answer(answer.status, headers, json.dumps(found).encode())


@repair(
    "secretsmanager:CreateSecret",
    "secretsmanager:ReplicateSecretToRegions",
    "secretsmanager:UpdateSecret",
    because="moto forgets the type of a secret and the keys of its replicas",
)
def keys_of_replicas(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok:
        secret = request.backend().secrets[request.params.get("SecretId") or request.params["Name"]]
        for replica in request.params.get("AddReplicaRegions", ()):
            documents(request, "replica")[f"{secret.name} in {replica['Region']}"] = replica
        if "Type" in request.params:
            documents(request, "type")[secret.arn] = {"Type": request.params["Type"]}
    return answer


@repair("secretsmanager:UpdateSecretVersionStage", because="moto moves AWSCURRENT and goes on reading the old version")
def moved_stage(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if answer.ok and request.params["VersionStage"] == "AWSCURRENT" and request.params.get("MoveToVersionId"):
        request.backend().secrets[request.params["SecretId"]].set_default_version_id(request.params["MoveToVersionId"])
    return answer


@repair("ssm:DescribeParameters", because="moto gives the policies of a parameter back as Python writes them")
def parameter_policies(request: Request, below: Handler) -> Answer:
    answer = below(request)
    if not answer.ok:
        return answer
    found: dict[str, Any] = json.loads(answer.body)
    for parameter in found["Parameters"]:
        live = request.backend().get_parameters([parameter["Name"]])[parameter["Name"]]
        parameter["ARN"] = live.response_object(region=request.region)["ARN"]
        parameter["Policies"] = [
            {"PolicyText": json.dumps(policy), "PolicyType": policy["Type"], "PolicyStatus": "Pending"}
            for policy in json.loads(live.policies or "[]")
        ]
    headers = tuple(header for header in answer.headers if header[0] != "Content-Length")
    return Answer(answer.status, headers, json.dumps(found).encode())


REPAIRS = declared_in(globals())
