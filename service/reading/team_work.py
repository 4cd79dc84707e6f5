"""A team's work as far as its reader may see it, for every route that shows some of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from msgspec import Struct

from domain.events.team import TeamFormed
from domain.events.trail import TrailBroughtIn
from domain.foundation import Event, NotFound, Selector, TeamId
from domain.spanning.sharing import WorkReader
from projections.query import ViewQuery
from projections.shared_visibility import (
    VISIBILITY_EVENTS,
    OutsideVisibility,
    visibility_for_organisations,
    visibility_in_programme,
)
from projections.view import EventMetadata, View, tags_of
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader

Row = TypeVar("Row", bound=Struct)

NOW = ReadOptions()


@dataclass(frozen=True)
class TeamWork:
    """One team's work for one reader. `until`: as of this position; None: now.

    `outside`: the part that is visible to them outside the team; None: they may read all of it.
    """

    reader: Reader
    rights: WorkReader
    outside: OutsideVisibility | None
    until: int | None = None

    @property
    def reads_all(self) -> bool:
        """Whether the reader may see all of the work."""
        return self.outside is None

    @property
    def for_organisation(self) -> bool:
        """Whether the reader is a contact of an organisation for which the team works or worked."""
        return self.outside is not None and self.outside.circle == "commissioner"

    @property
    def shared(self) -> list[str]:
        """The ids of the things that are shared with the reader."""
        return [] if self.outside is None else sorted(self.outside.things)

    def can_see(self, thing: str, made_by: str | None = None) -> bool:
        """Whether the reader may see this thing: because they see all, it is shared with them, or they made it."""
        return self.outside is None or self.outside.shows(thing) or self.rights.made(made_by)

    async def visible(self, view: View[Row], *rows: Row) -> list[Row | None]:
        """The visible part of each row, sealed; None if there is none. For organisations rows are folded from visible events."""
        if self.outside is None:
            return list(rows)
        if not self.for_organisation:
            return [self.outside.as_shared(one) for one in rows]
        keys = [view.key_of(one) for one in rows]
        about = [Selector(types=list(view.takes), tags=tags_of(one)) for one in keys]
        found = await self.reader.kring.commands.events_each(about, until=self.until)
        folded = [self.outside.row(view, key, events) for key, events in zip(keys, found, strict=True)]
        return [None if one is None else self.outside.as_shared(one) for one in folded]

    async def page(self, view: View[Row], query: ViewQuery, *args: object, listing: ListOptions) -> Page[Row]:
        """A page of a list of the team's things, each as far as the reader may see it (`Reader.part`)."""
        part = await self.reader.part(view, query, *args, listing=listing, scope=self.rights.team)
        if self.outside is None:
            return part
        return Page([one for one in await self.visible(view, *part.items) if one is not None], part.next)


async def work_of(reader: Reader, team: TeamId, reading: ReadOptions = NOW) -> TeamWork:
    """A team's work for the caller. Raises `NotFound` if they may see none of it, or the team was not formed yet."""
    return await reader.once(("work", team, reading.as_of), lambda: _work_of(reader, team, reading))


async def _work_of(reader: Reader, team: TeamId, reading: ReadOptions) -> TeamWork:
    rights, _ = await reader.kring.commands.load(WorkReader(team, by=reader.caller))
    until = await reader.position_of(reading)
    if until is not None and not await reader.exists([Selector(types=[TeamFormed], tags=[team])], until):
        raise NotFound
    if rights.reads_all:
        return TeamWork(reader, rights, None, until)
    events = await reader.kring.commands.events(Selector(types=VISIBILITY_EVENTS, tags=[team]), until=until)
    outside = await _outside_visibility(reader, rights, events, until)
    if outside is None:
        raise NotFound
    return TeamWork(reader, rights, outside, until)


async def works_of(reader: Reader, teams: Sequence[TeamId], reading: ReadOptions = NOW) -> dict[TeamId, TeamWork]:
    """The work of those among these teams of which the caller may see any: `work_of` for many, which existed at `reading`."""
    if not teams:
        return {}
    loaded, _ = await reader.kring.commands.load(WorkReader(*teams, by=reader.caller))
    until, readers = await reader.position_of(reading), {one: loaded.of_other(one) for one in teams}
    found = {team: TeamWork(reader, rights, None, until) for team, rights in readers.items() if rights.reads_all}
    others = [one for one in teams if one not in found]
    selectors = [Selector(types=VISIBILITY_EVENTS, tags=[one]) for one in others]
    for team, events in zip(others, await reader.kring.commands.events_each(selectors, until=until), strict=True):
        outside = await _outside_visibility(reader, readers[team], events, until)
        if outside is not None:
            found[team] = TeamWork(reader, readers[team], outside, until)
    return found


async def shared_with(reader: Reader, team: TeamId, reading: ReadOptions = NOW) -> list[str]:
    """The ids of the things that a team shares with the caller; none if they may see all of its work, or nothing."""
    try:
        return (await work_of(reader, team, reading)).shared
    except NotFound:
        return []


async def shared_one(view: View[Row], row: Row, work: TeamWork) -> Row:
    """The row, sealed, if the team shares it with the reader. Raises `NotFound`."""
    (visible,) = await work.visible(view, row)
    if visible is None or not work.can_see(view.key_of(row)):
        raise NotFound
    return visible


async def shared_rows(
    reader: Reader, team: TeamId, view: View[Row], rows: Sequence[Row], reading: ReadOptions
) -> dict[str, Row]:
    """The rows that a team shares with the caller, sealed, by their keys."""
    if not rows:
        return {}
    work = await work_of(reader, team, reading)
    visible = zip(map(view.key_of, rows), await work.visible(view, *rows), strict=True)
    return {key: one for key, one in visible if one is not None and work.can_see(key)}


async def visible_one(
    reader: Reader, view: View[Row], key: str, team: Callable[[Row], TeamId], reading: ReadOptions
) -> tuple[Row, TeamWork]:
    """The row of `key`, sealed, as far as the caller may see it, and the work of its team. Raises `NotFound`."""
    row = await reader.row(view, key, reading)
    if row is None:
        raise NotFound
    work = await work_of(reader, team(row), reading)
    (visible,) = await work.visible(view, row)
    if visible is None:
        raise NotFound
    return visible, work


async def own_or_shared(
    reader: Reader,
    view: View[Row],
    key: str,
    team_and_author: Callable[[Row], tuple[TeamId, str | None]],
    reading: ReadOptions,
) -> tuple[Row, TeamWork]:
    """The same for a row that is visible as a whole: to the team, to those with whom it is shared, and to its author.

    `team_and_author`: those of a row. Raises `NotFound`.
    """
    row, work = await visible_one(reader, view, key, lambda one: team_and_author(one)[0], reading)
    if not work.can_see(key, team_and_author(row)[1]):
        raise NotFound
    return row, work


async def _outside_visibility(
    reader: Reader, rights: WorkReader, events: Sequence[tuple[Event, EventMetadata]], until: int | None
) -> OutsideVisibility | None:
    """The part of the work that the caller may see if they may not see all; None: nothing.

    `events`: the `VISIBILITY_EVENTS` that concern the team.
    """
    formed = rights.teams.formed.get(rights.team)
    if formed is None:
        return None
    if rights.belongs_to(formed.programme):
        return visibility_in_programme(events)
    programme = formed.programme
    outside = visibility_for_organisations(
        events, lambda organisation, about: rights.reads_for((organisation,), about, programme=programme)
    )
    if not outside.terms:
        return None
    named = {one.organisation for one in outside.terms if one.organisation is not None}
    brought_in = [
        await reader.kring.commands.events(Selector(types=[TrailBroughtIn], tags=[one]), until=until)
        for one in sorted(named)
    ]
    positions = {
        at
        for bringing in brought_in
        for event, _ in bringing
        if isinstance(event, TrailBroughtIn)
        for at in event.positions
    }
    return OutsideVisibility(outside.circle, outside.things, outside.terms, positions)
