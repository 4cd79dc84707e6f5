"""Bringing earlier events into an organisation's trail, rule by rule."""

import pytest

from domain.events.challenge import ChallengeProposed
from domain.events.people import OrganisationRegistered
from domain.events.roles import ManagerAppointed, ParticipantEnrolled
from domain.events.trail import TrailBroughtIn
from domain.foundation import (
    Caller,
    Event,
    Label,
    NotAllowed,
    NotFound,
    PersonId,
    ProgrammeId,
    ReasonMissing,
    Refusal,
    Words,
)
from domain.spanning.trail import AlreadyVisible, BringIn, EarlierEvent, NotConcerned, NotToBringIn
from tests.domain.examples import team as t
from tests.domain.examples.deciding import caller, decide

BOSS = PersonId(t.id_of("person", 7))
KNOWN: list[Event] = [
    *t.EVERYBODY,
    ManagerAppointed(programme=t.PROGRAMME, person=BOSS),
    OrganisationRegistered(organisation=t.CLINIC, name=Label("Isala")),
    ParticipantEnrolled(programme=t.PROGRAMME, person=t.ANNA, organisation=t.CLINIC),
]
BY_BOSS = caller("manager", BOSS, reason="De kliniek neemt het over")
ELSEWHERE = ProgrammeId(t.id_of("programme", 2))


def earlier(position: int = 7, programme: ProgrammeId | None = t.PROGRAMME, *, shareable: bool = True) -> EarlierEvent:
    return EarlierEvent(position, programme, visible_to=(t.BANK,), shareable=shareable)


def bringing(*events: EarlierEvent, by: Caller = BY_BOSS) -> BringIn:
    return BringIn(t.CLINIC, events=events, by=by)


def refused(command: BringIn, refusal: type[Refusal], field: str | None = None, *, given: list[Event] = KNOWN) -> None:
    with pytest.raises(refusal) as raised:
        decide(command, *t.selected(command, given))
    assert raised.value.field == field


def test_earlier_events_are_brought_into_a_trail_with_a_reason() -> None:
    (event,) = decide(bringing(earlier(9), earlier(7)), *KNOWN)
    assert event == TrailBroughtIn(
        organisation=t.CLINIC, programmes=(t.PROGRAMME,), positions=(7, 9), reason=Words("De kliniek neemt het over")
    )
    assert f"to:{t.CLINIC}" in event.tags()
    refused(bringing(earlier(), by=caller("manager", BOSS)), ReasonMissing, "reason")


def test_events_without_an_audience_cannot_be_brought_in() -> None:
    refused(bringing(earlier(), earlier(8, shareable=False)), NotToBringIn, "positions.1")


def test_a_manager_brings_in_only_events_of_their_own_programmes() -> None:
    refused(bringing(earlier(), earlier(8, ELSEWHERE)), NotToBringIn, "positions.1")
    refused(bringing(earlier(), earlier(8, None)), NotToBringIn, "positions.1")
    refused(bringing(earlier(7, ELSEWHERE)), NotFound)
    named_there = ParticipantEnrolled(programme=ELSEWHERE, person=t.BERT, organisation=t.CLINIC)
    both = decide(
        bringing(earlier(), earlier(8, ELSEWHERE), by=caller("manager", reason="Overname")), *KNOWN, named_there
    )
    assert isinstance(both[0], TrailBroughtIn)
    assert both[0].programmes == (t.PROGRAMME, ELSEWHERE)


def test_rule_27_a_trail_takes_no_events_of_programmes_without_the_organisation() -> None:
    refused(bringing(earlier()), NotConcerned, "positions.0", given=KNOWN[:-1])
    assert decide(bringing(earlier(), by=caller("manager", reason="Overname")), *KNOWN[:-1])
    brought = ChallengeProposed(
        challenge=t.CHALLENGE,
        programme=t.PROGRAMME,
        organisation=t.CLINIC,
        proposer=None,
        title=Words("T"),
        context=Words("C"),
        wish=None,
    )
    assert decide(bringing(earlier()), *KNOWN[:-1], brought)


def test_an_event_already_in_the_trail_is_not_brought_in_again() -> None:
    visible = EarlierEvent(7, t.PROGRAMME, visible_to=(t.BANK, t.CLINIC), shareable=True)
    refused(bringing(visible), AlreadyVisible, "positions.0")
    once = t.execute(KNOWN, bringing(earlier()))
    refused(bringing(earlier(8), earlier(7)), AlreadyVisible, "positions.1", given=once)


@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        pytest.param(t.BY_GUIDE, NotFound, id="a facilitator, who reads no trail"),
        pytest.param(t.BY_ANNA, NotFound, id="a participant"),
        pytest.param(t.BY_BANKER, NotFound, id="another organisation's contact"),
        pytest.param(
            Caller(role="auditor", organisations=(t.CLINIC,), via="token_2", at=BY_BOSS.at),
            NotAllowed,
            id="its auditor",
        ),
    ],
)
def test_only_a_manager_brings_events_in(by: Caller, refusal: type[Refusal]) -> None:
    refused(bringing(earlier(), by=by), refusal)


def test_bringing_events_into_an_unknown_organisations_trail_is_refused() -> None:
    refused(bringing(earlier()), NotFound, given=t.EVERYBODY)
