"""Changes since a reader was last here, in the order of their importance to them. Pure: nothing is stored.

An event is judged by its type and tags alone, so that only the events that are shown need to be decoded. The table in
docs/reference/changes.md is generated from this file.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol, get_args

from msgspec import Struct

from domain.foundation import AnyId, PersonId, ProgrammeId
from projections.derived.to_dos import Kind, ToDo
from projections.view import ids
from projections.wording.change_sentences import EACH_EVENT, REPETITIONS

Importance = Literal["asks", "about_you", "decision", "colleagues", "rest"]
"""The classes of importance, the most important first."""

ORDER: Mapping[Importance, int] = {one: n for n, one in enumerate(get_args(Importance))}

ASKS: Mapping[str, tuple[Kind, ...]] = {
    "advice.approved_by_member": ("judge_advice",),
    "advice.commitment_made": ("settle_commitment",),
    "advice.commitment_moved": ("settle_commitment",),
    "advice.delivered": ("respond",),
    "advice.dissented": ("judge_advice",),
    "ballot.certified": ("rank",),
    "ballot.counted": ("certify_ballot",),
    "ballot.opened": ("vote",),
    "challenge.proposed": ("admit_challenge",),
    "gathering.planned": ("hold_gathering",),
    "gathering.rescheduled": ("hold_gathering",),
    "programme.challenges_chosen": ("rank",),
    "team.assignment_proposed": ("adopt_assignment",),
    "trip.date_poll_opened": ("answer_poll",),
}
"""The event types that ask something of somebody, with the kinds of the to-dos to which they lead."""

DECISIONS = frozenset(
    {
        "advice.commitment_made",
        "advice.commitment_moved",
        "advice.commitment_settled",
        "advice.delivered",
        "advice.formal_response_given",
        "advice.presented",
        "advice.recommendation_closed",
        "ballot.certified",
        "ballot.closed",
        "ballot.counted",
        "ballot.opened",
        "ballot.voided",
        "challenge.admitted",
        "challenge.declined",
        "challenge.recommissioned",
        "challenge.withdrawn",
        "gathering.cancelled",
        "gathering.planned",
        "gathering.rescheduled",
        "programme.announcement_made",
        "programme.challenges_chosen",
        "programme.concluded",
        "programme.facilitator_assigned",
        "programme.facilitator_replaced",
        "programme.module_planned",
        "programme.phase_planned",
        "team.assignment_adopted",
        "team.assignment_infeasible",
        "team.assignment_proposed",
        "team.challenge_changed",
        "team.dissolved",
        "team.formed",
        "team.merged",
        "team.waiver_granted",
        "trip.booked",
        "trip.cancelled",
        "trip.date_fixed",
    }
)
"""The event types that decide something for a programme or a CoP."""

PLACES = ("ballot", "trip", "team", "programme")
"""The kinds of things in which events happen, the smallest first."""

NEVER_ABOUT_YOU = frozenset(
    {
        "access.calendar_linked",
        "access.token_issued",
        "access.token_revoked",
        "person.registered",
        "programme.concluded",
    }
)
"""The event types that name people and decide nothing about them: access, and what happens to everybody at once."""


class Recorded(Protocol):
    """An event of the log, not yet decoded."""

    @property
    def position(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def actor(self) -> str: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def occurred_at(self) -> datetime | None: ...


class Reading(NamedTuple):
    """The reader, as far as importance depends on them. `to_dos`: those that are open.

    `teams`: theirs; None: all that they can read of, which are those that they guide, or that advise their organisation.
    """

    person: PersonId | None
    teams: Collection[str] | None
    to_dos: Sequence[ToDo] = ()


class ChangeGroup(NamedTuple):
    """Events that are shown as one, the newest first. `to_do`: what they ask of the reader. `many`: the number of things."""

    importance: Importance
    events: tuple[Recorded, ...]
    to_do: ToDo | None
    many: int

    @property
    def newest(self) -> Recorded:
        """The event that stands for all."""
        return self.events[0]


class Change(Struct, frozen=True, kw_only=True, rename=ids("programme", "subject")):
    """A change, or several of one kind.

    `type`: of the event; `position`, `at`, `by`: of the newest one, and `occurred_at`: when it happened, as stated (rule 26).
    `subject_id`: the thing to go to. `count`: how many things changed alike; `positions`: of all these events, in order. `to_do`:
    what the change asks of the reader, until `due_at` or `due_on` if there is a date.
    """

    importance: Importance
    type: str
    sentence: str
    by: str
    at: datetime
    occurred_at: datetime | None
    subject: AnyId
    programme: ProgrammeId | None
    count: int
    position: int
    positions: tuple[int, ...]
    to_do: Kind | None
    due_at: datetime | None
    due_on: date | None


def importance(one: Recorded, reading: Reading) -> Importance:
    """The importance of an event by somebody else to a reader: the first class that fits."""
    if to_do_of(one, reading.to_dos) is not None:
        return "asks"
    if reading.person in one.tags and one.type not in NEVER_ABOUT_YOU:
        return "about_you"
    teams = [tag for tag in one.tags if tag.startswith("team_")]
    theirs = any(reading.teams is None or team in reading.teams for team in teams)
    if one.type in DECISIONS and (theirs or not teams):
        return "decision"
    return "colleagues" if theirs else "rest"


def to_do_of(one: Recorded, to_dos: Sequence[ToDo]) -> ToDo | None:
    """The open to-do to which this event leads, the most urgent if there are several."""
    if not to_dos or (kinds := ASKS.get(one.type)) is None:
        return None
    asked = [to_do for to_do in to_dos if to_do.kind in kinds and to_do.id in one.tags]
    return min(asked, key=_urgency, default=None)


def ranked(events: Iterable[Recorded], reading: Reading) -> list[ChangeGroup]:
    """The events by importance, within a class the newest first; those that are alike are grouped."""
    groups: dict[tuple[str, ...], list[Recorded]] = {}
    for one in sorted(events, key=lambda one: one.position, reverse=True):
        groups.setdefault(tuple(_alike(one, reading)), []).append(one)
    found = [_group(alike, reading) for alike in groups.values()]
    return sorted(found, key=lambda one: (ORDER[one.importance], -one.newest.position))


def subject_of(one: ChangeGroup) -> AnyId:
    """The id of the thing to go to: the place of several changes, or the thing that changed, rather than a person."""
    tags = [tag for tag in one.newest.tags if not tag.startswith("to:")]
    named = next((tag for tag in tags if not tag.startswith("person_")), tags[0])
    return AnyId(place_of(one.newest) if one.many > 1 else named)


def place_of(one: Recorded) -> str:
    """The ballot, trip, CoP or programme in which an event happened; else the first thing that it concerns."""
    kinds = [tag.rpartition("_")[0] for tag in one.tags]
    for kind in PLACES:
        if kinds.count(kind) == 1:  # a session of all CoPs happens in the programme
            return one.tags[kinds.index(kind)]
    return one.tags[0]


def _alike(one: Recorded, reading: Reading) -> Iterator[str]:
    """The key of the group to which an event belongs."""
    rank = importance(one, reading)
    yield rank
    if (to_do := to_do_of(one, reading.to_dos)) is not None:
        yield from (to_do.kind, to_do.id)
        return
    yield one.type
    if rank == "about_you":
        yield str(one.position) if one.type in EACH_EVENT else " ".join(one.tags)
    elif one.type in REPETITIONS:
        yield place_of(one)
    else:
        yield thing_of(one)


def thing_of(one: Recorded) -> str:
    """The thing that an event changes, to count things rather than events: of a member's answer, also the member."""
    by_member = len(one.tags) > 1 and one.tags[1].startswith("person_")
    return " ".join(one.tags[: 2 if by_member else 1])


def _group(alike: Sequence[Recorded], reading: Reading) -> ChangeGroup:
    newest = alike[0]
    rank, to_do = importance(newest, reading), to_do_of(newest, reading.to_dos)
    many = len(alike) if newest.type in EACH_EVENT else len({thing_of(one) for one in alike})
    return ChangeGroup(rank, tuple(alike), to_do, many if to_do is None else 1)


def _urgency(one: ToDo) -> str:
    due = one.due_at or one.due_on
    return f"{'~' if due is None else due.isoformat()} {one.id}"
