"""A team's work as its reader may see it: what every route that shows some of it asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from msgspec import Struct

from domain.events.team import TeamFormed
from domain.events.trail import TrailBroughtIn
from domain.foundation import NotFound, Selector, TeamId
from domain.spanning.sharing import WorkReader
from projections.query import ViewQuery
from projections.shared_visibility import SHOWING, Beyond, beyond_for_organisations, beyond_in_programme
from projections.view import View, tags_of
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader

Row = TypeVar("Row", bound=Struct)

NOW = ReadOptions()


@dataclass(frozen=True)
class Work:
    """One team's work for one reader. `beyond` None: they read all of it. `until`: as of which position, None: now."""

    reader: Reader
    rights: WorkReader
    beyond: Beyond | None
    until: int | None = None

    @property
    def reads_all(self) -> bool:
        """Whether the reader sees the work in full."""
        return self.beyond is None

    @property
    def for_organisation(self) -> bool:
        """Whether the reader speaks or reads for an organisation for which the team works, or did."""
        return self.beyond is not None and self.beyond.circle == "commissioner"

    @property
    def shared(self) -> list[str]:
        """The ids of what is shared with the reader."""
        return [] if self.beyond is None else sorted(self.beyond.things)

    def sees(self, thing: str, made_by: str | None = None) -> bool:
        """All of it, what was shared with the reader, and what they made themselves."""
        return self.beyond is None or self.beyond.shows(thing) or self.rights.made(made_by)

    async def shown(self, view: View[Row], *rows: Row) -> list[Row | None]:
        """The rows as the reader is shown them, closed; None where nothing of one is. To organisations they are told anew."""
        if self.beyond is None:
            return list(rows)
        if not self.for_organisation:
            return [self.beyond.as_shared(one) for one in rows]
        keys = [view.key_of(one) for one in rows]
        about = [Selector(types=list(view.takes), tags=tags_of(one)) for one in keys]
        stories = await self.reader.kring.commands.events_each(about, until=self.until)
        told = [self.beyond.row(view, key, events) for key, events in zip(keys, stories, strict=True)]
        return [None if one is None else self.beyond.as_shared(one) for one in told]

    async def page(self, view: View[Row], query: ViewQuery, *args: object, listing: ListOptions) -> Page[Row]:
        """A page of a list of the team's things, each as the reader is shown it: `Reader.part`."""
        part = await self.reader.part(view, query, *args, listing=listing, scope=self.rights.team)
        if self.beyond is None:
            return part
        return Page([one for one in await self.shown(view, *part.items) if one is not None], part.next)


async def work_of(reader: Reader, team: TeamId, reading: ReadOptions = NOW) -> Work:
    """A team's work for the caller. Raises `NotFound` where they may see none of it, or it was not formed yet."""
    rights, _ = await reader.kring.commands.load(WorkReader(team, by=reader.caller))
    until = await reader.position_of(reading)
    if until is not None and not await reader.exists([Selector(types=[TeamFormed], tags=[team])], until):
        raise NotFound
    if rights.reads_all:
        return Work(reader, rights, None, until)
    beyond = await _beyond(reader, rights, until)
    if beyond is None:
        raise NotFound
    return Work(reader, rights, beyond, until)


async def shared_with(reader: Reader, team: TeamId, reading: ReadOptions = NOW) -> list[str]:
    """The ids of what a team shares with the caller; none to who reads all, or nothing, of it."""
    try:
        return (await work_of(reader, team, reading)).shared
    except NotFound:
        return []


async def shared_one(view: View[Row], row: Row, work: Work) -> Row:
    """The row, closed, to whom the team shares it. Raises `NotFound`."""
    (shown,) = await work.shown(view, row)
    if shown is None or not work.sees(view.key_of(row)):
        raise NotFound
    return shown


async def shared_rows(
    reader: Reader, team: TeamId, view: View[Row], rows: Sequence[Row], reading: ReadOptions
) -> dict[str, Row]:
    """Those of a team's rows that it shares with the caller, closed, by their keys."""
    if not rows:
        return {}
    work = await work_of(reader, team, reading)
    shown = zip(map(view.key_of, rows), await work.shown(view, *rows), strict=True)
    return {key: one for key, one in shown if one is not None and work.sees(key)}


async def one_of(
    reader: Reader, view: View[Row], key: str, team: Callable[[Row], TeamId], reading: ReadOptions
) -> tuple[Row, Work]:
    """The row of `key`, closed, as the caller is shown it, and the work of its team. Raises `NotFound`."""
    row = await reader.row(view, key, reading)
    if row is None:
        raise NotFound
    work = await work_of(reader, team(row), reading)
    (shown,) = await work.shown(view, row)
    if shown is None:
        raise NotFound
    return shown, work


async def made_or_shown(
    reader: Reader, view: View[Row], key: str, whose: Callable[[Row], tuple[TeamId, str | None]], reading: ReadOptions
) -> tuple[Row, Work]:
    """The same of a thing that is seen in full, when it is shared, and by who made it. `whose`: of which team, made by whom."""
    row, work = await one_of(reader, view, key, lambda one: whose(one)[0], reading)
    if not work.sees(key, whose(row)[1]):
        raise NotFound
    return row, work


async def _beyond(reader: Reader, rights: WorkReader, until: int | None) -> Beyond | None:
    """What the caller is shown of work that they do not read in full; None: nothing."""
    commands = reader.kring.commands
    events = await commands.events(Selector(types=SHOWING, tags=[rights.team]), until=until)
    formed = rights.teams.get(rights.team)
    if formed is None:
        return None
    if rights.belongs_to(formed.programme):
        return beyond_in_programme(events)
    programme = formed.programme
    beyond = beyond_for_organisations(
        events, lambda organisation, about: rights.reads_for((organisation,), about, programme=programme)
    )
    if not beyond.terms:
        return None
    named = {one.organisation for one in beyond.terms if one.organisation is not None}
    told = [await commands.events(Selector(types=[TrailBroughtIn], tags=[one]), until=until) for one in sorted(named)]
    positions = {
        at for events in told for event, _ in events if isinstance(event, TrailBroughtIn) for at in event.positions
    }
    return Beyond(beyond.circle, beyond.things, beyond.terms, positions)
