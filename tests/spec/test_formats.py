"""The text forms: good ones pass, bad ones say what to write."""

from __future__ import annotations

import pytest

from reconciler.spec.formats import FORMATS


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ipv4", "10.0.0.1"),
        ("ipv4-cidr", "10.0.0.0/16"),
        ("ipv4-cidr", "0.0.0.0/0"),
        ("ipv4-cidr", "10.1.2.3/32"),
        ("ipv6-cidr", "::/0"),
        ("ipv6-cidr", "2001:db8::/56"),
        ("domain", "app.example.com"),
        ("domain", "*.example.com"),
        ("domain", "_dmarc.example.com."),
        ("email", "team@example.com"),
        ("arn", "arn:aws:s3:::bucket/*"),
        ("arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("arn", "arn:aws-cn:acm:cn-north-1:012345678901:certificate/x"),
        ("json", '{"a": 1}'),
    ],
)
def test_a_good_text_passes(name: str, text: str) -> None:
    assert FORMATS[name](text) is None


@pytest.mark.parametrize(
    ("name", "text", "advice"),
    [
        ("ipv4", "10.0.0", "four numbers"),
        ("ipv4", "10.0.0.256", "0-255"),
        ("ipv4-cidr", "10.0.0.1/16", "did you mean `10.0.0.0/16`?"),
        ("ipv4-cidr", "10.0.300.0/16", "0-255"),
        ("ipv4-cidr", "10.0.010.0/16", "0-255"),
        ("ipv4-cidr", "10.0.0.0", "`10.0.0.0/16` for a network"),
        ("ipv4-cidr", "10.0.0.0/33", "`/16`"),
        ("ipv4-cidr", "10.0.0.0/", "`/16`"),
        ("ipv4-cidr", "all", "four numbers"),
        ("ipv6-cidr", "2001:db8::1/56", "did you mean `2001:db8::/56`?"),
        ("ipv6-cidr", "10.0.0.0/8", "`::/0`"),
        ("ipv6-cidr", "2001:DB8:0::/32", "write `2001:db8::/32`"),
        ("ipv6-cidr", "2001:db8::1", "write `2001:db8::1/128`"),
        ("domain", "https://app.example.com/x", "did you mean `app.example.com`?"),
        ("domain", "example", "`app.example.com`"),
        ("domain", "-a.example.com", "`app.example.com`"),
        ("email", "team", "`team@example.com`"),
        ("email", "team@example", "`team@example.com`"),
        ("arn", "my-bucket", "arn:aws:service"),
        ("json", "{", "JSON document"),
        ("json", "[" * 100_000, "JSON document"),
    ],
)
def test_a_bad_text_is_told_what_to_write(name: str, text: str, advice: str) -> None:
    complaint = FORMATS[name](text)
    assert complaint is not None
    assert advice in complaint.help
