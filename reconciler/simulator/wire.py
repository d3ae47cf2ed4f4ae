"""AWS requests as values, and answers in the protocol they were asked in.

Reads what botocore sends (query, ec2, json, rest-json, rest-xml) with moto's own copy of botocore's models, so every
layer of the simulator speaks of (service, operation, params) and never of XML. It decides nothing and keeps no state.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any
from xml.sax.saxutils import escape

ACCOUNT = "123456789012"
Environ = dict[str, Any]
Headers = tuple[tuple[str, str], ...]

_BY_SIGNING_NAME = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
}
_GLOBAL = frozenset({"budgets", "cloudfront", "iam", "organizations", "route53", "s3", "sts"})
"""Services moto keeps once per account instead of once per region."""
_READS = ("Describe", "Get", "List", "Head", "BatchGet", "Search", "Lookup")


class Refusal(Exception):
    """An AWS error answer: `code` and `message` in AWS's words, `status` the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, whole."""

    status: int
    headers: Headers
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status < 400

    def replacing(self, old: str, new: str) -> Answer:
        """The same answer with one word for another, in its headers and body."""
        headers = tuple((name, value.replace(old, new)) for name, value in self.headers if name != "Content-Length")
        return Answer(self.status, headers, self.body.replace(old.encode(), new.encode()))


@cache
def _moto_modules() -> frozenset[str]:
    from moto.backends import list_of_moto_modules

    return frozenset(list_of_moto_modules())


def _module(service: str) -> str:
    """moto's name of a service."""
    return "awslambda" if service == "lambda" else service.replace("-", "")


@dataclass
class Request:
    """One API call as it arrived."""

    service: str
    region: str
    environ: Environ
    body: bytes

    @property
    def known(self) -> bool:
        """Whether moto has the service at all."""
        return _module(self.service) in _moto_modules()

    @cached_property
    def model(self) -> Any:
        from moto.core.utils import get_service_model

        return get_service_model(self.service)

    @cached_property
    def _routed(self) -> tuple[Any, dict[str, Any]]:
        from moto.core.request import Request as HttpRequest
        from moto.core.routing import get_service_router
        from werkzeug.exceptions import NotFound

        if not self.known:
            return None, {}
        try:
            return get_service_router(self.service).match(HttpRequest(self.fresh_environ()))
        except (NotFound, NotImplementedError):
            return None, {}

    @cached_property
    def operation(self) -> str:
        """Its name; what the request says it is where the models have no such operation."""
        if self._routed[0]:
            return str(self._routed[0].name)
        target = str(self.environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
        return target or "{REQUEST_METHOD} {PATH_INFO}".format_map(self.environ)

    @property
    def key(self) -> tuple[str, str]:
        return self.service, self.operation

    @property
    def reads(self) -> bool:
        return self.operation.startswith(_READS)

    @cached_property
    def params(self) -> dict[str, Any]:
        """The members of the call as botocore names them: `{"ClusterName": "web"}`."""
        from moto.core.parse import PROTOCOL_PARSERS
        from moto.core.request import Request as HttpRequest
        from moto.core.request import determine_request_protocol

        operation, labels = self._routed
        request = HttpRequest(self.fresh_environ())
        parser = PROTOCOL_PARSERS[determine_request_protocol(self.model, request.content_type)](operation)
        return dict(
            parser.parse(
                {
                    "method": request.method,
                    "values": request.values,
                    "headers": request.headers,
                    "body": self.body,
                    "url_path": request.path,
                    "url_params": labels,
                }
            )
            or {}
        )

    def fresh_environ(self) -> Environ:
        """The WSGI environment with its body unread."""
        return {**self.environ, "wsgi.input": io.BytesIO(self.body), "CONTENT_LENGTH": str(len(self.body))}

    def with_body(self, body: bytes) -> Request:
        """The same call with other parameters."""
        return Request(self.service, self.region, self.environ, body)

    def backend(self, service: str = "") -> Any:
        """moto's state of a service in the account and region of this request."""
        return backend(service or self.service, self.region)


def backend(service: str, region: str) -> Any:
    """moto's state of a service; those moto keeps once per account are the same in every region."""
    from moto.backends import get_backend

    regions = get_backend(_module(service))[ACCOUNT]  # type: ignore[call-overload]
    return regions["aws" if service in _GLOBAL else region]


Handler = Callable[[Request], Answer]
Layer = Callable[[Request, Handler], Answer]
"""Answers a request itself or passes it on to the handler below."""


def stacked(layers: Iterable[Layer], bottom: Handler) -> Handler:
    """One handler out of `layers`, the outermost first; an error raised in any of them becomes its answer."""
    handler = bottom
    for layer in reversed(tuple(layers)):
        handler = partial(_guarded, layer, handler)
    return handler


def _guarded(layer: Layer, below: Handler, request: Request) -> Answer:
    from moto.core.exceptions import ServiceException
    from werkzeug.exceptions import HTTPException

    try:
        return layer(request, below)
    except Refusal as refusal:
        return refused(request, refusal)
    except ServiceException as error:
        return refused(request, Refusal(error.code, error.message))
    except HTTPException as error:
        code, text = getattr(error, "error_type", error.name), getattr(error, "message", error.description)
        return refused(request, Refusal(str(code), str(text), error.code or 500))


def read_request(environ: Environ) -> Request:
    """The request of a WSGI environment: service and region from the signature, the body read to its end."""
    terminated = environ.get("wsgi.input_terminated") or environ.get("HTTP_TRANSFER_ENCODING")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read() if terminated and not length else environ["wsgi.input"].read(length)
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    region, signing_name = (scope[2], scope[3].lower()) if len(scope) == 5 else ("us-east-1", "s3")
    service = _BY_SIGNING_NAME.get(signing_name, signing_name)
    if service == "ses" and environ.get("PATH_INFO", "").startswith("/v2/"):
        service = "sesv2"
    clean = {name: value for name, value in environ.items() if name != "HTTP_TRANSFER_ENCODING"}
    return Request(service, region, clean, body)


def written(request: Request, result: object) -> Answer:
    """A successful answer; `result` is a mapping or a moto object with the members of the operation's output."""
    from moto.core.request import determine_request_protocol
    from moto.core.serialize import XFormedAttributePicker, get_serializer_class

    protocol = determine_request_protocol(request.model, request.environ.get("CONTENT_TYPE"))
    serializer = get_serializer_class(request.service, protocol)
    wire = serializer(request.model.operation_model(request.operation), value_picker=XFormedAttributePicker())
    answer = wire.serialize(result)
    body = answer["body"]
    data = body if isinstance(body, bytes) else str(body).encode()
    return Answer(answer["status_code"], _headers(answer["headers"].items()), data)


def refused(request: Request, refusal: Refusal) -> Answer:
    """An error answer as the service's protocol words it."""
    protocol = "json" if "HTTP_X_AMZ_TARGET" in request.environ else _protocol(request)
    if "json" in protocol:
        members = {"__type": refusal.code, "message": refusal.message, "Message": refusal.message}
        headers = ("Content-Type", "application/json"), ("x-amzn-errortype", refusal.code)
        return Answer(refusal.status, headers, json.dumps(members).encode())
    error = f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
    if request.service == "s3":
        text = f"<Error>{error}</Error>"
    elif protocol == "ec2":
        text = f"<Response><Errors><Error>{error}</Error></Errors></Response>"
    else:
        kind = "Receiver" if refusal.status >= 500 else "Sender"
        text = f"<ErrorResponse><Error><Type>{kind}</Type>{error}</Error></ErrorResponse>"
    return Answer(refusal.status, (("Content-Type", "text/xml"),), text.encode())


def _protocol(request: Request) -> str:
    return str(request.model.metadata.get("protocol", "")) if request.known else "rest-json"


def _headers(items: Iterable[tuple[str, object]]) -> Headers:
    return tuple((name, str(value)) for name, value in items)
