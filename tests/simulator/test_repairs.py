"""Every repair of moto does what it says, and is still needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.simulator.aws import REPAIRS, EmbeddedAws, start_aws
from reconciler.simulator.repair import Repair
from tests.simulator import (
    probes_account,
    probes_app,
    probes_buckets,
    probes_capacity,
    probes_data,
    probes_database,
    probes_dns,
    probes_edge,
    probes_email,
    probes_gateways,
    probes_monitor,
    probes_network,
    probes_secrets,
    probes_services,
    probes_sesv2,
    probes_tagging,
    probes_waf,
)
from tests.simulator.account import Account

PROBES = (
    probes_account,
    probes_app,
    probes_buckets,
    probes_capacity,
    probes_data,
    probes_database,
    probes_dns,
    probes_edge,
    probes_email,
    probes_gateways,
    probes_monitor,
    probes_network,
    probes_secrets,
    probes_services,
    probes_sesv2,
    probes_tagging,
    probes_waf,
)


def probe(repair: Repair) -> Callable[[Account], None]:
    found: Callable[[Account], None] = next(
        getattr(module, repair.name) for module in PROBES if hasattr(module, repair.name)
    )
    return found


@pytest.mark.parametrize("repair", REPAIRS, ids=lambda repair: repair.name)
def test_the_repaired_emulator_answers_as_aws_does(repair: Repair, aws: EmbeddedAws, account: Account) -> None:
    probe(repair)(account)
    assert aws.unimplemented == []
    assert aws.crashes == []


@pytest.mark.parametrize("repair", REPAIRS, ids=lambda repair: repair.name)
def test_moto_alone_still_needs_the_repair(repair: Repair, aws: EmbeddedAws) -> None:
    without = start_aws(repairs=[other for other in REPAIRS if other is not repair])
    try:
        with pytest.raises(Exception):  # noqa: B017, PT011 - how moto goes wrong differs; that it does is the point
            probe(repair)(Account(without.endpoint))
    finally:
        without.stop()


def test_every_repair_says_why_in_one_line_and_has_a_name_of_its_own() -> None:
    assert len({repair.name for repair in REPAIRS}) == len(REPAIRS)
    assert all(repair.because and len(repair.because) < 110 for repair in REPAIRS)
