"""Differences between two versions of a text, word by word."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

WORDS = re.compile(r"\S+\s*|\s+")
"""A word with the white space after it."""
MAX_COMPARISONS = 1_000_000
"""Pairs of words that are compared. Beyond that, a text is shown as replaced: the time to compare grows with their number."""


class Piece(NamedTuple):
    """A run of words that both versions have, or only the earlier (`removed`) or later (`added`) one."""

    kind: Literal["same", "removed", "added"]
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """The later text with what was removed from the earlier one, in order."""
    return [one for one in _pieces(WORDS.findall(before), WORDS.findall(after)) if one.text]


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    yield Piece("same", "".join(after[:start]))
    yield from _middle(before[start : len(before) - end], after[start : len(after) - end])
    yield Piece("same", "".join(after[len(after) - end :]))


def _middle(before: list[str], after: list[str]) -> Iterator[Piece]:
    if len(before) * len(after) > MAX_COMPARISONS:
        yield Piece("removed", "".join(before))
        yield Piece("added", "".join(after))
        return
    # White space may differ, as where a sentence now ends a paragraph: words decide.
    matcher = SequenceMatcher(None, [one.strip() for one in before], [one.strip() for one in after])
    for what, from_, to, new_from, new_to in matcher.get_opcodes():
        if what == "equal":
            yield Piece("same", "".join(after[new_from:new_to]))
            continue
        yield Piece("removed", "".join(before[from_:to]))
        yield Piece("added", "".join(after[new_from:new_to]))


def _common(one: list[str], other: list[str]) -> int:
    """The number of words with which both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (left, right) in pairs if left != right), min(len(one), len(other)))
