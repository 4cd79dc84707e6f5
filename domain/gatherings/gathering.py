"""Gatherings: the joint sessions of a programme, a CoP's own date for one, and the CoPs' own gatherings (rule 12).

They are planned in `convening.py`; who was there is in `attendance.py`, what was said in `minutes.py`.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from domain.events.gathering import (
    GatheringCancelled,
    GatheringHeld,
    GatheringPlanned,
    GatheringRescheduled,
    HoldingCorrected,
)
from domain.events.programme import CurriculumSet
from domain.events.team import TEAM_EVENTS
from domain.foundation import (
    AsIs,
    Caller,
    GatheringId,
    Key,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    TeamId,
    Text,
    Words,
    applies,
)
from domain.programmes.programme import SEED_TOPICS, WrongOrder
from domain.teams.team import TeamOver, TeamWork
from domain.timing import require_begun

# Refusals


class NotHeld(Refusal):
    """Rule 29: a holding can be taken back only where one is on record."""

    CODE = "not-held"
    TEXT = Text(en="This gathering is not on record as held.", nl="Deze bijeenkomst is niet als gehouden vastgelegd.")


class MovedMeanwhile(Refusal):
    """The gathering was moved while its roster was being read."""

    CODE = "moved-meanwhile"
    TEXT = Text(
        en="This gathering was moved in the meantime. Look at it again.",
        nl="Deze bijeenkomst is intussen verplaatst. Bekijk haar opnieuw.",
    )


class UnknownTopic(Refusal):
    """An agenda and a coverage name topics of the curriculum."""

    CODE = "unknown-topic"
    STATUS = 422
    TEXT = Text(
        en="The curriculum of this programme has no topic {topic}.",
        nl="Het programma van deze leergang heeft geen onderwerp {topic}.",
    )


class GatheringOver(Refusal):
    """What was held or cancelled is not moved, cancelled or held again."""

    CODE = "gathering-over"
    TEXT = Text(en="This gathering was held or cancelled before.", nl="Deze bijeenkomst is al gehouden of afgelast.")


# What a command knows about gatherings


class Roster(Struct, frozen=True):
    """The people who could come to a gathering and the CoPs that met, as the log stood at its end, `ends_at` (rule 29).

    The past does not change, so a command is given its roster instead of reading it within its boundary.
    """

    ends_at: datetime
    people: frozenset[PersonId]
    teams: tuple[TeamId, ...]


class KnowingGatherings(TeamWork):
    """What was planned and cancelled, and which topics the curriculum has."""

    def __init__(self) -> None:
        super().__init__()
        self.planned: dict[GatheringId, GatheringPlanned] = {}
        self.cancelled: set[GatheringId] = set()
        self.topics = {one.key for one in SEED_TOPICS}

    @staticmethod
    def within(programme: ProgrammeId) -> list[Selector]:
        """The events that say which teams a programme has, what it planned, and its topics."""
        return [
            Selector(types=TEAM_EVENTS, tags=[programme]),
            Selector(types=[GatheringPlanned, GatheringCancelled, CurriculumSet], tags=[programme]),
        ]

    @applies(GatheringPlanned)
    def _(self, event: GatheringPlanned) -> None:
        self.planned[event.gathering] = event

    @applies(GatheringCancelled)
    def _(self, gathering: GatheringId) -> None:
        self.cancelled.add(gathering)

    @applies(CurriculumSet)
    def _(self, event: CurriculumSet) -> None:
        self.topics = {one.key for one in event.topics}

    def sessions(self, number: int) -> Iterable[GatheringPlanned]:
        """The sessions of this number that stand, joint or a CoP's own."""
        return (
            one
            for one in self.planned.values()
            if one.kind == "session" and one.number == number and one.gathering not in self.cancelled
        )

    def teams_at(self, planned: GatheringPlanned) -> tuple[TeamId, ...]:
        """The teams of a gathering; of a joint session all but those with a date of their own for its number (rule 12)."""
        if not planned.joint:
            return planned.teams
        elsewhere = {team for one in self.sessions(planned.number or 0) for team in one.teams}
        ours = (
            one.team for one in self.teams.values() if one.programme == planned.programme and one.team not in self.over
        )
        return tuple(sorted(team for team in ours if team not in elsewhere))

    def told(self, teams: Iterable[TeamId]) -> tuple[OrganisationId, ...]:
        """The commissioners of these teams' challenges."""
        theirs = (self.teams[team].organisation for team in teams if team in self.teams)
        return tuple(sorted({one for one in theirs if one is not None}))

    def require_topics(self, topics: Iterable[Key | None], field: str) -> None:
        """Raises `UnknownTopic`."""
        for one in topics:
            if one is not None and one not in self.topics:
                raise UnknownTopic(field=field, topic=one)


def require_order(starts_at: datetime, ends_at: datetime) -> None:
    """Raises `WrongOrder` unless it ends after it begins."""
    if ends_at <= starts_at:
        raise WrongOrder(field="ends_at")


# A gathering that was planned


class OnGathering(KnowingGatherings):
    """What every command on a gathering knows. `programme`: that in which it was planned, from which teams are learnt."""

    def __init__(self, gathering: GatheringId, *, programme: ProgrammeId, by: Caller) -> None:
        super().__init__()
        self.gathering, self.programme, self.by = gathering, programme, by
        self.sequence = 0
        self.held: tuple[TeamId, ...] | None = None
        self.starts_at: datetime | None = None
        self.ends_at: datetime | None = None

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            *self.within(self.programme),
            Selector(types=[GatheringRescheduled, GatheringHeld, HoldingCorrected], tags=[self.gathering]),
        ]

    @applies(GatheringRescheduled)
    def _(self, sequence: int, starts_at: datetime, ends_at: datetime) -> None:
        self.sequence, self.starts_at, self.ends_at = sequence, starts_at, ends_at

    @applies(GatheringHeld)
    def _(self, teams: tuple[TeamId, ...]) -> None:
        self.held = teams

    @applies(HoldingCorrected)
    def _(self, teams: tuple[TeamId, ...], took_place: bool) -> None:
        self.held = teams if took_place else None

    def require_gathering(self) -> GatheringPlanned:
        """Raises `NotFound` where there is none, or it is hidden from the caller."""
        planned = self.planned.get(self.gathering)
        if planned is None or not self.sees(planned):
            raise NotFound
        return planned

    def require_planned(self) -> None:
        """Raises `ProgrammeOver`, or `GatheringOver`."""
        self.require_working_time(self.programme)
        self.require_not_over()

    def require_not_over(self) -> None:
        """Raises `GatheringOver`."""
        if self.held is not None or self.gathering in self.cancelled:
            raise GatheringOver

    def require_begun(self, planned: GatheringPlanned) -> None:
        """Raises `NotBegun`; and lets the store refuse what its own clock finds too early (rule 29)."""
        self.not_before = self.starts_at or planned.starts_at
        require_begun(self.not_before, self.by.at)

    def require_roster(self, planned: GatheringPlanned, roster: Roster | None) -> None:
        """Raises `MovedMeanwhile` if the roster was read for another end than that of the gathering as it is now."""
        if roster is not None and roster.ends_at != (self.ends_at or planned.ends_at):
            raise MovedMeanwhile

    def sees(self, planned: GatheringPlanned) -> bool:
        """Who may know of it: its teams' members, or all participants if it is joint; its facilitator; who was told."""
        return (
            self.comes_to(planned)
            or self.guides(planned)
            or self.reads_for(planned.organisations, programme=planned.programme)
            or self.ended_for_caller(planned)
        )

    def comes_to(self, planned: GatheringPlanned) -> bool:
        """One of those who gather."""
        if planned.joint:
            return self.participates(planned.programme)
        return any(self.is_member(team, planned.programme) for team in planned.teams)

    def guides(self, planned: GatheringPlanned) -> bool:
        """The facilitator of the programme, or of one of the teams that are named."""
        if planned.joint:
            return self.facilitates(planned.programme)
        return any(self.facilitates(planned.programme, team) for team in planned.teams)

    def require_organiser(self, planned: GatheringPlanned) -> None:
        """Raises `NotAllowed`: a session is the facilitator's to arrange, an own gathering the members'; `TeamOver`."""
        if planned.kind != "session":
            self.require_gathering_there(planned)
        elif not self.guides(planned):
            raise NotAllowed

    def require_calling_off(self, planned: GatheringPlanned) -> None:
        """Raises as `require_organiser`, but not to who winds up an own gathering of a CoP that has ended."""
        if not any(self.winds_up(team, planned.programme) for team in planned.teams):
            self.require_organiser(planned)

    def require_gathering_there(self, planned: GatheringPlanned) -> None:
        """Raises `TeamOver` to the last members of a CoP that ended, `NotAllowed` to others who do not gather."""
        if not self.comes_to(planned):
            raise TeamOver if self.ended_for_caller(planned) else NotAllowed

    def ended_for_caller(self, planned: GatheringPlanned) -> bool:
        """A gathering of a CoP that merged or was dissolved, of which the caller was a last member."""
        return any(self.was_there_at_the_end(team) for team in planned.teams)


class RescheduleGathering(OnGathering):
    """Move a gathering (rule 15: the sequence rises)."""

    def __init__(
        self,
        gathering: GatheringId,
        *,
        programme: ProgrammeId,
        starts_at: datetime,
        ends_at: datetime,
        place: Words | None = None,
        by: Caller,
    ) -> None:
        super().__init__(gathering, programme=programme, by=by)
        self.to_starts_at, self.to_ends_at, self.to_place = starts_at, ends_at, place

    def execute(self) -> None:
        planned = self.require_gathering()
        self.require_organiser(planned)
        self.require_planned()
        require_order(self.to_starts_at, self.to_ends_at)
        now = (self.starts_at or planned.starts_at, self.ends_at or planned.ends_at)
        if self.to_place is None and now == (self.to_starts_at, self.to_ends_at):
            raise AsIs
        teams = self.teams_at(planned)
        self.record(
            GatheringRescheduled(
                gathering=self.gathering,
                programme=planned.programme,
                teams=teams,
                organisations=self.told(teams),
                sequence=self.sequence + 1,
                starts_at=self.to_starts_at,
                ends_at=self.to_ends_at,
                place=self.to_place,
            )
        )


class CancelGathering(OnGathering):
    """Call a gathering off, with a reason (rule 15: the sequence rises); also one of a CoP, or programme, that has ended."""

    def execute(self) -> None:
        planned = self.require_gathering()
        self.require_calling_off(planned)
        self.require_not_over()
        self.require_reason()
        teams = self.teams_at(planned)
        self.record(
            GatheringCancelled(
                gathering=self.gathering,
                programme=planned.programme,
                teams=teams,
                organisations=self.told(teams),
                sequence=self.sequence + 1,
            )
        )


class HoldGathering(OnGathering):
    """Record that a gathering took place and what it covered; once recorded, correct that, with a reason (rules 26, 29).

    `took_place` False takes a record back that was made by mistake. `roster`: of a gathering that has ended.
    """

    def __init__(
        self,
        gathering: GatheringId,
        *,
        programme: ProgrammeId,
        topics: tuple[Key, ...] = (),
        techniques: tuple[Words, ...] = (),
        took_place: bool = True,
        roster: Roster | None = None,
        by: Caller,
    ) -> None:
        super().__init__(gathering, programme=programme, by=by)
        self.covered, self.techniques, self.took_place, self.roster = topics, techniques, took_place, roster

    def execute(self) -> None:
        planned = self.require_gathering()
        self.require_organiser(planned)
        self.require_working_time(self.programme)
        if self.gathering in self.cancelled:
            raise GatheringOver
        self.require_begun(planned)
        self.require_roster(planned, self.roster)
        self.require_topics(self.covered, "topics")
        if self.held is not None:
            self._correct(self.held)
        elif self.took_place:
            self._hold(self.teams_at(planned) if self.roster is None else self.roster.teams)
        else:
            raise NotHeld(field="took_place")

    def _hold(self, teams: tuple[TeamId, ...]) -> None:
        self.record(
            GatheringHeld(
                gathering=self.gathering,
                programme=self.programme,
                teams=teams,
                organisations=self.told(teams),
                topics=tuple(dict.fromkeys(self.covered)),
                techniques=self.techniques,
            )
        )

    def _correct(self, teams: tuple[TeamId, ...]) -> None:
        self.require_reason()
        self.record(
            HoldingCorrected(
                gathering=self.gathering,
                programme=self.programme,
                teams=teams,
                organisations=self.told(teams),
                took_place=self.took_place,
                topics=tuple(dict.fromkeys(self.covered)) if self.took_place else (),
                techniques=self.techniques if self.took_place else (),
            )
        )
