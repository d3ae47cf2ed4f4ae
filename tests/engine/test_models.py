"""Clients made of models with less in them say, refuse and read what those of stock botocore do."""

from __future__ import annotations

import json
from pathlib import Path

import botocore.session
import pytest

from reconciler.aws.clients import Clients
from reconciler.aws.models import Files, slim_session
from reconciler.aws.send import send
from reconciler.errors import Invalid, NoCredentials
from reconciler.model import Call

REGION = "eu-central-1"
SERVICES = ["ec2", "s3", "cloudwatch", "iam", "rds", "route53", "ecs"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_slim_model_has_every_operation_and_member_of_the_stock_one(service: str) -> None:
    slim, stock = (
        slim_session(None)._session.get_service_model(service),
        botocore.session.Session().get_service_model(service),
    )
    assert slim.operation_names == stock.operation_names
    assert slim.metadata == stock.metadata
    for name in stock.shape_names:
        ours, theirs = slim.shape_for(name), stock.shape_for(name)
        assert ours.type_name == theirs.type_name
        assert list(getattr(ours, "members", ())) == list(getattr(theirs, "members", ()))
        assert getattr(ours, "required_members", None) == getattr(theirs, "required_members", None)
        assert ours.serialization == theirs.serialization


def test_a_slim_model_has_no_text() -> None:
    model = slim_session(None)._session.get_service_model("sns")
    assert {model.operation_model(name).documentation for name in model.operation_names} == {""}
    assert {model.shape_for(name).documentation for name in model.shape_names} == {""}


def test_clients_have_what_boto3_adds_to_them() -> None:
    assert callable(Clients(REGION).get("s3").download_file)


def test_params_are_still_checked_before_anything_is_sent() -> None:
    with pytest.raises(Invalid, match="ParamValidation"):
        send(Clients(REGION), Call("sns", "CreateTopic", {"name": 5}), lambda: None)


def test_a_profile_that_does_not_exist_is_said_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(NoCredentials, match="nobody"):
        Clients(REGION, "nobody").get("sns")


def test_the_endpoint_of_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", "http://127.0.0.1:9")
    assert Clients(REGION).get("sns").meta.endpoint_url == "http://127.0.0.1:9"


def test_models_somebody_adds_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """AWS_DATA_PATH is where botocore looks for more models; and plain JSON is read as well as packed."""
    folder = tmp_path / "sns-of-ours" / "2010-03-31"
    folder.mkdir(parents=True)
    found = Files().load_file(str(Path(botocore.__file__).parent / "data" / "sns" / "2010-03-31" / "service-2"))
    assert found is not None
    (folder / "service-2.json").write_text(json.dumps(found), encoding="utf-8")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert "CreateTopic" in slim_session(None)._session.get_service_model("sns-of-ours").operation_names


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    assert Files().load_file(str(tmp_path / "service-2")) is None
    assert not Files().exists(str(tmp_path / "service-2"))
