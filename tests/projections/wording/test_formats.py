"""Formats of amounts, counts, times and names."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from iso_4217 import Currency as Iso
from msgspec.structs import replace

from domain.currencies import MINOR_DIGITS
from domain.events.gathering import GatheringHeld, GatheringPlanned
from domain.events.programme import Topic
from domain.foundation import (
    AMOUNT_AT_MOST,
    AnyId,
    Code,
    CodeWord,
    Currency,
    Key,
    Label,
    Language,
    Money,
    Refusal,
    Span,
    Text,
)
from domain.people.people import UnknownPerson
from projections.event_types import events
from projections.wording.bidi import FSI, PDI, isolated
from projections.wording.formats import LOCALES, clock, counted, is_doubled, money
from projections.wording.names import Name, display_name
from projections.wording.sentences import SentenceStyle, in_words, placeholders, refusal_in_words, sentence
from tests.samples import sample_event, sample_id

NBSP = "\N{NO-BREAK SPACE}"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PROGRAMME = sample_id("programme", "p")


@pytest.mark.parametrize(
    ("minor", "currency", "english", "dutch"),
    [
        (123_456, "VND", f"VND{NBSP}123,456", f"VND{NBSP}123.456"),
        (123_456, "OMR", f"OMR{NBSP}123.456", f"OMR{NBSP}123,456"),
        (1_000_000_000, "IDR", f"IDR{NBSP}10,000,000.00", f"IDR{NBSP}10.000.000,00"),
        (AMOUNT_AT_MOST, "EUR", "€10,000,000,000,000.00", f"€{NBSP}10.000.000.000.000,00"),
        (AMOUNT_AT_MOST - 1, "KWD", f"KWD{NBSP}999,999,999,999.999", f"KWD{NBSP}999.999.999.999,999"),
        (5, "HUF", f"HUF{NBSP}0.05", f"HUF{NBSP}0,05"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(minor: int, currency: str, english: str, dutch: str) -> None:
    amount = Money(minor, Currency(currency))
    assert money(amount, "en") == english
    assert money(amount, "nl") == dutch


@pytest.mark.parametrize("currency", sorted(MINOR_DIGITS))
def test_minor_units_are_those_of_iso_4217(currency: str) -> None:
    listed = Iso[currency]
    assert listed.subunit_exp in {MINOR_DIGITS[Currency(currency)], None}, (
        "None: withdrawn; ISO lists it without minor units"
    )
    assert listed.entities or listed.withdrew_entities


@pytest.mark.parametrize("currency", sorted(MINOR_DIGITS))
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_digit_of_an_amount_is_written(currency: str, language: Language) -> None:
    said = money(Money(123_456_789_012_345, Currency(currency)), language)
    assert "".join(one for one in said if one.isdigit()) == "123456789012345"


def test_nouns_agree_with_their_numbers() -> None:
    assert [counted(one, "# option|# options", "en") for one in (0, 1, 2, 1200)] == [
        "0 options",
        "1 option",
        "2 options",
        "1,200 options",
    ]
    assert counted(1200, "# mogelijkheid|# mogelijkheden", "nl") == "1.200 mogelijkheden"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_noun_has_as_many_forms_as_its_language(language: Language) -> None:
    forms = len(LOCALES[language].plural_form.tags) + 1
    wordings = [one.SUMMARY for one in events()] + [one.TEXT for one in _refusals(Refusal) if "TEXT" in vars(one)]
    counted_nouns = [
        form for text in wordings for _, form in placeholders(getattr(text, language)) if form not in {"", "count"}
    ]
    assert len(counted_nouns) > 10
    assert {len(one.split("|")) for one in counted_nouns} == {forms}


def _refusals(kind: type[Refusal]) -> set[type[Refusal]]:
    return {kind, *(found for one in kind.__subclasses__() for found in _refusals(one))} - {Refusal}


# Times


@pytest.mark.parametrize(
    ("hour", "dutch"),
    [(0, "2.30 (GMT+02:00)"), (1, "2.30 (GMT+01:00)"), (2, "3.30")],
    ids=["first", "second", "after"],
)
def test_an_ambiguous_local_time_is_shown_with_its_offset(hour: int, dutch: str) -> None:
    assert clock(datetime(2026, 10, 25, hour, 30, tzinfo=UTC).astimezone(AMSTERDAM), "nl") == dutch


def test_times_around_a_skipped_hour_are_not_ambiguous() -> None:
    assert not is_doubled(datetime(2026, 3, 29, 1, 30, tzinfo=UTC).astimezone(AMSTERDAM))
    assert not is_doubled(datetime(2026, 3, 29, 0, 30, tzinfo=UTC).astimezone(AMSTERDAM))


def test_a_span_over_the_repeated_hour_shows_both_offsets() -> None:
    night = Span(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    said = in_words(night, Span, {}, SentenceStyle("en", names_zone=False))
    assert said == "25 October 2026, 02:30 (GMT+02:00) to 02:30 (GMT+01:00)"


def named(zone: str | None) -> dict[str, Name]:
    topics = (Topic(Key("people"), Label("Mensenkennis")), Topic(Key("change"), Label("Wisselgeld")))
    return {PROGRAMME: Name(id=AnyId(PROGRAMME), label=Label("L"), zone=zone, topics=topics)}  # pyright: ignore[reportArgumentType]  a zone


def test_times_are_in_the_programmes_time_zone_or_name_their_own() -> None:
    starts, ends = datetime(2026, 1, 5, 14, tzinfo=UTC), datetime(2026, 1, 5, 16, tzinfo=UTC)
    planned = replace(sample_event(GatheringPlanned), programme=PROGRAMME, starts_at=starts, ends_at=ends)
    assert "5 January 2026, 09:00 to 11:00." in sentence(planned, named("America/New_York"), SentenceStyle("en"))
    assert "5 January 2026, 15:00 to 17:00 (Europe/Amsterdam)." in sentence(planned, {}, SentenceStyle("en"))


# Rule 31


def test_rule_31_a_topic_has_the_title_that_its_programme_gave_it() -> None:
    held = replace(
        sample_event(GatheringHeld), programme=PROGRAMME, topics=(Key("people"), Key("change"), Key("quorum"))
    )
    for language in ("nl", "en"):
        said = sentence(held, named(None), SentenceStyle(language))
        assert "Mensenkennis, Wisselgeld" in said
        assert "quorum" in said
        assert "challenges" not in said
    assert "people, change" in sentence(held, {}, SentenceStyle("en"))


def test_rule_31_only_codes_are_translated() -> None:
    assert in_words("people", Key, {}, SentenceStyle("en")) == "people"
    assert in_words("people", Code, {}, SentenceStyle("en")) == "too few people for the challenges"

    class Says(Refusal):
        CODE = "says"
        TEXT = Text(en="{one} and {other}", nl="{one} en {other}")

    said = refusal_in_words(Says(one="quorum", other=CodeWord("quorum")), "en")
    assert said == "quorum and the quorum was not reached"


def test_a_refusal_formats_plurals_and_amounts() -> None:
    class Says(Refusal):
        CODE = "says"
        TEXT = Text(
            en="{parts:# part|# parts} of {sum}, field {name}", nl="{parts:# deel|# delen} van {sum}, veld {name}"
        )

    refusal = Says(parts=1, sum=Money(123_456, Currency("OMR")), name="people.0.reason")
    assert refusal_in_words(refusal, "en") == f"1 part of OMR{NBSP}123.456, field people.0.reason"
    assert refusal_in_words(UnknownPerson(field="person_id"), "nl") == UnknownPerson.TEXT.nl


# Names within sentences


@pytest.mark.parametrize("name", ["Anna", "Café", "Ωmega", "日本", "a-b 1"])
def test_a_left_to_right_name_is_unchanged(name: str) -> None:
    assert isolated(name) == name


@pytest.mark.parametrize(
    "name", ["שלום", "\u202eevil", "a\u2066b", "a\u2069b", "a\u2069\u2069\u2067b", "\u061cx", "\u2068a\u2069\u2068"]
)
def test_a_name_that_changes_text_direction_is_isolated(name: str) -> None:
    depth, text = 0, f"Door {isolated(name)}: ja."
    depths = list[int]()
    for one in text:
        depth += (one in "\u2066\u2067\u2068") - (one == PDI)
        depths.append(depth)
    assert FSI in text
    assert min(depths) == 0, "the name closes an isolate that it did not open"
    assert depths[-1] == 0, "an isolate stays open"
    assert depths[text.index(FSI) : text.rindex(PDI)].count(0) == 0, "the name closes our isolate"


def test_a_hostile_name_is_isolated_wherever_it_is_shown() -> None:
    person = sample_id("person", "evil")
    row = Name(id=AnyId(person), label=Label("\u202eabc"))
    assert display_name(person, {person: row}, "en") == f"{FSI}\u202eabc{PDI}"


UNCOUNTED = re.compile(r"\{(\w+)(?::count)?\} (?!was\b|is\b|has\b)\w+s\b")
"""A number before a plural noun without declared forms."""


def test_every_counted_noun_in_an_event_summary_has_a_singular() -> None:
    found = [
        (event.TOPIC, one[0])
        for event in events()
        for one in UNCOUNTED.finditer(event.SUMMARY.en)
        if isinstance(getattr(sample_event(event), one[1]), int | tuple)
    ]
    assert found == []


def test_every_counted_noun_in_a_refusal_has_a_singular() -> None:
    assert [one.CODE for one in _refusals(Refusal) if "TEXT" in vars(one) and UNCOUNTED.search(one.TEXT.en)] == []
