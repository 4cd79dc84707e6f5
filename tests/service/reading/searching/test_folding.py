"""Folding of texts for comparison."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.reading.searching.folding import fold, origins


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Coördinatie", "coordinatie"),
        ("IJsselmeer \u0132sselmeer", "ijsselmeer ijsselmeer"),
        ("Søren Łukasz Æsop", "soren lukasz aesop"),
        ("Straße", "strasse"),
        ("foto’s", "foto's"),
        ("woning\u00adbouw\u200b", "woningbouw"),
        ("\ufb01nanci\u00eble", "financiele"),
        ("e\u0301e\u0301n", "een"),
    ],
)
def test_a_text_is_folded_without_case_diacritics_and_ligatures(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_every_folded_character_has_its_origin(text: str) -> None:
    found = origins(text)
    assert len(found) == len(fold(text)) + 1
    assert found == sorted(found)
    assert found[-1] == len(text)


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_characters_are_folded_one_by_one(text: str) -> None:
    assert fold(text) == "".join(map(fold, text))
