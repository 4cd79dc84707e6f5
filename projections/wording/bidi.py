"""Names and texts of people within a sentence of ours: isolated where their direction could turn the words around them.

Unicode Standard Annex 9 §2.4.3: FIRST STRONG ISOLATE … POP DIRECTIONAL ISOLATE. Text from left to right stays as it is.
"""

from unicodedata import bidirectional

FSI, PDI = "\u2068", "\u2069"
OPENING = frozenset("\u2066\u2067\u2068")  # LRI, RLI, FSI
TURNING = frozenset({"R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Bidirectional classes of characters that are written from right to left, or that change a direction."""


def isolated(text: str) -> str:
    """The text as it may stand in a sentence. Embeddings and overrides that it leaves open end with it (rule X6a)."""
    if text.isascii() or not any(bidirectional(one) in TURNING for one in text):
        return text
    return f"{FSI}{_balanced(text)}{PDI}"


def _balanced(text: str) -> str:
    """The text with as many isolates closed as opened, or it would close ours, or leave it open."""
    kept, open_ = list[str](), 0
    for one in text:
        if one == PDI:
            if not open_:
                continue
            open_ -= 1
        open_ += one in OPENING
        kept.append(one)
    return "".join(kept) + PDI * open_
