"""Which known word was meant. Pure; it never prints and never decides anything but a hint."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

_LONGEST = 100
"""Longer words are no typos; comparing them would only take time."""

_CLOSE = 0.6
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate `word` most likely stands for, or None when nothing is close.

    The same word in another spelling (`AllocatedStorage`, `allocated-storage`) comes first, then one slip of the
    finger, then what looks alike, then the only candidate that ends in the word (`db_instance`).
    """
    if not word or len(word) > _LONGEST:
        return None
    known = [candidate for candidate in dict.fromkeys(candidates) if candidate != word]
    plain = _plain(word)
    ranked = sorted(
        ((*_likeness(plain, _plain(candidate)), candidate) for candidate in known),
        key=lambda rank: (-rank[0], -rank[1]),
    )
    if ranked and (ranked[0][0] or ranked[0][1] >= _CLOSE):
        return ranked[0][2]
    endings = [candidate for candidate in known if candidate.endswith((f".{plain}", f"_{plain}"))]
    return endings[0] if len(endings) == 1 else None


def _plain(word: str) -> str:
    return _CAMEL.sub("_", word.strip()).replace("-", "_").replace(" ", "_").lower()


def _likeness(word: str, candidate: str) -> tuple[int, float]:
    if word == candidate:
        return 2, 1.0
    return int(_one_slip(word, candidate)), SequenceMatcher(None, word, candidate, autojunk=False).ratio()


def _one_slip(word: str, candidate: str) -> bool:
    """One letter too many, missing, wrong, or two neighbours swapped."""
    if min(len(word), len(candidate)) < 2 or abs(len(word) - len(candidate)) > 1:
        return False
    start = 0
    while start < min(len(word), len(candidate)) and word[start] == candidate[start]:
        start += 1
    left, right = word[start:], candidate[start:]
    swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return left[1:] == right or left == right[1:] or left[1:] == right[1:] or swapped
