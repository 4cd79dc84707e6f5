"""A team that continues for another organisation: later events are visible to that one only (rule 22)."""

from datetime import timedelta

import pytest

from domain.advice.followup import RespondToRecommendation
from domain.advice.presenting import DeliverAdvice
from domain.events.challenge import ChallengeRecommissioned
from domain.events.followup import FormalResponseGiven
from domain.events.gathering import GatheringCancelled, GatheringPlanned
from domain.events.people import PersonRegistered
from domain.events.presentation import AdviceDelivered
from domain.events.roles import ContactAppointed
from domain.events.sharing import WorkShared
from domain.events.team import TeamChallengeChanged
from domain.events.trip import TripCancelled, TripIdeaProposed
from domain.foundation import (
    Code,
    ContactId,
    Event,
    GatheringId,
    NotFound,
    Personal,
    PersonId,
    TripId,
    Words,
    ZoneName,
)
from domain.gatherings.gathering import CancelGathering
from domain.spanning.sharing import ShareWork
from domain.trips.lifecycle import CancelTrip
from tests.domain.examples.deciding import NOW, caller
from tests.domain.examples.team import (
    ANNA,
    BANK,
    BY_ANNA,
    BY_BANKER,
    CHALLENGE,
    CLINIC,
    EVERYBODY,
    LOGGED,
    PROGRAMME,
    RECOMMENDATION,
    SOURCE,
    TEAM,
    delivered,
    execute,
    id_of,
    presented,
)

TRIP, GATHERING = TripId(id_of("trip", 1)), GatheringId(id_of("gathering", 1))
DOCTOR = PersonId(id_of("person", 9))
BY_DOCTOR = caller("commissioner", DOCTOR)
BECAUSE = caller("participant", ANNA, reason="Het lukt niet.")
CONTACT: list[Event] = [
    ContactAppointed(
        contact=ContactId(id_of("contact", 9)), organisation=CLINIC, person=DOCTOR, role=Code("commissioner")
    ),
    PersonRegistered(person=DOCTOR, name=Personal("D"), email=Personal("d@example.org"), language=Code("nl")),
]
ONWARDS = [
    pytest.param(
        ChallengeRecommissioned(
            challenge=CHALLENGE, programme=PROGRAMME, organisation=CLINIC, previous=BANK, teams=(TEAM,), trips=(TRIP,)
        ),
        id="recommissioned",
    ),
    pytest.param(
        TeamChallengeChanged(
            team=TEAM,
            programme=PROGRAMME,
            organisation=CLINIC,
            challenge=CHALLENGE,
            previous=CHALLENGE,
            previous_organisation=BANK,
            trips=(TRIP,),
        ),
        id="another challenge",
    ),
]
IDEA = TripIdeaProposed(
    trip=TRIP,
    team=TEAM,
    programme=PROGRAMME,
    organisation=BANK,
    member=ANNA,
    theme=Words("t"),
    destination=Words("d"),
    timezone=ZoneName("Europe/Amsterdam"),
)
PLANNED = GatheringPlanned(
    gathering=GATHERING,
    programme=PROGRAMME,
    teams=(TEAM,),
    organisations=(BANK,),
    kind="own",
    number=None,
    starts_at=NOW + timedelta(days=1),
    ends_at=NOW + timedelta(days=1, hours=1),
    place=Words("p"),
    agenda=(),
)
onwards = pytest.mark.parametrize("onward", ONWARDS)


@onwards
def test_rule_22_trips_gatherings_and_shares_are_visible_to_the_new_organisation(onward: Event) -> None:
    history = [*EVERYBODY, LOGGED, IDEA, PLANNED, onward]
    trip = execute(history, CancelTrip(TRIP, team=TEAM, by=BECAUSE))[-1]
    gathering = execute(history, CancelGathering(GATHERING, programme=PROGRAMME, by=BECAUSE))[-1]
    shared = execute(history, ShareWork(SOURCE, team=TEAM, circle="commissioner", version=None, by=BY_ANNA))[-1]  # pyright: ignore[reportArgumentType]  an id of any kind
    assert isinstance(trip, TripCancelled)
    assert isinstance(gathering, GatheringCancelled)
    assert isinstance(shared, WorkShared)
    assert (trip.organisation, gathering.organisations, shared.organisation) == (CLINIC, (CLINIC,), CLINIC)


@onwards
def test_rule_22_only_the_new_organisation_answers_advice_delivered_afterwards(onward: Event) -> None:
    history = execute(
        [*presented(), *CONTACT, onward], DeliverAdvice(TEAM, programme=PROGRAMME, to=(DOCTOR,), by=BY_ANNA)
    )
    handed = history[-1]
    assert isinstance(handed, AdviceDelivered)
    assert handed.organisation == CLINIC
    with pytest.raises(NotFound):
        execute(history, RespondToRecommendation(RECOMMENDATION, verdict="accepted", by=BY_BANKER))
    response = execute(history, RespondToRecommendation(RECOMMENDATION, verdict="accepted", by=BY_DOCTOR))[-1]
    assert isinstance(response, FormalResponseGiven)
    assert response.organisation == CLINIC


@onwards
def test_rule_23_the_former_organisation_still_answers_advice_delivered_to_it(onward: Event) -> None:
    history = [*delivered(), *CONTACT, onward]
    with pytest.raises(NotFound):
        execute(history, RespondToRecommendation(RECOMMENDATION, verdict="accepted", by=BY_DOCTOR))
    response = execute(history, RespondToRecommendation(RECOMMENDATION, verdict="accepted", by=BY_BANKER))[-1]
    assert isinstance(response, FormalResponseGiven)
    assert response.organisation == BANK
