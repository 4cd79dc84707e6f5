"""The texts that are searched: every text of a row is searched, or left out with a reason."""

from collections.abc import Iterator
from typing import get_args, get_type_hints

import pytest
from msgspec import Struct

from domain.foundation import Sealed
from projections.derived.searched import NOT_SEARCHED, SEARCHED, in_words, texts_at
from projections.research import Stakeholder
from tests.samples import sample

ROWS = sorted({one.rows for one in SEARCHED}, key=lambda row: row.__name__)


def sealed_paths(row: type[Struct]) -> Iterator[str]:
    """The paths of all sealed texts in a row."""
    for name, hint in get_type_hints(row).items():
        if name in row.__struct_fields__:
            yield from (".".join(filter(None, (name, one))) for one in _paths_in(hint))


def _paths_in(hint: object) -> Iterator[str]:
    if isinstance(hint, type) and issubclass(hint, Sealed):
        yield ""
    elif isinstance(hint, type) and issubclass(hint, Struct):
        yield from sealed_paths(hint)
    else:
        for one in get_args(hint):
            yield from _paths_in(one)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_every_sealed_text_is_searched_or_left_out_with_a_reason(row: type[Struct]) -> None:
    paths = {
        ".".join(filter(None, (one.each, path.partition(":")[0])))
        for one in SEARCHED
        if one.rows is row
        for path in (*one.titles, *one.texts)
    }
    left_out = tuple(NOT_SEARCHED.get(row, {}))
    missing = {one for one in sealed_paths(row) if one not in paths}
    assert {one for one in missing if not one.startswith(left_out)} == set() if left_out else missing == set()


@pytest.mark.parametrize("searched", SEARCHED, ids=lambda one: one.kind)
def test_every_path_leads_to_a_text(searched: object) -> None:
    assert searched in SEARCHED
    (one,) = [one for one in SEARCHED if one is searched]
    row = sample(one.rows, one.kind)
    for part in getattr(row, one.each) if one.each else (row,):
        for path in (*one.titles, *one.texts):
            assert list(texts_at(part, path)), path


def test_the_kinds_of_things_are_distinct() -> None:
    kinds = [one.kind for one in SEARCHED]
    assert len(set(kinds)) == len(kinds)


def test_a_path_through_a_list_leads_to_every_text() -> None:
    row = sample(Stakeholder, "x")
    assert list(texts_at(row, "talks.outcome")) == [one.outcome for one in row.talks]


def test_a_source_is_searched_by_the_words_of_its_item() -> None:
    item = '{"type":"book","title":"Wonen","author":[{"family":"Hondt","given":"D."}],"publisher":"SCP","DOI":"10.1"}'
    assert in_words(item, "csl:title") == "Wonen"
    assert in_words(item, "csl:") == "Hondt D., SCP"
    assert in_words("Gewone tekst", "text") == "Gewone tekst"
