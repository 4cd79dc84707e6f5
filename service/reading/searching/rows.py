"""The rows of a programme that a caller may see, sealed, by the same rules as the reads of each kind of resource.

There is one query for each view, and the visibility of a team's work is determined once for all of it.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from domain.foundation import NotFound, OrganisationId, PersonId, ProgrammeId, Selector, TeamId
from domain.trips.guests import TripRights
from projections import research
from projections.advice import ADVICE, Advice, as_written_by
from projections.announcements import Announcement
from projections.challenges import Challenge
from projections.commitments import Commitment
from projections.derived import searched as queries
from projections.files import FILES
from projections.gatherings import GATHERINGS, Gathering
from projections.people import ORGANISATIONS, PEOPLE, Organisation, Person
from projections.programmes import Programme
from projections.query import ViewQuery
from projections.recommendations import RECOMMENDATIONS
from projections.shared_visibility import VISIBILITY_EVENTS, terms_of
from projections.sharing import COMMENTS
from projections.teams import Preferences, Team
from projections.trips import TRIPS, Booking, Trip
from projections.view import View
from service.reading import advice, gatherings, recommendations, trips
from service.reading.challenges import can_see_challenge
from service.reading.commitments import can_see_commitment, visible_commitments, with_owner_if_visible
from service.reading.files import can_see_file
from service.reading.options import ReadOptions
from service.reading.people import people_of_programme
from service.reading.reader import Reader
from service.reading.research import as_consented
from service.reading.team_work import TeamWork, works_of
from service.reading.teams import can_see_team
from service.store.views.time_travel import PastViews
from service.store.views.view_store import ViewStore

Row = TypeVar("Row", bound=Struct)

MAX_ROWS = 2000
"""Rows of each view that are read for one search: the newest."""


@dataclass
class ProgrammeRows:
    """The visible rows of a programme, or of what concerns one `organisation` in it.

    `is_cut_off`: there are more rows of some view than were read.
    """

    reader: Reader
    programme: ProgrammeId
    reading: ReadOptions
    organisation: OrganisationId | None
    rights: TripRights
    inside: bool
    views: ViewStore | PastViews
    at: datetime
    teams: Sequence[Team]
    works: dict[TeamId, TeamWork]
    is_cut_off: bool = False

    async def all(self) -> list[Struct]:
        """All of them."""
        challenges = await self._challenges()
        teams = [one for one in self.teams if can_see_team(self.rights, one)]
        found: list[Struct] = [*challenges, *queries.named_teams(teams, challenges)]
        for rows in (
            self._of_the_programme(),
            self._people(teams),
            self._organisations(challenges, teams),
            self._sources(),
            self._interviews(),
            self._insights(),
            self._stakeholders(),
            self._files(),
            self._comments(),
            self._advice(),
            self._recommendations(),
            self._commitments(),
            self._gatherings(),
            self._trips(),
        ):
            found += [one async for one in rows]
        return found

    @property
    def _author(self) -> PersonId | None:
        """The caller, if they may have made some of the work of a team that they cannot see as a whole (rule 10)."""
        return self.rights.by.person if self.rights.participates(self.programme) else None

    @property
    def _read_in_full(self) -> list[TeamId]:
        return [team for team, work in self.works.items() if work.reads_all]

    @property
    def _read_for_organisation(self) -> list[TeamId]:
        return [team for team, work in self.works.items() if work.for_organisation]

    @property
    def _shared(self) -> list[str]:
        return [one for work in self.works.values() for one in work.shared]

    async def _rows(self, shape: type[Row], query: ViewQuery, *args: object) -> list[Row]:
        """The rows of a query for at most `MAX_ROWS` rows of the programme."""
        rows = await self.views.rows(shape, query, self.programme, MAX_ROWS, *args)
        self.is_cut_off = self.is_cut_off or len(rows) == MAX_ROWS
        return rows

    async def _work(
        self, view: View[Row], query: ViewQuery, team_of: Callable[[Row], TeamId], *args: object
    ) -> list[tuple[TeamWork, list[Row]]]:
        """The rows of a view, by team, as far as they are visible outside the team or the caller reads all of its work."""
        by_team: dict[TeamId, list[Row]] = {}
        for one in await self._rows(view.row, query, *args):
            by_team.setdefault(team_of(one), []).append(one)
        found = [(self.works[team], rows) for team, rows in by_team.items() if team in self.works]
        return [(work, [one for one in await work.visible(view, *rows) if one is not None]) for work, rows in found]

    async def _challenges(self) -> list[Challenge]:
        rows = await self._rows(Challenge, queries.NEWEST_CHALLENGES)
        seen = [one for one in rows if can_see_challenge(self.rights, one)]
        return [one for one in seen if self.organisation in {None, one.organisation}]

    async def _of_the_programme(self) -> AsyncIterator[Struct]:
        """The programme, its announcements, and motivations of preferences."""
        if not self.inside or self.organisation is not None:
            return
        for one in await self.views.rows(Programme, queries.PROGRAMMES_OF_IDS, [self.programme]):
            yield one
        for one in await self._rows(Announcement, queries.NEWEST_ANNOUNCEMENTS):
            yield one
        facilitates = self.rights.facilitates(self.programme)
        for one in await self._rows(Preferences, queries.MOTIVATIONS, facilitates, self._author):
            yield one

    async def _people(self, teams: Iterable[Team]) -> AsyncIterator[Struct]:
        members = sorted({person for team in teams for person in team.members})
        if self.organisation is not None:
            ids = await people_of_programme(self.reader, None, members)
        else:
            ids = await people_of_programme(self.reader, self.programme, members)
            self.is_cut_off = self.is_cut_off or len(ids) >= MAX_ROWS
        for one in await self._named(PEOPLE, Person, queries.PEOPLE_OF_IDS, ids):
            yield one

    async def _organisations(self, challenges: Iterable[Challenge], teams: Iterable[Team]) -> AsyncIterator[Struct]:
        ids = sorted({one.organisation for one in (*challenges, *teams) if one.organisation is not None})
        for one in await self._named(ORGANISATIONS, Organisation, queries.ORGANISATIONS_OF_IDS, ids):
            yield one

    async def _named(self, view: View[Row], shape: type[Row], query: ViewQuery, ids: Sequence[str]) -> list[Row]:
        """Rows that belong to no programme, now or as they were."""
        assert query.views == (view,)
        until = await self.reader.position_of(self.reading)
        kring = self.reader.kring
        views = kring.views if until is None or not ids else kring.past(ids, until, only=ids)
        return await views.rows(shape, query, ids)

    async def _sources(self) -> AsyncIterator[Struct]:
        scope = (self._read_in_full, self._shared, self._author)
        found = await self._work(research.SOURCES, queries.NEWEST_SOURCES, lambda one: one.team, *scope)
        for work, rows in found:
            for one in rows:
                if work.can_see(one.id, one.logged_by):
                    yield one

    async def _interviews(self) -> AsyncIterator[Struct]:
        scope = (self._read_in_full, self._shared, self._author)
        found = await self._work(research.INTERVIEWS, queries.NEWEST_INTERVIEWS, lambda one: one.team, *scope)
        for work, rows in found:
            for one in await as_consented(work, *(one for one in rows if work.can_see(one.id, one.planned_by))):
                yield one

    async def _insights(self) -> AsyncIterator[Struct]:
        scope = (self._read_in_full, self._shared, self._author)
        found = await self._work(research.INSIGHTS, queries.NEWEST_INSIGHTS, lambda one: one.team, *scope)
        for work, rows in found:
            for one in rows:
                if work.can_see(one.id, one.author):
                    yield one

    async def _stakeholders(self) -> AsyncIterator[Struct]:
        scope = (self._read_in_full, self._shared, self._author)
        found = await self._work(research.STAKEHOLDERS, queries.NEWEST_STAKEHOLDERS, lambda one: one.team, *scope)
        for work, rows in found:
            for one in rows:
                if not work.for_organisation and work.can_see(one.id, one.identified_by):
                    yield one

    async def _files(self) -> AsyncIterator[Struct]:
        teams = [*self._read_in_full, *self._read_for_organisation]
        scope = (teams, self._shared, self._author)
        for work, rows in await self._work(FILES, queries.NEWEST_FILES, lambda one: one.team, *scope):
            for one in rows:
                if can_see_file(work, one):
                    yield one

    async def _comments(self) -> AsyncIterator[Struct]:
        scope = (self._read_in_full, self._shared, self._author)
        for work, rows in await self._work(COMMENTS, queries.NEWEST_COMMENTS, lambda one: one.team, *scope):
            for one in rows:
                if work.can_see(one.id, one.author):
                    yield one

    async def _advice(self) -> AsyncIterator[Struct]:
        former = [one for one in self.rights.former_teams() if one in self.works]
        teams = [*self._read_in_full, *self._read_for_organisation, *former]
        for work, rows in await self._work(ADVICE, queries.NEWEST_ADVICE, lambda one: one.id, teams):
            for one in rows:
                shown = _advice_as_visible(work, one)
                if shown is not None:
                    yield shown

    async def _recommendations(self) -> AsyncIterator[Struct]:
        teams = [*self._read_in_full, *self._read_for_organisation]
        scope = (teams, self._shared, self._author)
        found = await self._work(RECOMMENDATIONS, queries.NEWEST_RECOMMENDATIONS, lambda one: one.team, *scope)
        for work, rows in found:
            for one in rows:
                shown = recommendations.as_visible(work, one, self.at)
                if shown is not None:
                    yield shown

    async def _commitments(self) -> AsyncIterator[Struct]:
        rows = await self._rows(Commitment, queries.NEWEST_COMMITMENTS)
        rows = [one for one in rows if self._concerns((one.team,), one.organisation)]
        for one in rows:
            if can_see_commitment(self.rights, one):
                yield with_owner_if_visible(self.rights, one)
            elif one.team in self.works:
                for shown in await visible_commitments(self.works[one.team], one):
                    yield shown

    async def _gatherings(self) -> AsyncIterator[Struct]:
        commissioned = await gatherings.commissioned_teams(self.reader, self.rights, self.programme, self.reading)
        for one in await self._rows(Gathering, queries.NEWEST_GATHERINGS):
            if not self._concerns(one.teams, *one.organisations):
                continue
            if gatherings.took_part(self.rights, one) or gatherings.is_informed(self.rights, one, commissioned):
                yield gatherings.as_visible(self.rights, one)
            elif (shared := await self._shared_one(GATHERINGS, one, one.teams)) is not None:
                yield gatherings.as_visible(self.rights, shared)

    async def _trips(self) -> AsyncIterator[Struct]:
        teams = [*self._read_in_full, *self.rights.former_teams()]
        ids = [*self._shared, *self.rights.trips_as_guest()]
        for one in await self._rows(Trip, queries.NEWEST_TRIPS, teams, ids):
            if not self._concerns((one.team,)):
                continue
            if trips.takes_part(self.rights, one):
                yield trips.as_visible(self.rights, one)
            elif (shared := await self._shared_one(TRIPS, one, (one.team,))) is not None:
                yield trips.as_shared(shared)
        for one in await self._rows(Booking, queries.NEWEST_BOOKINGS, self._read_in_full):
            if self.rights.can_see_work(one) and self._concerns((one.team,)):
                yield one

    async def _shared_one(self, view: View[Row], row: Row, teams: Sequence[TeamId]) -> Row | None:
        """The row of one team as that shares it with the caller; None if it does not."""
        work = self.works.get(teams[0]) if len(teams) == 1 else None
        if work is None or not work.can_see(view.key_of(row)):
            return None
        return (await work.visible(view, row))[0]

    def _concerns(self, teams: Iterable[TeamId], *organisations: OrganisationId | None) -> bool:
        """Whether something of these teams, or visible to these organisations, concerns the organisation, if there is one."""
        if self.organisation is None:
            return True
        return self.organisation in organisations or any(one.id in {*teams} for one in self.teams)


def _advice_as_visible(work: TeamWork, row: Advice) -> Advice | None:
    """The advice as its read shows it; for a former member the parts that they wrote."""
    if work.rights.is_former_member(work.rights.team):
        return as_written_by(row, work.rights.author)
    try:
        return advice.as_visible(work, row)
    except NotFound:
        return None


async def rows_of_programme(
    reader: Reader, programme: ProgrammeId, reading: ReadOptions, organisation: OrganisationId | None = None
) -> ProgrammeRows:
    """The rows of a programme, or of what concerns an organisation in it. Raises `NotFound` if the caller reads nothing of it."""
    inside, _ = await reader.audience(programme, reading)
    views = await reader.views(reading, programme)
    teams = await views.rows(Team, queries.NEWEST_TEAMS, programme, MAX_ROWS)
    if organisation is not None:
        working = await _teams_of(reader, teams, organisation, await reader.position_of(reading))
        teams = [one for one in teams if one.id in working]
    return ProgrammeRows(
        reader=reader,
        programme=programme,
        reading=reading,
        organisation=organisation,
        rights=await trips.trip_rights(reader),
        inside=inside,
        views=views,
        at=await reader.time_of(reading),
        teams=teams,
        works=await works_of(reader, [one.id for one in teams], reading),
        is_cut_off=len(teams) == MAX_ROWS,
    )


async def _teams_of(
    reader: Reader, teams: Sequence[Team], organisation: OrganisationId, until: int | None
) -> set[TeamId]:
    """Those of these teams that work, or ever worked, for an organisation."""
    selectors = [Selector(types=VISIBILITY_EVENTS, tags=[one.id]) for one in teams]
    found = zip(teams, await reader.kring.commands.events_each(selectors, until=until), strict=True)
    return {team.id for team, events in found if any(one.organisation == organisation for one in terms_of(events))}
