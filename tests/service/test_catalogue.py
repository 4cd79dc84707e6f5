"""The catalogue of facts in the documentation."""

from pathlib import Path

from projections.kinds import facts
from service.catalogue import catalogue

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "events.md"


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text() == catalogue(), "python -m service.catalogue > docs/reference/events.md"


def test_every_fact_has_its_chapter() -> None:
    page = catalogue()
    for fact in facts():
        assert f"## {fact.TOPIC}\n" in page
        assert fact.AUDIT.nl in page
