"""Choosing without a ballot, rule by rule."""

import pytest
from msgspec.structs import replace

from domain.ballots import ballot as b
from domain.ballots import choosing as c
from domain.ballots.opening import NotAdmitted
from domain.events.ballot import BallotOpened, BallotVoided, ChallengesChosen
from domain.events.challenge import ChallengeAdmitted, ChallengeWithdrawn
from domain.events.programme import ProgrammeConcluded
from domain.events.roles import ParticipantEnrolled
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Event,
    NotAllowed,
    NotFound,
    PersonId,
    ReasonMissing,
    Refusal,
)
from domain.programmes.programme import ProgrammeOver
from domain.teams.forming import Question, RankPreferences, TeamsAdopted
from tests.domain.examples.board import (
    ADMITTED,
    ANNA,
    BANK,
    BY_ANNA,
    BY_BANKER,
    BY_BOSS,
    BY_GUIDE,
    CARE,
    CERTIFIED,
    CLINIC,
    ENERGY,
    OPENED,
    PEOPLE,
    PROGRAMME,
    START_UPS,
    STRANGER,
    WATER,
    WHOSE,
    formed,
    proposed,
)
from tests.domain.examples.team import execute

MANY = [
    ParticipantEnrolled(programme=PROGRAMME, person=PersonId(f"person_more{n}"), organisation=None) for n in range(6)
]
"""With the six electors twelve people, so three seats."""


def board(*challenges: ChallengeId) -> list[Event]:
    """The programme with exactly these challenges, admitted."""
    return [
        *PEOPLE,
        *(proposed(one, WHOSE[one]) for one in challenges),
        *(ChallengeAdmitted(challenge=one, programme=PROGRAMME, organisation=WHOSE[one]) for one in challenges),
    ]


def choose(how: c.How, *challenges: ChallengeId, by: Caller = BY_GUIDE) -> c.ChooseChallenges:
    return c.ChooseChallenges(PROGRAMME, challenges=challenges, how=how, by=by)


def void(opened: BallotOpened) -> BallotVoided:
    return b.void(opened, "quorum")


RERUN = replace(OPENED, ballot=BallotId("ballot_2"), rerun_of=OPENED.ballot)
VOID: list[Event] = [*ADMITTED, OPENED, void(OPENED)]
TWICE_VOID: list[Event] = [*VOID, RERUN, void(RERUN)]


def test_rule_1_too_few_challenges_for_a_ballot_are_chosen_without_one() -> None:
    event = execute([*board(CARE, ENERGY), *MANY], choose("few", CARE, ENERGY))[-1]
    assert event == ChallengesChosen(
        programme=PROGRAMME, organisations=(BANK, CLINIC), challenges=(CARE, ENERGY), how=Code("few")
    )


def test_rule_1_a_choice_made_in_the_room_is_recorded_as_such() -> None:
    event = execute(ADMITTED, choose("in_the_room", START_UPS, ENERGY))[-1]
    assert isinstance(event, ChallengesChosen)
    assert (event.how, event.challenges, event.organisations) == ("in_the_room", (START_UPS, ENERGY), (BANK,))


def test_rule_8_the_manager_decides_once_a_ballot_and_its_rerun_are_void() -> None:
    event = execute(TWICE_VOID, choose("after_void", CARE, WATER, by=BY_BOSS))[-1]
    assert isinstance(event, ChallengesChosen)
    assert event.how == "after_void"


def test_challenges_that_were_not_selected_can_be_chosen() -> None:
    assert execute(CERTIFIED, choose("in_the_room", ENERGY))


def test_rule_10_preferences_open_once_challenges_are_chosen() -> None:
    history = execute(ADMITTED, choose("in_the_room", START_UPS, ENERGY))
    assert list(Question(PROGRAMME).load(history).preparation.selected) == [START_UPS, ENERGY]
    ranking = RankPreferences(PROGRAMME, person=ANNA, ranking=(ENERGY,), motivation=None, by=BY_ANNA)
    assert execute(history, ranking)


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        pytest.param(
            [*board(CARE, ENERGY), *MANY],
            choose("few", CARE, by=replace(BY_GUIDE, reason=None)),
            ReasonMissing,
            id="why",
        ),
        pytest.param(ADMITTED, choose("in_the_room", CARE, by=BY_ANNA), NotAllowed, id="not a participant"),
        pytest.param(ADMITTED, choose("in_the_room", CARE, by=STRANGER), NotFound, id="a stranger: unknown"),
        pytest.param(ADMITTED, choose("in_the_room", CARE, by=BY_BANKER), NotFound, id="a commissioner: unknown"),
        pytest.param(PEOPLE[1:], choose("few", CARE), NotFound, id="no programme"),
        pytest.param(
            [*ADMITTED, ProgrammeConcluded(programme=PROGRAMME, teams=())],
            choose("in_the_room", CARE),
            ProgrammeOver,
            id="not once it is over",
        ),
        pytest.param(
            [*ADMITTED, *MANY],
            choose("few", CARE),
            c.EnoughForABallot,
            id="rule 1: four for three places: a ballot is needed",
        ),
        pytest.param(
            [*ADMITTED, OPENED, *MANY], choose("in_the_room", CARE), NotAdmitted, id="not a challenge on a ballot"
        ),
        pytest.param([*PEOPLE, proposed(CARE, CLINIC)], choose("in_the_room", CARE), NotAdmitted, id="only admitted"),
        pytest.param(ADMITTED, choose("in_the_room", ChallengeId("challenge_9")), NotAdmitted, id="only known ones"),
        pytest.param(
            [
                *ADMITTED,
                ChallengeWithdrawn(challenge=CARE, programme=PROGRAMME, organisation=CLINIC, stage=Code("admitted")),
            ],
            choose("in_the_room", CARE),
            NotAdmitted,
            id="not a withdrawn challenge",
        ),
        pytest.param(CERTIFIED, choose("in_the_room", CARE), NotAdmitted, id="not a selected challenge"),
        pytest.param(
            execute(ADMITTED, choose("in_the_room", CARE)), choose("in_the_room", CARE), NotAdmitted, id="not twice"
        ),
        pytest.param(
            TWICE_VOID,
            choose("after_void", CARE, by=BY_GUIDE),
            NotAllowed,
            id="rule 8: the manager, not the facilitator",
        ),
        pytest.param(VOID, choose("after_void", CARE, by=BY_BOSS), c.RerunFirst, id="rule 8: a rerun first"),
        pytest.param(
            [*VOID, RERUN], choose("after_void", CARE, by=BY_BOSS), NotAdmitted, id="rule 8: not while the rerun runs"
        ),
        pytest.param(
            [*CERTIFIED, formed(CARE)],
            choose("in_the_room", ENERGY),
            TeamsAdopted,
            id="rule 10: not once there are teams",
        ),
    ],
)
def test_choosing_challenges_is_refused(
    history: list[Event], command: c.ChooseChallenges, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        execute(history, command)
