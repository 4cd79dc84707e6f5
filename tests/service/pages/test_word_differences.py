"""Differences between two versions of a text."""

from hypothesis import given
from hypothesis import strategies as st

from service.pages.word_differences import MAX_COMPARISONS, differences

TEXTS = st.lists(st.sampled_from(["de ", "brug ", "over", "\n\n", "de rivier. ", "😀 "]), max_size=12).map("".join)


def shape(before: str, after: str) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in differences(before, after)]


def test_words_are_marked_as_removed_and_added() -> None:
    assert shape("Verbind de banken nu.", "Verbind elkaar nu.") == [
        ("same", "Verbind "),
        ("removed", "de banken "),
        ("added", "elkaar "),
        ("same", "nu."),
    ]


def test_a_new_text_is_added_as_a_whole() -> None:
    assert shape("", "Alles is nieuw.") == [("added", "Alles is nieuw.")]


def test_equal_texts_have_no_differences() -> None:
    assert shape("Hetzelfde.", "Hetzelfde.") == [("same", "Hetzelfde.")]


def test_very_long_texts_are_replaced_as_a_whole() -> None:
    words = int(MAX_COMPARISONS**0.5) + 1
    before, after = "a " * words + "x", "b " * words + "y"
    assert shape(before, after) == [("removed", before), ("added", after)]


@given(TEXTS, TEXTS)
def test_the_later_text_is_what_is_left_without_the_removed_words(before: str, after: str) -> None:
    assert "".join(one.text for one in differences(before, after) if one.kind != "removed") == after
