"""Events as sentences, for each kind of reader."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from domain.events.advice import RecommendationFormulated
from domain.events.challenge import ChallengeProposed
from domain.events.followup import RejoinderAdded
from domain.events.gathering import GatheringHeld
from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.events.presentation import AdvicePresented, HandedRecommendation
from domain.events.roles import ContactAppointed
from domain.events.team import (
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    TeamDissolved,
    TeamFormed,
    TeamMerged,
    WaiverGranted,
)
from domain.foundation import AnyId, Code, Event, Label, Language, Money, OrganisationId, Personal, Span, Text, Words
from projections.event_types import events
from projections.view import EventMetadata, fold_events
from projections.wording.formats import day, money
from projections.wording.names import NAMES, Name, display_name
from projections.wording.sentences import SentenceStyle, date_and_time, ids_in, in_words, listed, sentence, texts_in
from tests.samples import AT, sample_event, sample_id

ANNA, BERT, CHRIS = (sample_id("person", one) for one in ("anna", "bert", "chris"))
CHALLENGE, TEAM, BANK = (sample_id(one, "zwolle") for one in ("challenge", "team", "organisation"))
NAMED = {
    ANNA: Name(id=AnyId(ANNA), personal=Personal("Anna Bakker")),
    BERT: Name(id=AnyId(BERT), personal=Personal("Bert van den Berg")),
    BANK: Name(id=AnyId(BANK), label=Label("Rabobank IJsseldelta")),
    CHALLENGE: Name(id=AnyId(CHALLENGE), words=Words("Hoe behouden we\nstart-ups?")),
    TEAM: Name(id=AnyId(TEAM), number=1, of=AnyId(CHALLENGE)),
}
NL, EN = SentenceStyle("nl", names_zone=False), SentenceStyle("en", names_zone=False)


def formed(*members: str) -> TeamFormed:
    fields = {"programme": sample_id("programme", "p"), "organisation": BANK, "number": 1, "members": members}
    return TeamFormed(**fields, team=TEAM, challenge=CHALLENGE)  # pyright: ignore[reportArgumentType]  ids of samples


def test_people_and_challenges_are_named_in_sentences() -> None:
    assert sentence(formed(ANNA, BERT), NAMED, NL) == (
        "Voor “Hoe behouden we start-ups?” werd een CoP van 2 gevormd: Anna Bakker en Bert van den Berg."
    )
    assert sentence(formed(ANNA, BERT), NAMED, EN) == (
        "A CoP of 2 was formed for “Hoe behouden we start-ups?”: Anna Bakker and Bert van den Berg."
    )


def test_an_unknown_or_erased_person_is_called_a_person() -> None:
    erased = {**NAMED, ANNA: Name(id=AnyId(ANNA), personal=Personal(digest="x" * 43))}
    assert "a person and Bert van den Berg" in sentence(formed(ANNA, BERT), erased, EN)
    assert "een persoon en een persoon" in sentence(formed(ANNA, BERT), {}, NL)


def test_an_auditor_reads_ids_instead_of_names() -> None:
    text = sentence(formed(ANNA, BERT), NAMED, SentenceStyle("en", named=frozenset(), pseudonyms=True))
    assert f"{ANNA} and {BERT}" in text
    assert "Anna" not in text
    assert "“Hoe behouden we start-ups?”" in text


def test_a_commissioner_reads_only_permitted_names() -> None:
    text = sentence(formed(ANNA, BERT), NAMED, SentenceStyle("en", named=frozenset({ANNA})))
    assert "Anna Bakker and a person" in text


def test_texts_are_quoted_if_readable_and_withheld_otherwise() -> None:
    event = sample_event(ChallengeProposed)
    event.title.text = "Zorg\ndichtbij"
    assert "“Zorg dichtbij”" in sentence(event, {}, NL)
    event.title.text = None
    assert sentence(event, {}, NL) == "Een persoon bracht het vraagstuk “[niet beschikbaar]” in."
    assert sentence(event, {}, EN) == "A person proposed the challenge “[withheld]”."


def test_only_texts_that_the_sentence_quotes_are_opened() -> None:
    event = sample_event(ChallengeProposed)
    assert list(texts_in(event)) == [event.title]
    assert list(ids_in(event)) == [event.proposer]


def test_codes_are_translated_and_labels_are_not() -> None:
    event = sample_event(ContactAppointed)
    appointed = ContactAppointed(
        contact=event.contact, organisation=OrganisationId(BANK), person=event.person, role=Code("commissioner")
    )
    assert sentence(appointed, NAMED, NL) == "Een persoon werd opdrachtgever namens Rabobank IJsseldelta."
    registered = OrganisationRegistered(organisation=OrganisationId(BANK), name=Label("kept"))
    assert sentence(registered, {}, NL) == "Kept werd geregistreerd."


@pytest.mark.parametrize(
    ("code", "dutch", "english"),
    [
        ("equal_shares/1", "gelijke aandelen", "equal shares"),
        ("partly_accepted", "deels overgenomen", "partly accepted"),
        ("knowledge", "kennisinstelling", "knowledge institute"),
        ("something_new", "something_new", "something_new"),
    ],
)
def test_a_code_without_a_wording_is_shown_unchanged(code: str, dutch: str, english: str) -> None:
    assert in_words(code, Code, {}, NL) == dutch
    assert in_words(code, Code, {}, EN) == english


@pytest.mark.parametrize(
    ("minor", "currency", "dutch", "english"),
    [
        (12550, "EUR", "€\N{NO-BREAK SPACE}125,50", "€125.50"),
        (125_005, "EUR", "€\N{NO-BREAK SPACE}1.250,05", "€1,250.05"),
        (12550, "CHF", "CHF\N{NO-BREAK SPACE}125,50", "CHF\N{NO-BREAK SPACE}125.50"),
        (1255, "JPY", "JPY\N{NO-BREAK SPACE}1.255", "JPY\N{NO-BREAK SPACE}1,255"),
    ],
)
def test_money_is_written_as_people_write_it(minor: int, currency: str, dutch: str, english: str) -> None:
    amount = Money(minor, currency)  # pyright: ignore[reportArgumentType]  a currency
    assert money(amount, "nl") == dutch
    assert money(amount, "en") == english


def test_times_are_in_the_readers_time_zone_around_a_clock_change() -> None:
    summer, winter = datetime(2016, 10, 29, 22, 30, tzinfo=UTC), datetime(2016, 10, 30, 22, 30, tzinfo=UTC)
    assert date_and_time(summer, NL) == "30 oktober 2016, 0.30 uur"
    assert date_and_time(winter, NL) == "30 oktober 2016, 23.30 uur"
    assert date_and_time(winter, SentenceStyle("en", zone="UTC")) == "30 October 2016, 22:30 (UTC)"
    assert day(date(2017, 3, 1), "nl") == "1 maart 2017"


def test_lists_are_joined_with_a_conjunction_and_long_ones_are_cut() -> None:
    assert listed([], NL) == "geen"
    assert listed(["a", "b", "c"], NL) == "a, b en c"
    assert listed([str(n) for n in range(1000)], EN).endswith(", 19 and +980")


def test_a_team_is_named_by_its_challenge() -> None:
    assert display_name(TEAM, NAMED, "nl") == "de CoP over “Hoe behouden we start-ups?”"
    assert display_name(TEAM, {}, "en") == "a CoP"


def test_circular_names_terminate() -> None:
    endless = {TEAM: Name(id=AnyId(TEAM), of=AnyId(TEAM))}
    assert display_name(TEAM, endless, "en").startswith("the CoP on the CoP on")


def test_a_recommendation_is_named_by_its_presented_text_never_by_a_draft() -> None:
    first = sample_event(RecommendationFormulated)
    later = replace(first, version=2, text=Words("Nog niet getoond"))
    shown = HandedRecommendation(first.recommendation, 1)
    presented = replace(sample_event(AdvicePresented), recommendations=(shown,))
    history = [(one, EventMetadata(position, AT)) for position, one in enumerate((first, presented, later), 1)]
    before, after = fold_events(NAMES, history[:1]), fold_events(NAMES, history)
    assert display_name(first.recommendation, before, "nl") == "een aanbeveling"
    assert display_name(first.recommendation, after, "nl") == f"aanbeveling “{first.text.text}”"


@pytest.mark.parametrize("event", [one for one in NAMES.takes if one is not AdvicePresented], ids=lambda one: one.TOPIC)
def test_every_row_of_names_is_tagged_with_its_own_id(event: type[PersonRegistered]) -> None:
    sampled = sample_event(event)
    rows = fold_events(NAMES, [(sampled, EventMetadata(1, AT))])
    assert len(rows) == 1
    assert set(rows) <= set(sampled.tags())


@pytest.mark.parametrize("event", events(), ids=lambda one: one.TOPIC)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_event_can_be_put_into_words(event: type[PersonRegistered], language: Language) -> None:
    text = sentence(sample_event(event), {}, SentenceStyle(language))
    assert text
    assert "{" not in text
    assert "NewType" not in text
    assert "_0" not in text, "an id is shown instead of a name"


def test_wordings_come_in_the_readers_language() -> None:
    assert (NL.says(Text(en="yes", nl="ja")), EN.says(Text(en="yes", nl="ja"))) == ("ja", "yes")


@pytest.mark.parametrize(
    ("ends", "dutch", "english"),
    [
        (datetime(2016, 11, 15, 20, 30, tzinfo=UTC), "19.00 tot 21.30 uur", "19:00 to 21:30"),
        (
            datetime(2016, 11, 15, 23, 30, tzinfo=UTC),
            "19.00 uur tot 16 november 2016, 0.30 uur",
            "19:00 to 16 November 2016, 00:30",
        ),
    ],
)
def test_a_span_within_one_day_names_the_day_once(ends: datetime, dutch: str, english: str) -> None:
    evening = Span(datetime(2016, 11, 15, 18, tzinfo=UTC), ends)
    assert in_words(evening, Span, {}, NL) == f"15 november 2016, {dutch}"
    assert in_words(evening, Span, {}, EN) == f"15 November 2016, {english}"


def test_a_span_of_days_names_the_first_and_last_day() -> None:
    assert in_words(Span(date(2017, 3, 3), date(2017, 3, 3)), Span, {}, NL) == "3 maart 2017"
    assert (
        in_words(Span(date(2017, 2, 16), date(2017, 2, 17)), Span, {}, NL)
        == "16 februari 2017 tot en met 17 februari 2017"
    )


@pytest.mark.parametrize("text", ["Mooi.", "Waarom?", "Doe dit!", "En dan…"])
def test_a_quotation_that_ends_a_sentence_ends_it_once(text: str) -> None:
    event = sample_event(RejoinderAdded)
    event.text.text = text
    assert sentence(event, {}, NL) == f"Weerwoord van de CoP: “{text}”"


def test_own_gatherings_and_sessions_are_worded_differently() -> None:
    held = sample_event(GatheringHeld)
    row = Name(id=AnyId(held.gathering), kind=Code("own"))
    assert sentence(held, {row.id: row}, NL).startswith("Een eigen bijeenkomst werd gehouden")
    session = replace(row, kind=Code("session"), number=2)
    assert sentence(held, {row.id: session}, NL).startswith("CoP-sessie 2 werd gehouden")


OTHER_TEAM, CLINIC = sample_id("team", "other"), sample_id("organisation", "clinic")
MEMBERSHIP_CHANGES = [
    (MemberJoined, {"person": ANNA}, "Anna Bakker kwam bij {team}", "Anna Bakker joined {team}"),
    (MemberLeft, {"person": ANNA}, "Anna Bakker verliet {team}", "Anna Bakker left {team}"),
    (
        MemberTransferred,
        {"person": ANNA, "to_team": OTHER_TEAM, "to_organisation": CLINIC},
        "Anna Bakker stapte over van {team} naar CoP 2 over {title}",
        "Anna Bakker moved from {team} to CoP 2 on {title}",
    ),
    (
        TeamMerged,
        {"challenge": CHALLENGE, "into": OTHER_TEAM, "into_organisation": CLINIC, "members": (ANNA, BERT)},
        "De CoP over {title} ging op in CoP 2 over {title}",
        "The CoP on {title} merged into CoP 2 on {title}",
    ),
    (
        TeamDissolved,
        {"challenge": CHALLENGE, "members": (ANNA,)},
        "De CoP over {title} werd opgeheven.",
        "The CoP on {title} was dissolved.",
    ),
]


@pytest.mark.parametrize(("kind", "fields", "nl", "en"), MEMBERSHIP_CHANGES, ids=lambda one: getattr(one, "TOPIC", ""))
def test_changes_of_membership_are_put_into_words(
    kind: Callable[..., Event], fields: dict[str, Any], nl: str, en: str
) -> None:
    event = kind(team=TEAM, programme=sample_id("programme", "p"), organisation=BANK, **fields)
    names = {**NAMED, OTHER_TEAM: Name(id=AnyId(OTHER_TEAM), number=2, of=AnyId(CHALLENGE))}
    title = "“Hoe behouden we start-ups?”"
    assert sentence(event, names, NL) == nl.format(team=f"de CoP over {title}", title=title)
    assert sentence(event, names, EN) == en.format(team=f"the CoP on {title}", title=title)


def test_a_waiver_is_put_into_words() -> None:
    event = WaiverGranted(team=TEAM, programme=sample_id("programme", "p"), until=date(2016, 12, 1))  # pyright: ignore[reportArgumentType]  ids of samples
    assert sentence(event, NAMED, NL) == (
        "De CoP over “Hoe behouden we start-ups?” mag tot en met 1 december 2016 te klein zijn."
    )
    assert sentence(event, NAMED, EN) == (
        "The CoP on “Hoe behouden we start-ups?” may continue below the minimum size up to and including 1 December 2016."
    )
