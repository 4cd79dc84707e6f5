"""Comments on the work of a team, and sharing it with others."""

import pytest
from msgspec.structs import replace

from domain.events.sharing import CommentAdded, WorkShared
from domain.events.team import TeamFormed
from domain.events.trip import TripIdeaProposed
from domain.foundation import (
    AnyId,
    AsIs,
    Caller,
    CommentId,
    Event,
    NotAllowed,
    NotFound,
    Refusal,
    TripId,
    Words,
    folded_by,
)
from domain.spanning import sharing
from domain.spanning.sharing import SHAREABLE, AddComment, NoSuchVersion, NotOfTheTeam, ShareWork, Work
from tests.domain.examples import team as t
from tests.domain.examples.deciding import caller
from tests.samples import sample_event, sample_id

COMMENT, EARLIER = (CommentId(t.id_of("comment", number)) for number in (1, 2))
THEIR_TRIP = TripId(t.id_of("trip", 2))
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


def say(on: str, answers: CommentId | None = None, by: Caller = t.BY_ANNA) -> AddComment:
    return AddComment(COMMENT, team=t.TEAM, on=AnyId(on), text=Words("Mooi"), answers=answers, by=by)


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
