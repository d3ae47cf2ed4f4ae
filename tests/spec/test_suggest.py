"""A slip of the finger gets the word that was meant."""

from __future__ import annotations

import string
from collections.abc import Iterator

import pytest

from reconciler.spec.suggest import did_you_mean
from tests.spec.support import catalog

KEYS = sorted({key for name in catalog().names for key in catalog().entry(name)["properties"]})


def slips(word: str) -> Iterator[str]:
    """Every single edit: a letter left out, doubled, added, replaced, two swapped."""
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at] + word[at:]
        for letter in "xq_":
            yield word[:at] + letter + word[at + 1 :]
            yield word[:at] + letter + word[at:]
        yield word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]


@pytest.mark.parametrize("word", KEYS)
def test_a_single_slip_in_a_key_suggests_that_key_first(word: str) -> None:
    tried = [slip for slip in slips(word) if slip not in KEYS and slip]
    missed = [slip for slip in tried if did_you_mean(slip, KEYS) != word]
    assert len(missed) <= 0.05 * len(tried), missed


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("AllocatedStorage", ["allocated_storage", "storage"], "allocated_storage"),
        ("multiAz", ["multi_az"], "multi_az"),
        ("cidr-block", ["cidr_block"], "cidr_block"),
        ("Cpu", ["cpu"], "cpu"),
        ("db_instance", ["rds.db_instance", "rds.db_subnet_group"], "rds.db_instance"),
        ("cup", ["cpu", "cap"], "cpu"),
        ("zzz", ["cpu"], None),
        ("", ["cpu"], None),
        ("cpu", [], None),
        ("x" * 1000, ["x" * 999], None),
    ],
)
def test_the_closest_candidate_is_meant(word: str, candidates: list[str], meant: str | None) -> None:
    assert did_you_mean(word, candidates) == meant


def test_a_word_never_suggests_itself() -> None:
    assert all(did_you_mean(letter, [letter]) is None for letter in string.ascii_lowercase)
