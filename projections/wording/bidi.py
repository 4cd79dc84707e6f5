"""Isolation of names and texts within our sentences, where their writing direction could reorder the words around them.

Unicode Standard Annex 9 §2.4.3: FIRST STRONG ISOLATE … POP DIRECTIONAL ISOLATE. Text from left to right stays as it is.
"""

from unicodedata import bidirectional

FSI, PDI = "\u2068", "\u2069"
ISOLATE_STARTS = frozenset("\u2066\u2067\u2068")  # LRI, RLI, FSI
DIRECTIONAL = frozenset({"R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Bidirectional classes of characters that are written from right to left, or that change a direction."""


def isolated(text: str) -> str:
    """The text, isolated if it needs that. Embeddings and overrides that it leaves open end with it (rule X6a)."""
    if text.isascii() or not any(bidirectional(one) in DIRECTIONAL for one in text):
        return text
    return f"{FSI}{_balanced(text)}{PDI}"


def _balanced(text: str) -> str:
    """The text with as many isolates closed as opened, so that it neither closes ours nor leaves it open."""
    balanced, open_ = list[str](), 0
    for one in text:
        if one == PDI:
            if not open_:
                continue
            open_ -= 1
        open_ += one in ISOLATE_STARTS
        balanced.append(one)
    return "".join(balanced) + PDI * open_
