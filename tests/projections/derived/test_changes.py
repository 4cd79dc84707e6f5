"""The importance of changes to a reader, and their groups."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from domain.foundation import AnyId, Nobody, PersonId, ProgrammeId
from projections.derived.changes import (
    ASKS,
    DECISIONS,
    NEVER_ABOUT_YOU,
    Importance,
    Reading,
    importance,
    ranked,
    subject_of,
)
from projections.derived.to_dos import ToDo
from projections.event_types import by_topic
from projections.wording.change_sentences import ABOUT_YOU, EACH_EVENT, REPETITIONS, repetition

ME, BERT, CORA = PersonId("person_me"), PersonId("person_bert"), PersonId("person_cora")
PROGRAMME = ProgrammeId("programme_1")
T0 = datetime(2016, 10, 1, tzinfo=UTC)
MEMBER = Reading(ME, {"team_mine"})
GUIDE = Reading(ME, None)
VOTE = ToDo(id=AnyId("ballot_1"), kind="vote", programme=PROGRAMME, due_at=T0)


class Logged(NamedTuple):
    """An event of the log, as far as its importance depends on it."""

    position: int
    type: str
    tags: tuple[str, ...]
    actor: str = BERT
    occurred_at: datetime | None = None

    @property
    def recorded_at(self) -> datetime:
        """A time in the order of positions."""
        return T0 + timedelta(seconds=self.position)


def event(type_: str, *tags: str, position: int = 1, actor: str = BERT) -> Logged:
    return Logged(position, type_, (*tags, PROGRAMME), actor)


def comment(n: int, team: str = "team_mine", actor: str = BERT) -> Logged:
    return event("team.comment_added", f"comment_{n}", f"source_{n}", team, position=n, actor=actor)


OPENED = event("ballot.opened", "ballot_1", "challenge_1", "challenge_2")


@pytest.mark.parametrize(
    ("change", "reading", "expected"),
    [
        pytest.param(OPENED, MEMBER._replace(to_dos=[VOTE]), "asks", id="a ballot on which I can still vote"),
        pytest.param(OPENED, MEMBER, "decision", id="a ballot on which I have voted"),
        pytest.param(
            event("trip.date_poll_opened", "trip_1", "team_mine"),
            MEMBER._replace(to_dos=[VOTE]),
            "colleagues",
            id="a to-do about something else asks nothing",
        ),
        pytest.param(event("team.formed", "team_mine", "challenge_1", ME), MEMBER, "about_you", id="my CoP"),
        pytest.param(event("ballot.vote_cast", ME, "ballot_1"), MEMBER, "about_you", id="a paper entered for me"),
        pytest.param(event("programme.participant_moved", ME), MEMBER, "about_you", id="moved"),
        pytest.param(event("access.token_issued", "token_1", ME), MEMBER, "rest", id="a token of mine"),
        pytest.param(event("programme.concluded", "team_mine", ME), MEMBER, "decision", id="concluded for everybody"),
        pytest.param(event("ballot.certified", "ballot_1"), MEMBER, "decision", id="in my programme"),
        pytest.param(event("trip.date_fixed", "trip_1", "team_mine"), MEMBER, "decision", id="in my CoP"),
        pytest.param(event("gathering.planned", "gathering_1", "team_other"), MEMBER, "rest", id="in another CoP"),
        pytest.param(
            event("gathering.planned", "gathering_1", "team_other", "team_mine"), MEMBER, "decision", id="joint"
        ),
        pytest.param(event("gathering.planned", "gathering_1", "team_other"), GUIDE, "decision", id="in a CoP I guide"),
        pytest.param(comment(1), MEMBER, "colleagues", id="a comment in my CoP"),
        pytest.param(comment(1, "team_other"), GUIDE, "colleagues", id="a comment in a CoP I guide"),
        pytest.param(comment(1, "team_other"), MEMBER, "rest", id="a comment elsewhere"),
        pytest.param(event("ballot.vote_cast", BERT, "ballot_1"), MEMBER, "rest", id="a paper of somebody else"),
        pytest.param(event("newer.type", "thing_1"), MEMBER, "rest", id="a type of a newer version"),
    ],
)
def test_the_importance_of_an_event(change: Logged, reading: Reading, expected: Importance) -> None:
    assert importance(change, reading) == expected


def test_a_token_without_a_person_is_told_of_nobody() -> None:
    assert importance(event("team.formed", "team_1", "challenge_1", ME), Reading(None, None)) == "decision"


def test_changes_come_by_importance_and_then_by_recency() -> None:
    events = [
        OPENED,
        event("team.formed", "team_mine", "challenge_1", ME, position=2),
        event("trip.date_fixed", "trip_1", "team_mine", position=3),
        event("trip.cancelled", "trip_2", "team_mine", position=4),
        comment(5),
        event("ballot.vote_cast", BERT, "ballot_1", position=6),
    ]
    found = ranked(events, MEMBER._replace(to_dos=[VOTE]))
    assert [(one.importance, one.newest.position) for one in found] == [
        ("asks", 1),
        ("about_you", 2),
        ("decision", 4),
        ("decision", 3),
        ("colleagues", 5),
        ("rest", 6),
    ]
    assert found[0].to_do == VOTE
    assert ranked(reversed(events), MEMBER._replace(to_dos=[VOTE])) == found


def test_repetitions_in_one_place_are_one_change() -> None:
    (ours, theirs) = ranked([comment(1), comment(2), comment(3, "team_other"), comment(4, actor=CORA)], MEMBER)
    assert ([one.position for one in ours.events], ours.many) == ([4, 2, 1], 3)
    assert subject_of(ours) == "team_mine"
    assert (theirs.importance, theirs.many, subject_of(theirs)) == ("rest", 1, "comment_3")


def test_things_are_counted_rather_than_events() -> None:
    papers = [(1, BERT), (2, CORA), (3, BERT)]
    events = [event("ballot.vote_cast", who, "ballot_1", position=n, actor=who) for n, who in papers]
    (found,) = ranked(events, MEMBER)
    assert (found.many, len(found.events), subject_of(found)) == (2, 3, "ballot_1")
    answers = [event("trip.availability_given", "trip_1", who, "team_mine", position=n, actor=who) for n, who in papers]
    assert [one.many for one in ranked(answers, MEMBER)] == [2]
    moves = [event("gathering.rescheduled", "gathering_1", "team_mine", position=n) for n in (1, 2)]
    assert [(one.many, one.newest.position) for one in ranked(moves, MEMBER)] == [(1, 2)]
    expenses = [event("trip.expense_shared", "trip_1", BERT, "team_mine", position=n) for n in (1, 2)]
    assert [one.many for one in ranked(expenses, MEMBER)] == [2]


def test_what_asks_the_same_is_one_change_with_the_most_urgent_date() -> None:
    later = ToDo(id=AnyId("recommendation_2"), kind="respond", programme=PROGRAMME, due_at=T0 + timedelta(days=1))
    sooner = replace(later, id=AnyId("recommendation_1"), due_at=T0)
    delivered = event("advice.delivered", "team_1", "recommendation_1", "recommendation_2")
    (found,) = ranked([delivered], GUIDE._replace(to_dos=[later, sooner]))
    assert (found.to_do, found.many) == (sooner, 1)
    judge = ToDo(id=AnyId("team_mine"), kind="judge_advice", programme=PROGRAMME)
    verdicts = [
        event("advice.approved_by_member", "team_mine", BERT, position=1),
        event("advice.dissented", "team_mine", CORA, position=2),
    ]
    (found,) = ranked(verdicts, MEMBER._replace(to_dos=[judge]))
    assert (found.newest.type, found.many) == ("advice.dissented", 1)


def test_decisions_about_a_person_are_never_merged() -> None:
    papers = [event("ballot.vote_cast", ME, f"ballot_{n}", position=n) for n in (1, 2)]
    expenses = [event("trip.expense_shared", "trip_1", ME, "team_mine", position=n) for n in (3, 4)]
    assert [one.newest.position for one in ranked([*papers, *expenses], MEMBER)] == [4, 3, 2, 1]


def test_the_tables_name_event_types_that_exist() -> None:
    known = by_topic()
    assert {*ASKS, *DECISIONS, *NEVER_ABOUT_YOU, *REPETITIONS, *EACH_EVENT, *ABOUT_YOU} <= known.keys()
    assert REPETITIONS.keys() >= EACH_EVENT


def test_organisations_read_of_advice_as_decisions_or_as_work() -> None:
    visible = {
        topic
        for topic, kind in by_topic().items()
        if topic.startswith("advice.") and not isinstance(kind.AUDIENCE, Nobody)
    }
    assert visible - DECISIONS == {"advice.progress_reported", "advice.rejoinder_added"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            repetition("ballot.vote_cast", 4, "Daan Pierik", 3, "en"),
            "4 papers handed in by Daan Pierik and 3 others.",
        ),
        (
            repetition("ballot.vote_cast", 4, "Daan Pierik", 3, "nl"),
            "4 stembiljetten ingeleverd door Daan Pierik en 3 anderen.",
        ),
        (repetition("team.comment_added", 2, "Anna", 1, "nl"), "2 opmerkingen geplaatst door Anna en 1 ander."),
        (repetition("team.comment_added", 2, "Anna", 0, "en"), "2 comments written by Anna."),
        (repetition("team.formed", 3, None, 0, "nl"), "3 CoP’s gevormd."),
        (
            repetition("ballot.vote_cast", 200, "Anna", 99, "nl", at_least=True),
            "Minstens 200 stembiljetten ingeleverd door Anna en 99 anderen.",
        ),
    ],
)
def test_repetitions_in_words(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize("topic", REPETITIONS)
def test_every_repetition_has_both_numbers_in_both_languages(topic: str) -> None:
    for forms in REPETITIONS[topic]:
        one, more = forms.split("|")
        assert one.startswith("# ")
        assert more.startswith("# ")
        assert one != more
