"""Words of a query in texts, and the snippets that show them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.reading.searching.folding import fold
from service.reading.searching.matching import MAX_SNIPPET_LENGTH, MAX_WORDS, Likeness, Query


def likeness(words: str, text: str) -> list[Likeness | None]:
    query = Query(words)
    return [query.likeness(one, fold(text)) for one in query.words]


def marked(words: str, text: str) -> list[str]:
    """The marked parts of the snippet."""
    snippet = Query(words).snippet(text)
    return [snippet.text[one.start : one.end] for one in snippet.matches]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("huis", "De huizen zijn duur."),
        ("huizen", "Een huis."),
        ("vazen", "een vaas"),
        ("werken", "Er is gewerkt."),
        ("gewerkt", "Wij werken."),
        ("mogelijkheid", "veel mogelijkheden"),
        ("vrijwilliger", "Vrijwilligers"),
        ("fotos", "de foto"),
        ("studies", "a study"),
        ("organisation’s", "two organisations"),
        ("running", "She runs."),
    ],
)
def test_words_match_by_their_dutch_or_english_stem(word: str, text: str) -> None:
    assert likeness(f"{word} en", f"{text} en")[0] is Likeness.STEM


@pytest.mark.parametrize(
    ("word", "text"),
    [("wonen", "gewoon"), ("stad", "statig"), ("bank", "embankment"), ("kring", "Kringloop"), ("an", "van")],
)
def test_other_words_do_not_match(word: str, text: str) -> None:
    assert likeness(f"{word} x", f"{text} x")[0] is None


def test_the_same_word_is_exact_whatever_its_case_and_accents() -> None:
    assert likeness("COORDINATIE x", "De coördinatie, x")[0] is Likeness.EXACT
    assert likeness("foto’s x", "de foto x")[0] is Likeness.EXACT
    assert likeness("IJsselmeer x", "\u0132sselmeer x")[0] is Likeness.EXACT


def test_only_the_last_word_matches_beginnings() -> None:
    assert likeness("kring loop", "Kringloop looptijd") == [None, Likeness.PREFIX]
    assert likeness("hondt", "Mevrouw d’Hondt") == [Likeness.EXACT]


def test_the_best_likeness_of_several_words_counts() -> None:
    assert likeness("woning", "woningen, een woning") == [Likeness.EXACT]


def test_a_query_of_signs_has_no_words() -> None:
    assert Query(" ?! …").words == []


def test_a_query_has_a_limited_number_of_words() -> None:
    assert len(Query(" ".join(f"w{one}" for one in range(100))).words) == MAX_WORDS


def test_a_snippet_marks_words_as_they_are_written() -> None:
    assert marked("woning ijs", "Wóningen bij het \u0132sselmeer") == ["Wóningen", "\u0132sselmeer"]


def test_a_snippet_of_a_long_text_is_the_sentence_with_most_words() -> None:
    text = "Woningen zijn duur. " + "Dit gaat over iets anders. " * 10 + "Voor jongeren zijn woningen te duur! En nu?"
    snippet = Query("jongere woning").snippet(text)
    assert snippet.text == "Voor jongeren zijn woningen te duur!"
    assert marked("jongere woning", text) == ["jongeren", "woningen"]


def test_a_long_sentence_is_cut_at_words_around_the_match() -> None:
    text = "eerst " * 100 + "woningen" + " later" * 100
    snippet = Query("woning").snippet(text)
    assert len(snippet.text) <= MAX_SNIPPET_LENGTH
    assert snippet.text.startswith("…eerst ")
    assert snippet.text.endswith(" later…")
    assert marked("woning", text) == ["woningen"]


def test_a_snippet_of_one_long_word_is_cut_within_it() -> None:
    snippet = Query("aa").snippet("a" * 20_000)
    assert len(snippet.text) == MAX_SNIPPET_LENGTH
    assert [(one.start, one.end) for one in snippet.matches] == [(0, MAX_SNIPPET_LENGTH - 1)]


@given(st.text(max_size=40), st.text(max_size=600))
def test_matches_lie_within_snippets_of_any_text(words: str, text: str) -> None:
    snippet = Query(words).snippet(text)
    assert len(snippet.text) <= MAX_SNIPPET_LENGTH
    for one in snippet.matches:
        assert 0 <= one.start < one.end <= len(snippet.text)
