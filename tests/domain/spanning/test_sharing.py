"""Comments on the work of a team, and sharing it with others."""

from typing import Any

import pytest
from msgspec.structs import replace

from domain.advice.advice import DraftSummary
from domain.events.gathering import GatheringPlanned
from domain.events.minutes import MinutesCorrected, MinutesWritten
from domain.events.sharing import CommentAdded, CommentedPart, WorkShared
from domain.events.team import TeamFormed
from domain.events.trip import TripIdeaProposed
from domain.foundation import (
    AnyId,
    AsIs,
    Caller,
    CommentId,
    Event,
    GatheringId,
    NotAllowed,
    NotFound,
    Refusal,
    TripId,
    Words,
    folded_by,
)
from domain.spanning import sharing
from domain.spanning.sharing import SHAREABLE, AddComment, NoSuchPart, NoSuchVersion, NotOfTheTeam, ShareWork, Work
from tests.domain.examples import team as t
from tests.domain.examples.deciding import caller
from tests.samples import sample_event, sample_id

COMMENT, EARLIER = (CommentId(t.id_of("comment", number)) for number in (1, 2))
THEIR_TRIP = TripId(t.id_of("trip", 2))
OWN = GatheringId(t.id_of("gathering", 9))
OTHERS: list[Event] = [
    TeamFormed(
        team=t.OTHER_TEAM,
        programme=t.PROGRAMME,
        challenge=t.CHALLENGE,
        organisation=t.CLINIC,
        number=2,
        members=(t.OTTO,),
    ),
    replace(sample_event(TripIdeaProposed), trip=THEIR_TRIP, team=t.OTHER_TEAM, programme=t.PROGRAMME),
    CommentAdded(
        comment=EARLIER,
        team=t.OTHER_TEAM,
        programme=t.PROGRAMME,
        author=t.OTTO,
        on=AnyId(t.OTHER_TEAM),
        text=Words("Van ons"),
        answers=None,
    ),
]


def work() -> list[Event]:
    """A team with a draft advice, and another team with a trip and a comment."""
    return [*t.drafted(), *OTHERS]


def say(
    on: str,
    answers: CommentId | None = None,
    by: Caller = t.BY_ANNA,
    *,
    part: CommentedPart | None = None,
    version: int | None = None,
) -> AddComment:
    return AddComment(
        COMMENT, team=t.TEAM, on=AnyId(on), text=Words("Mooi"), part=part, version=version, answers=answers, by=by
    )


def share(item: str, version: int | None = None, by: Caller = t.BY_ANNA) -> ShareWork:
    return ShareWork(AnyId(item), team=t.TEAM, circle="programme", version=version, by=by)


def refused(command: AddComment | ShareWork, refusal: type[Refusal], field: str | None = None) -> None:
    with pytest.raises(refusal) as found:
        t.execute(work(), command)
    assert found.value.field == field


def test_members_and_their_facilitator_comment_on_the_teams_work() -> None:
    for by in (t.BY_ANNA, t.BY_GUIDE):
        for on in (t.TEAM, t.SOURCE, t.RECOMMENDATION):
            assert isinstance(t.execute(work(), say(on, by=by))[-1], CommentAdded)
    refused(say(t.SOURCE, by=t.BY_OTTO), NotAllowed)
    refused(say(t.SOURCE, by=caller("participant", t.BANKER)), NotFound)


@pytest.mark.parametrize("on", [t.OTHER_TEAM, THEIR_TRIP, EARLIER, sample_id("source", "nowhere")])
def test_comments_on_work_of_other_teams_or_unknown_items_are_refused(on: str) -> None:
    refused(say(on), NotOfTheTeam, "on")


def test_a_comment_answers_only_comments_of_the_same_team() -> None:
    refused(say(t.TEAM, answers=EARLIER), NotOfTheTeam, "answers")


def about(history: list[Event], command: AddComment) -> tuple[CommentedPart | None, int | None]:
    """The part and version that the comment is about."""
    event = t.execute(history, command)[-1]
    assert isinstance(event, CommentAdded)
    return event.part, event.version


def test_rule_34_a_comment_is_about_the_last_version_unless_it_names_another() -> None:
    summary = DraftSummary(t.TEAM, summary=Words("Kort"), method=Words("Gesprekken"), by=t.BY_ANNA)
    history = t.execute(t.recommend(t.problem(work())), summary)
    parts: list[tuple[CommentedPart, int]] = [
        ("problem_statement", 2),
        ("guiding_question", 1),
        ("answer", 1),
        ("summary", 1),
    ]
    for part, last in parts:
        assert about(history, say(t.TEAM, part=part)) == (part, last)
    assert about(history, say(t.TEAM, part="problem_statement", version=1)) == ("problem_statement", 1)
    assert about(history, say(t.RECOMMENDATION)) == (None, 2)
    assert about(history, say(t.RECOMMENDATION, version=1)) == (None, 1)
    assert [about(history, say(one)) for one in (t.TEAM, t.SOURCE)] == [(None, None)] * 2
    with pytest.raises(NoSuchPart):  # the second problem statement concerns the recommendation, and is no part of it
        t.execute(history, say(t.RECOMMENDATION, part="problem_statement"))


def test_rule_34_a_comment_on_minutes_names_their_version() -> None:
    planned = replace(sample_event(GatheringPlanned), gathering=OWN, teams=(t.TEAM,), programme=t.PROGRAMME, kind="own")
    met: dict[str, Any] = {"gathering": OWN, "programme": t.PROGRAMME, "teams": (t.TEAM,)}
    written = MinutesWritten(**met, version=1, text=Words("Wij spraken."))
    corrected = MinutesCorrected(**met, version=2, text=Words("Wij spraken lang."))
    elsewhere = replace(corrected, gathering=GatheringId(t.id_of("gathering", 8)), version=7)
    history: list[Event] = [*work(), planned, written]
    assert about(history, say(OWN, part="minutes")) == ("minutes", 1)
    assert about([*history, corrected, elsewhere], say(OWN, part="minutes")) == ("minutes", 2)
    assert about(history, say(OWN)) == (None, None)
    with pytest.raises(NoSuchPart):
        t.execute([*work(), planned], say(OWN, part="minutes"))


@pytest.mark.parametrize(
    ("command", "refusal", "field"),
    [
        pytest.param(say(t.TEAM, part="problem_statement", version=2), NoSuchVersion, "version", id="not written yet"),
        pytest.param(say(t.TEAM, part="problem_statement", version=0), NoSuchVersion, "version", id="zero"),
        pytest.param(say(t.RECOMMENDATION, version=2), NoSuchVersion, "version", id="of a recommendation"),
        pytest.param(say(t.SOURCE, version=1), NoSuchVersion, "version", id="of what has none"),
        pytest.param(say(t.TEAM, version=1), NoSuchVersion, "version", id="of all work"),
        pytest.param(say(t.SOURCE, part="answer"), NoSuchPart, "part", id="a part of a source"),
        pytest.param(say(t.TEAM, part="minutes"), NoSuchPart, "part", id="minutes of a team"),
        pytest.param(say(t.RECOMMENDATION, part="problem_statement"), NoSuchPart, "part", id="of what is based on it"),
    ],
)
def test_rule_34_a_comment_is_about_something_that_exists(
    command: AddComment, refusal: type[Refusal], field: str
) -> None:
    refused(command, refusal, field)


def test_members_share_the_teams_work_once() -> None:
    shown = t.execute(work(), share(t.SOURCE))
    assert isinstance(shown[-1], WorkShared)
    with pytest.raises(AsIs):
        t.execute(shown, share(t.SOURCE))
    refused(share(t.SOURCE, by=t.BY_GUIDE), NotAllowed)


@pytest.mark.parametrize("item", [THEIR_TRIP, EARLIER, sample_id("source", "nowhere")])
def test_work_of_other_teams_or_unknown_items_cannot_be_shared(item: str) -> None:
    refused(share(item), NotOfTheTeam, "item_id")


@pytest.mark.parametrize("version", [0, 2])
def test_only_an_existing_version_can_be_shared(version: int) -> None:
    assert t.execute(work(), share(t.RECOMMENDATION, 1))
    refused(share(t.RECOMMENDATION, version), NoSuchVersion, "version")
    refused(share(t.SOURCE, 1), NoSuchVersion, "version")


def test_every_kind_of_work_says_with_whom_it_can_be_shared() -> None:
    assert set(SHAREABLE) == {event.TAGS[0] for event in folded_by(Work(t.SOURCE))}


def test_work_of_a_kind_that_the_table_lacks_cannot_be_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "SHAREABLE", {})
    refused(share(t.SOURCE), sharing.NotSharedAlone, "item_id")
