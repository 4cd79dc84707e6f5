"""Visible texts, and strings that only look like texts to a program."""

import sys

import pytest

from domain.visible_text import is_text

WHITE_SPACE = [chr(one) for one in range(sys.maxunicode + 1) if chr(one).isspace()]


def test_rule_30_white_space_and_invisible_characters_are_not_text() -> None:
    assert len(WHITE_SPACE) > 20
    assert not is_text("".join(WHITE_SPACE))
    for one in (0xAD, 0x34F, 0x61C, 0x115F, 0x17B4, 0x180B, 0x200B, 0x200F, 0x202E, 0x2060, 0x2069, 0x3164, 0xFE0F):
        assert not is_text(f" {chr(one)} ")
    for one in (0xFEFF, 0xFFA0, 0xFFF8, 0x1BCA0, 0x1D173, 0xE0001, 0xE0100, 0xE0FFF):
        assert not is_text(f" {chr(one)} ")
    assert not is_text("")
    assert not is_text("\x00\x1f\x7f\x9f")


@pytest.mark.parametrize("text", ["a", "\u200ba", "é", "שלום", "日", "👩🏽‍💻", "़", ".", "\u2800", " \u00ad–\u00ad "])
def test_anything_visible_is_text(text: str) -> None:
    assert is_text(text)
