"""Sources in words, from CSL-JSON that others made."""

import json

import pytest

from domain.foundation import Words
from service.pages.evidence import Reference, reference


def of(item: object) -> Reference:
    return reference(Words(json.dumps(item)))


def test_an_article_has_its_authors_year_title_and_journal() -> None:
    assert of(
        {
            "author": [{"family": "Meulen", "non-dropping-particle": "van der", "given": "Anna"}, {"literal": "CPB"}],
            "issued": {"date-parts": [[2015, 3]]},
            "title": "Wat een hub kost",
            "container-title": "ESB",
            "URL": "https://example.org/hub",
        }
    ) == Reference(("A. van der Meulen", "CPB"), "2015", "Wat een hub kost", "ESB", "https://example.org/hub")


UNUSABLE: list[object] = [
    {},
    [],
    "title",
    {"author": "Anna", "issued": 2015, "title": {"en": "x"}, "URL": "javascript:alert(1)"},
    {"author": [None, {}, {"family": ["x"]}], "issued": {"date-parts": [[]]}, "publisher": 3},
]


@pytest.mark.parametrize("item", UNUSABLE)
def test_a_source_without_usable_fields_is_empty(item: object) -> None:
    assert of(item) == Reference((), "", "", "", "")


def test_an_erased_source_is_empty() -> None:
    assert reference(Words()) == Reference((), "", "", "", "")
