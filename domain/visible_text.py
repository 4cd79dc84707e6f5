"""The visible part of a text (rule 30)."""

import re

DEFAULT_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Invisible characters, as a class of a regular expression: Default_Ignorable_Code_Point of Unicode 17."""
VISIBLE = re.compile(rf"[^\s\x00-\x1f\x7f-\x9f{DEFAULT_IGNORABLE}]")
"""Any other character, except white space (`\\s` is Unicode's) and control characters."""


def is_text(text: str) -> bool:
    """Whether the text has anything to read."""
    return VISIBLE.search(text) is not None
