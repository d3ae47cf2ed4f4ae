"""One call on the wire: names translated, pages merged, errors typed. Never retries and never caches."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from reconciler.aws.clients import Clients
from reconciler.aws.error_codes import classify
from reconciler.aws.generate import fill_secrets
from reconciler.aws.partial_failures import refuse_partial
from reconciler.aws.wire import from_wire, operation_names, to_wire
from reconciler.errors import CallFailed, Denied, Invalid, NoCredentials, ReconcileError, Unavailable
from reconciler.model import Call, FromSecret, Response

_VALUE = re.compile(r", value: .*?(?=, (?:type|valid)|$)", re.DOTALL | re.MULTILINE)
"""What botocore quotes in its complaints: it may be a secret."""

TOKENS = (("NextToken", "NextToken"), ("nextToken", "nextToken"), ("NextMarker", "NextMarker"), ("Marker", "Marker"))
"""(request member, response member) for operations botocore has no paginator for."""


def send(clients: Clients, call: Call, on_page: Callable[[], None]) -> Response:
    """Make the call and return its response in snake_case, all pages merged.

    Raises CallFailed subclasses (also for an answer that says 200 and lists what was not done), NoCredentials.
    """
    client = clients.get(call.service, call.region)
    name, method = operation_names(call)
    model = client.meta.service_model.operation_model(name)
    try:
        filled = fill_secrets(call.params, lambda wanted: _secret(clients, call, wanted))
        params = to_wire(filled, model.input_shape) if model.input_shape else {}
        answer = _paged(client, method, params, on_page)
    except ClientError as error:
        raise _typed(call, error) from error
    except ParamValidationError as error:
        raise Invalid(call, "ParamValidation", _VALUE.sub("", str(error))) from None
    except (NoCredentialsError, CredentialRetrievalError, TokenRetrievalError, NoRegionError) as error:
        raise NoCredentials(str(error), help="set AWS_PROFILE or log in; `--simulate` needs no account") from error
    except BotoCoreError as error:
        raise Unavailable(call, type(error).__name__, str(error)) from error
    except ResponseParserError as error:  # HTML where XML was due: a proxy, or an emulator that broke down
        raise classify(call.service, "500", str(error), 500)(call, "500", str(error)) from error
    response: Response = from_wire(answer, model.output_shape)
    refuse_partial(call, response)
    return response


def _secret(clients: Clients, call: Call, wanted: FromSecret) -> str:
    """The value of a secret, for the moment of one call."""
    version = {"VersionId": wanted.version} if wanted.version else {}
    try:
        answer = clients.get("secretsmanager", call.region).get_secret_value(SecretId=wanted.arn, **version)
    except ClientError as error:
        raise _typed(Call("secretsmanager", "GetSecretValue"), error) from None
    if "SecretString" not in answer:
        raise ReconcileError(f"the secret {wanted.arn} is binary", help="keep the value as text")
    return str(answer["SecretString"])


def _paged(client: Any, method: str, params: Mapping[str, Any], on_page: Callable[[], None]) -> dict[str, Any]:
    if client.can_paginate(method):
        pages = client.get_paginator(method).paginate(**params)
        pages = _counted(pages, on_page)
        return dict(pages.build_full_result())
    on_page()
    answer: dict[str, Any] = getattr(client, method)(**params)
    return _rest(client, method, params, answer, on_page)


def _counted(pages: Any, on_page: Callable[[], None]) -> Any:
    original = pages._make_request

    def make_request(kwargs: dict[str, Any]) -> Any:
        on_page()
        return original(kwargs)

    pages._make_request = make_request
    return pages


def _rest(
    client: Any, method: str, params: Mapping[str, Any], answer: dict[str, Any], on_page: Callable[[], None]
) -> dict[str, Any]:
    """Follow the token of an operation without a paginator, adding its lists together."""
    members = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method]).input_shape
    for asked, given in TOKENS:
        while members is not None and asked in members.members and answer.get(given):
            on_page()
            page = getattr(client, method)(**{**params, asked: answer.pop(given)})
            for key, value in page.items():
                answer[key] = [*answer.get(key, []), *value] if isinstance(value, list) else value
            if not page.get(given):
                answer.pop(given, None)
    return answer


def _typed(call: Call, error: ClientError) -> CallFailed:
    details = error.response.get("Error", {})
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    kind = classify(call.service, code, message, status)
    if kind is Denied:
        action = f"{call.service}:{call.operation}"
        return Denied(
            call, code, message, help=f"the caller needs the permission for {action}; or its credentials expired"
        )
    return kind(call, code, message)
