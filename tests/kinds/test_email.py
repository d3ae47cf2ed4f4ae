"""What the case files of the e-mail kinds cannot show: what they have to say to a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.kinds.accounts import account_of, observed
from tests.kinds.fragments import resource


def notices(name: str, properties: Mapping[str, Any], **changes: Any) -> tuple[str, ...]:
    """What the object of the `unchanged` case says with these members of the answer changed."""

    def edit(response: Any) -> Any:
        return {**json.loads(json.dumps(response)), **changes}

    found = observed(resource(name, properties), account_of(name, edit))
    assert found is not None
    return found.notices


def test_an_account_in_the_sandbox_says_so_and_how_to_leave_it() -> None:
    (notice,) = notices("sesv2.account", {})
    assert "200 mails a day" in notice
    assert "production_access_enabled" in notice


def test_an_account_that_asked_to_leave_the_sandbox_says_that_it_waits() -> None:
    (notice,) = notices("sesv2.account", {}, details={"review_details": {"status": "PENDING"}})
    assert "AWS is reviewing the request" in notice


def test_an_account_in_production_has_nothing_to_say_unless_aws_restricts_it() -> None:
    assert notices("sesv2.account", {}, production_access_enabled=True) == ()
    (notice,) = notices("sesv2.account", {}, production_access_enabled=True, enforcement_status="PROBATION")
    assert "PROBATION" in notice


IDENTITY = {"email_identity": "example.com"}


def test_an_identity_says_what_it_waits_for() -> None:
    (notice,) = notices("sesv2.email_identity", IDENTITY, verified_for_sending_status=False)
    assert "dkim_record_" in notice


def test_an_address_waits_for_a_link_in_a_mail() -> None:
    (notice,) = notices(
        "sesv2.email_identity", IDENTITY, verified_for_sending_status=False, email_identity="a@example.com"
    )
    assert "a link in a mail" in notice


def test_a_domain_bounces_do_not_return_to_says_so() -> None:
    failed = {"mail_from_domain": "m.example.com", "mail_from_domain_status": "FAILED"}
    (notice,) = notices("sesv2.email_identity", IDENTITY, mail_from_attributes=failed)
    assert "MX record for m.example.com" in notice
    assert notices("sesv2.email_identity", IDENTITY) == ()
