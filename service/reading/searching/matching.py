"""Matching of texts with the words of a query, and snippets that show where they match. No IO.

A word of a text matches a word of a query if it is the same, if both have the same stem in Dutch or in English, or, for the
last word of the query, if it begins with it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from itertools import takewhile
from typing import NamedTuple, cast

from msgspec import Struct
from snowballstemmer import stemmer  # pyright: ignore[reportUnknownVariableType]  it has no types

from service.reading.searching.folding import fold, origins

MAX_WORDS = 8
"""Words of a query that are looked for; further ones only narrow what these find already."""
MAX_SNIPPET_LENGTH = 200
"""Characters of a snippet."""
LEAD = 60
"""Characters before the first match in a snippet that is cut from a long sentence."""
MIN_STEMMED_LENGTH = 3
"""Shorter words have no stem that says more than they do."""
LITERAL_LENGTH = 2
"""Letters at the beginning of a word that no stemmer changes, apart from the prefix `ge`."""
PREFIX = "ge"
"""The Dutch prefix that stems are without: gewerkt, werken."""
PARTICIPLE_ENDINGS = ("t", "d", "en")
LANGUAGES = ("dutch", "english")

WORD = re.compile(r"\w+")
POSSESSIVE = re.compile(r"'s?\b(?!\w)")
VOWELS = re.compile("[aeiouy]+")
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\s*[\r\n\u2028\u2029]+\s*")


class Likeness(IntEnum):
    """The degree to which a text has a word of a query, the best first."""

    EXACT = 0
    PREFIX = 1
    STEM = 2


class Range(Struct, frozen=True):
    """The characters (Unicode code points) of a snippet from `start` up to `end`."""

    start: int
    end: int


class Snippet(NamedTuple):
    """A part of a text, at most 200 characters, and the words in it that match."""

    text: str
    matches: list[Range]


class QueryWord(NamedTuple):
    """A word of a query, its stem in each language, whether it may be the beginning of a word, and patterns of candidates.

    Each pattern begins with letters, since those are found fastest; whether a word begins there is left to the caller.
    """

    word: str
    stems: tuple[str, ...]
    is_prefix: bool
    patterns: tuple[re.Pattern[str], ...]


class Query:
    """The words of a query, each of which has to match. It remembers stems, so it lives no longer than the request."""

    def __init__(self, text: str) -> None:
        self._stemmers = [cast("Callable[[str], str]", stemmer(one).stemWord) for one in LANGUAGES]
        self._stems: dict[str, tuple[str, ...]] = {}
        found = list(dict.fromkeys(WORD.findall(POSSESSIVE.sub("", fold(text)))))[:MAX_WORDS]
        self.words = [self._word(one, is_prefix=one == found[-1]) for one in found]

    def likeness(self, word: QueryWord, folded: str) -> Likeness | None:
        """The best likeness of this word with any word of a folded text; None if none matches."""
        best: Likeness | None = None
        for start, end in _candidates(word, folded):
            found = self._compare(word, folded[start:end])
            if found is Likeness.EXACT:
                return found
            if found is not None and (best is None or found < best):
                best = found
        return best

    def spans(self, folded: str) -> Iterator[tuple[int, int, int]]:
        """The matching words of a folded text: start, end, and the number of the query's word."""
        for number, word in enumerate(self.words):
            for start, end in _candidates(word, folded):
                if self._compare(word, folded[start:end]) is not None:
                    yield start, end, number

    def snippet(self, text: str) -> Snippet:
        """The text, if it is short; else the sentence with the most of the words, cut to `MAX_SNIPPET_LENGTH`."""
        origin = origins(text)
        spans = sorted(
            (origin[start], max(origin[end], origin[start] + 1), word) for start, end, word in self.spans(fold(text))
        )
        start, end = (0, len(text)) if len(text) <= MAX_SNIPPET_LENGTH else _best_sentence(text, spans)
        inside = [(first, last) for first, last, _ in spans if start <= first < end]
        return _cut(text, start, end, inside)

    def _word(self, word: str, *, is_prefix: bool) -> QueryWord:
        stems = self._stems_of(word)
        endings: dict[str, list[str]] = {}
        for literal, ending in [_beginning(word, one) for one in stems] + [(word, "")] * is_prefix:
            endings.setdefault(literal[:LITERAL_LENGTH], []).append(re.escape(literal[LITERAL_LENGTH:]) + ending)
        patterns = [rf"{re.escape(literal)}(?:{'|'.join(found)})\w*" for literal, found in endings.items()]
        return QueryWord(word, stems, is_prefix, tuple(map(re.compile, patterns)))

    def _compare(self, word: QueryWord, other: str) -> Likeness | None:
        if other == word.word:
            return Likeness.EXACT
        if word.is_prefix and other.startswith(word.word):
            return Likeness.PREFIX
        same = any(mine == theirs for mine, theirs in zip(word.stems, self._stems_of(other), strict=True))
        return Likeness.STEM if same and _may_share_a_stem(word.word, other) else None

    def _stems_of(self, word: str) -> tuple[str, ...]:
        """The stem of a word in each language."""
        found = self._stems.get(word)
        if found is None:
            short = len(word) < MIN_STEMMED_LENGTH or not word.isalpha()
            found = tuple(word if short else stem(word) for stem in self._stemmers)
            self._stems[word] = found
        return found


def _may_share_a_stem(one: str, other: str) -> bool:
    """Whether the prefix `ge` of one of two words may be that of a participle: gewerkt and werken, but not gewoon and wonen."""
    if one.startswith(PREFIX) == other.startswith(PREFIX):
        return True
    return (one if one.startswith(PREFIX) else other).endswith(PARTICIPLE_ENDINGS)


def _beginning(word: str, stem: str) -> tuple[str, str]:
    """The letters with which words that may have this stem begin, and a pattern of what follows.

    Stemmers change little but the end: Dutch stems double and undo vowels (vaas, vazen), and change their last consonant.
    """
    same = word[: sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(word, stem, strict=False)))]
    same = same if len(same) >= LITERAL_LENGTH else stem
    literal, rest = same[:LITERAL_LENGTH], same[LITERAL_LENGTH:-1]
    middle = VOWELS.sub("[aeiouy]+", rest) if rest.isalpha() else ""
    return literal, re.sub(r"\+$", "*", middle)


def _candidates(word: QueryWord, folded: str) -> Iterator[tuple[int, int]]:
    """The start and end of the words of a folded text that may match, also behind the Dutch prefix `ge`."""
    for pattern in word.patterns:
        for one in pattern.finditer(folded):
            start, end = one.span()
            if _begins_word(folded, start):
                yield start, end
            elif folded.startswith(PREFIX, start - len(PREFIX)) and _begins_word(folded, start - len(PREFIX)):
                yield start - len(PREFIX), end


def _begins_word(folded: str, at: int) -> bool:
    return at == 0 or (at > 0 and not (folded[at - 1].isalnum() or folded[at - 1] == "_"))


def _best_sentence(text: str, spans: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """The start and end of the first sentence with the most of the query's words."""
    best, most = (0, 0), -1
    for start, end in _sentences(text):
        words = len({word for first, _, word in spans if start <= first < end})
        if words > most:
            best, most = (start, end), words
    return best


def _sentences(text: str) -> Iterable[tuple[int, int]]:
    start = 0
    for one in SENTENCE_END.finditer(text):
        if one.start() > start:
            yield start, one.start()
        start = one.end()
    yield start, len(text)


def _cut(text: str, start: int, end: int, matches: Sequence[tuple[int, int]]) -> Snippet:
    """The part of a text around its first match, with an ellipsis where it is cut."""
    before = after = ""
    if end - start > MAX_SNIPPET_LENGTH:
        first = matches[0][0] if matches else start
        if first - start > LEAD:
            before, start = "…", _word_start(text, first - LEAD, first)
        room = MAX_SNIPPET_LENGTH - len(before)
        if end - start > room:
            after, end = "…", _word_end(text, start, start + room - 1)
    shift = len(before) - start
    ranges = [Range(one + shift, min(other, end) + shift) for one, other in matches if start <= one < end]
    return Snippet(before + text[start:end] + after, ranges)


def _word_start(text: str, earliest: int, latest: int) -> int:
    """The first beginning of a word from `earliest` on, else `latest`."""
    space = text.find(" ", earliest - 1, latest)
    return latest if space < 0 else space + 1


def _word_end(text: str, start: int, latest: int) -> int:
    """The last end of a word up to `latest`; `latest` for one long word."""
    space = text.rfind(" ", start, latest + 1)
    return latest if space <= start else space
