"""The lines of a story."""

from datetime import UTC, datetime

from domain.events.roles import ParticipantEnrolled, ParticipantWithdrew
from domain.foundation import AnyId, Event, Label, Personal, Words
from projections.event_types import events
from projections.wording.event_lines import (
    REASONS_FOR_ALL,
    LoggedEvent,
    as_visible_inside,
    entry,
    ids_of,
    is_about_a_person,
    line,
    names_people,
    never_visible,
    texts_of,
)
from projections.wording.names import Name
from projections.wording.sentences import SentenceStyle
from projections.wording.unreadable import Unreadable
from tests.samples import sample_event, sample_id

ANNA, BANK = sample_id("person", "anna"), sample_id("organisation", "bank")
NAMED = {
    ANNA: Name(id=AnyId(ANNA), personal=Personal("Anna Bakker")),
    BANK: Name(id=AnyId(BANK), label=Label("Rabobank")),
}
RECORDED = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
STATED = datetime(2016, 10, 12, 8, tzinfo=UTC)
NL, EN = SentenceStyle("nl"), SentenceStyle("en")


def logged_event(
    event: type[Event] = ParticipantEnrolled,
    *,
    actor: str = ANNA,
    occurred_at: datetime | None = None,
    on_behalf_of: str | None = None,
    reason: Words | None = None,
) -> LoggedEvent:
    return LoggedEvent(sample_event(event), 12, RECORDED, occurred_at, actor, on_behalf_of, reason)


def test_a_line_has_position_time_actor_and_sentence() -> None:
    assert line(logged_event(), NAMED, EN, outside=True) == (
        "12. 23 November 2026, 19:30 (Europe/Amsterdam) · Anna Bakker: A person was enrolled as a participant."
    )


def test_rule_26_a_stated_time_is_shown_beside_the_recorded_one() -> None:
    assert line(logged_event(occurred_at=STATED), NAMED, NL, outside=True) == (
        "12. 23 november 2026, 19.30 uur (Europe/Amsterdam) · Anna Bakker, naar opgave op 12 oktober 2016: "
        "Een persoon werd ingeschreven als deelnemer."
    )


def test_an_actor_on_behalf_of_an_organisation_is_named_with_it() -> None:
    assert entry(logged_event(on_behalf_of=BANK), 0, NAMED, NL, outside=True).by == "Anna Bakker namens Rabobank"


def test_the_system_is_called_kring() -> None:
    assert entry(logged_event(actor="operator"), 0, NAMED, NL, outside=True).by == "Kring"


def test_a_reason_is_shown() -> None:
    one = logged_event(reason=Words("Te laat.\nVolgend jaar weer."))
    assert entry(one, 0, NAMED, NL, outside=True).reason == "Te laat. Volgend jaar weer."
    assert line(one, NAMED, NL, outside=True).endswith(" Reden: Te laat. Volgend jaar weer.")


def test_organisations_read_only_that_a_reason_about_a_person_is_on_record() -> None:
    one = logged_event(ParticipantWithdrew, reason=Words("Ziek."))
    assert entry(one, 0, NAMED, NL, outside=True).reason == "vastgelegd"
    assert entry(one, 0, NAMED, NL, outside=False).reason == "Ziek."
    assert one.reason not in list(texts_of(one, outside=True))
    assert one.reason in list(texts_of(one, outside=False))


ABOUT_A_PERSON = {
    "advice.dissented",
    "gathering.attendance_corrected",
    "gathering.attendance_recorded",
    "programme.participant_moved",
    "programme.participant_withdrew",
    "team.assignment_adopted",
    "team.member_joined",
    "team.member_left",
    "team.member_transferred",
}


def test_reasons_about_a_person_are_those_of_events_that_name_one_unless_excepted() -> None:
    assert {one.TOPIC for one in events() if is_about_a_person(sample_event(one))} == ABOUT_A_PERSON
    assert {one.TOPIC for one in events() if names_people(one)} == ABOUT_A_PERSON | REASONS_FOR_ALL


def test_the_reason_of_an_event_that_cannot_be_read_is_on_record_only() -> None:
    one = logged_event(reason=Words("Ziek."))._replace(event=Unreadable(topic=Label("team.member_suspended")))
    assert entry(one, 0, NAMED, EN, outside=True).reason == "on record"
    assert as_visible_inside(one, BANK, facilitates=False).on_record
    assert not as_visible_inside(one, BANK, facilitates=True).on_record


def test_a_reason_that_cannot_be_opened_is_withheld() -> None:
    assert entry(logged_event(reason=Words(digest="x" * 43)), 0, NAMED, EN, outside=True).reason == "[withheld]"


def test_a_line_needs_the_names_of_actor_organisation_and_sentence() -> None:
    one = logged_event(on_behalf_of=BANK)
    assert isinstance(one.event, ParticipantEnrolled)
    assert list(ids_of(one)) == [ANNA, one.event.programme, BANK, one.event.person]


def test_a_story_begins_with_the_event_types_that_it_never_shows() -> None:
    kinds = {one.type: one for one in never_visible(events(), {"ballot.vote_cast": 3})}
    assert kinds["ballot.vote_cast"].because
    assert kinds["ballot.vote_cast"].so_far == 3
    assert kinds["person.registered"].so_far == 0
    assert "challenge.proposed" not in kinds
