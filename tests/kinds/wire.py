"""Checks calls and canned responses against botocore's models, so that no case invents a member or an enum value."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.loaders
import botocore.model
from botocore.validate import ParamValidator

from reconciler.aws.wire import to_wire
from reconciler.model import Call, FromSecret, Generated


@cache
def service_model(service: str) -> botocore.model.ServiceModel:
    loader = botocore.loaders.Loader()
    return botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)


def without_secrets(value: Any) -> Any:
    if isinstance(value, Generated):
        return "x" * value.length
    if isinstance(value, FromSecret):
        return "x" * 32
    if isinstance(value, Mapping):
        return {key: without_secrets(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    return value


OURS = {"migration": {"GetStatus", "Migrate"}}
"""Services that are not AWS, and their operations."""


def assert_valid_call(call: Call) -> None:
    if call.service in OURS:
        assert call.operation in OURS[call.service]
        return
    operation = service_model(call.service).operation_model(call.operation)
    shape = operation.input_shape
    if shape is None:
        assert not call.params
        return
    report = ParamValidator().validate(to_wire(without_secrets(call.params), shape), shape)
    assert not report.has_errors(), f"{call}: {report.generate_report()}"


def assert_valid_response(call: Call, response: Mapping[str, Any]) -> None:
    if call.service in OURS:
        assert set(response) == {"state", "summary", "rows"}
        return
    shape = service_model(call.service).operation_model(call.operation).output_shape
    assert shape is not None, f"{call} answers nothing"
    to_wire(response, shape)
