"""The text forms JSON Schema has no word for: address ranges, domains, ARNs. Pure.

Each check returns None for a good text, else what is wrong and what to write instead.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Complaint:
    message: str
    help: str


_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"(\*\.)?({_LABEL}\.)+{_LABEL}\.?")
_EMAIL = re.compile(r"[^\s@\"<>]{1,64}@(?P<domain>[^\s@]{1,253})")
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}|aws|cloudfront)?:.+")


def ipv4(text: str) -> Complaint | None:
    parts = text.split(".")
    if len(parts) != 4:
        return Complaint(f"`{text}` is not an IPv4 address", "write four numbers from 0 to 255: `10.0.0.1`")
    for part in parts:
        if not re.fullmatch(r"0|[1-9][0-9]{0,9}", part) or int(part) > 255:
            return Complaint(f"`{part}` in `{text}` is not a number from 0 to 255", "each part of the address is 0-255")
    return None


def ipv4_cidr(text: str) -> Complaint | None:
    address, slash, prefix = text.partition("/")
    if (complaint := ipv4(address)) is not None:
        return complaint
    if not slash:
        return Complaint(
            f"`{text}` has no prefix length", f"write `{address}/16` for a network, `{address}/32` for one host"
        )
    if not re.fullmatch(r"0|[1-9][0-9]?", prefix) or int(prefix) > 32:
        return Complaint(f"`/{prefix}` is not a prefix length from 0 to 32", "write for example `/16` or `/24`")
    return _host_bits(text)


def ipv6_cidr(text: str) -> Complaint | None:
    try:
        ipaddress.IPv6Network(text, strict=False)
    except ValueError:
        return Complaint(
            f"`{text}` is not an IPv6 range", "write for example `2001:db8::/56`, or `::/0` for everything"
        )
    if "/" in text and (complaint := _host_bits(text)) is not None:
        return complaint
    # AWS: answers the shortest form in lower case, and would differ from any other one for ever.
    shortest = str(ipaddress.IPv6Network(text))
    return None if text == shortest else Complaint(f"`{text}` is not as AWS writes it", f"write `{shortest}`")


def _host_bits(text: str) -> Complaint | None:
    network = ipaddress.ip_network(text, strict=False)
    if network.network_address == ipaddress.ip_address(text.partition("/")[0]):
        return None
    return Complaint(f"`{text}` has host bits set", f"did you mean `{network}`?")


def domain(text: str) -> Complaint | None:
    if _DOMAIN.fullmatch(text) and len(text) <= 253:
        return None
    bare = re.sub(r"^[a-z]+://", "", text).split("/")[0]
    meant = (
        f"did you mean `{bare}`?" if bare != text and _DOMAIN.fullmatch(bare) else "write for example `app.example.com`"
    )
    return Complaint(f"`{text}` is not a domain name", meant)


def email(text: str) -> Complaint | None:
    match = _EMAIL.fullmatch(text)
    if match and _DOMAIN.fullmatch(match["domain"]):
        return None
    return Complaint(f"`{text}` is not an e-mail address", "write for example `team@example.com`")


def arn(text: str) -> Complaint | None:
    if _ARN.fullmatch(text):
        return None
    return Complaint(
        f"`{text}` is not an ARN", "write `arn:aws:service:region:account:resource`, or a `${name.arn}` reference"
    )


def json_text(text: str) -> Complaint | None:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return Complaint(f"not JSON: {error}", "write a JSON document")
    return None


FORMATS: Mapping[str, Callable[[str], Complaint | None]] = MappingProxyType(
    {
        "ipv4": ipv4,
        "ipv4-cidr": ipv4_cidr,
        "ipv6-cidr": ipv6_cidr,
        "domain": domain,
        "email": email,
        "arn": arn,
        "json": json_text,
    }
)
"""By the name a schema's `format` gives."""
