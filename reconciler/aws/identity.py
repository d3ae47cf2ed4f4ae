"""Who the credentials belong to. One call, made once: it is the first thing a run learns about AWS."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.aws.clients import Clients
from reconciler.aws.send import send
from reconciler.errors import Denied, NoCredentials, Unavailable
from reconciler.model import Call

WAY_OUT = "set AWS_PROFILE or log in; `--simulate` needs no account"


@dataclass(frozen=True, slots=True)
class Identity:
    account: str
    arn: str


def identity(clients: Clients) -> Identity:
    """Who we are.

    Raises NoCredentials when nobody is, Unavailable when nobody answers.
    """
    call = Call("sts", "GetCallerIdentity")
    try:
        answer = send(clients, call, lambda: None) or {}
    except Denied as error:
        raise NoCredentials(f"AWS does not accept these credentials: {error.aws_message}", help=WAY_OUT) from error
    except Unavailable as error:
        help = "check the network, the region and AWS_ENDPOINT_URL; `--simulate` needs none of them"
        raise Unavailable(call, error.code, error.aws_message, help=help) from error
    return Identity(answer["account"], answer["arn"])
