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
