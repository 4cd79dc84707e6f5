"""Twenty wide views, which change with every event: the projector's work if events change more rows than Kring's do."""

from typing import Any

from msgspec import Struct

from domain.events.attendance import AttendanceRecorded
from domain.events.ballot import VoteCast
from domain.events.research import InsightShared
from domain.events.roles import ParticipantEnrolled
from domain.events.team import PreferencesRanked
from domain.foundation import Event
from projections.view import EventMetadata, On, View, one_row

TIMES = 4  # each of the five


class Acts(Struct, frozen=True, kw_only=True):
    """The number of events of a thing, and the position of the last one."""

    id: str
    acts: int
    last: int


class Paper(Struct, frozen=True, kw_only=True):
    """The latest paper of a voter: its position and commitment."""

    id: str
    ballot: str
    commitment: str
    position: int


def _acts(*fields: str) -> On:
    def another(before: Acts | None, event: Any, at: EventMetadata) -> Acts:
        key = before.id if before else getattr(event, fields[0])
        return Acts(id=key, acts=before.acts + 1 if before else 1, last=at.position)

    return On(one_row(*fields), another)


def _paper(_: Paper | None, event: VoteCast, at: EventMetadata) -> Paper:
    return Paper(
        id=f"{event.ballot}/{event.voter}", ballot=event.ballot, commitment=event.commitment, position=at.position
    )


PEOPLE = (ParticipantEnrolled, PreferencesRanked, AttendanceRecorded)
KINDS = (*PEOPLE, VoteCast, InsightShared)

FIVE: dict[str, tuple[type[Struct], dict[type[Event], On]]] = {
    "wide_ballots": (Acts, {VoteCast: _acts("ballot")}),
    "wide_papers": (Paper, {VoteCast: On(one_row("ballot", "voter"), _paper)}),
    "wide_groups": (Acts, {InsightShared: _acts("team"), AttendanceRecorded: _acts("gathering")}),
    "wide_people": (Acts, {VoteCast: _acts("voter"), **{kind: _acts("person") for kind in PEOPLE}}),
    "wide_programmes": (Acts, {kind: _acts("programme") for kind in KINDS}),
}

WIDE = [View(f"{name}_{n}", row, takes) for n in range(TIMES) for name, (row, takes) in FIVE.items()]
