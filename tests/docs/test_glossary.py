"""The glossary defines each word once."""

import re
from collections import Counter
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "glossary.md"


def rows() -> list[list[str]]:
    """The cells of every row of its tables."""
    lines = [one for one in PAGE.read_text().splitlines() if one.startswith("| ")]
    return [[one.strip() for one in line.strip("|").split("|")] for line in lines if not line.startswith("| word |")]


def test_every_row_has_three_filled_cells() -> None:
    assert [one for one in rows() if len(one) != 3 or not all(one)] == []


def test_a_word_is_defined_once() -> None:
    words = Counter(word for cells in rows() for word in re.split(r", (?![^(]*\))", cells[0]))
    assert [word for word, times in words.items() if times > 1] == []
