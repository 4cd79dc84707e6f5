"""Folding of texts for comparison: without case, diacritics, ligatures and invisible characters."""

import re
import unicodedata

DIACRITICS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
"""The blocks of combining diacritical marks (Unicode 17, chapter 7.9). Vowel signs of other scripts are no diacritics."""
INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
"""Soft hyphen, zero-width and bidirectional characters."""
DROPPED = re.compile(f"[{DIACRITICS}{INVISIBLE}]+")
WITHOUT_DECOMPOSITION = {
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    "ł": "l",
    "ŧ": "t",
    "þ": "th",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "’": "'",
    "\N{MODIFIER LETTER APOSTROPHE}": "'",
}
"""Letters and apostrophes that Unicode does not decompose, after case folding."""
SPECIAL = re.compile(f"[{''.join(WITHOUT_DECOMPOSITION)}]")


def fold(text: str) -> str:
    """The text as it is compared. Each character is folded by itself, so `origins` can follow it; ĳ becomes `ij`."""
    if text.isascii():
        return text.lower()
    decomposed = DROPPED.sub("", unicodedata.normalize("NFKD", text))
    if decomposed.isascii():
        return decomposed.lower()
    return SPECIAL.sub(lambda one: WITHOUT_DECOMPOSITION[one[0]], decomposed.casefold())


def origins(text: str) -> list[int]:
    """The index in `text` of each character of `fold(text)`, and its length at the end."""
    if text.isascii():
        return list(range(len(text) + 1))
    return [at for at, one in enumerate(text) for _ in (one if one.isascii() else fold(one))] + [len(text)]
