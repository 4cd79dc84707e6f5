"""A team's work as its reader may see it: what every route that shows some of it asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from msgspec import Struct

from domain.foundation import NotFound, Selector, TeamId
from domain.itinerary import ItineraryItemAdded
from domain.sharing import WorkReader, WorkShared
from domain.team import TeamFormed
from domain.trail import TrailBroughtIn
from projections.beyond import SHOWING, Beyond, beyond_for_organisations, beyond_in_programme
from projections.view import View, tags_of
from service.api.asking import Asking
from service.api.bodies import Page
from service.api.reading import Listing, Reading

Row = TypeVar("Row", bound=Struct)

NOW = Reading()


@dataclass(frozen=True)
class Work:
    """One team's work for one reader. `beyond` None: they read all of it. `until`: as of which position, None: now."""

    asking: Asking
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

    async def shown(self, view: View[Row], row: Row) -> Row | None:
        """The row as the reader is shown it, closed; None where nothing of it is. To organisations it is told anew."""
        if self.beyond is None:
            return row
        if not self.for_organisation:
            return self.beyond.as_shared(row)
        key = view.key_of(row)
        about = Selector(types=list(view.takes), tags=tags_of(key))
        told = self.beyond.row(view, key, await self.asking.kring.desk.told(about, until=self.until))
        return None if told is None else self.beyond.as_shared(told)

    async def page(self, view: View[Row], query: str, *args: object, listing: Listing) -> Page[Row]:
        """A page of a list of the team's things, closed, each as the reader is shown it: `Asking.part`."""
        part = await self.asking.part(view, query, *args, listing=listing, scope=self.rights.team)
        if self.beyond is None:
            return part
        rows = [await self.shown(view, one) for one in part.items]
        return Page([one for one in rows if one is not None], part.next)


async def reader(asking: Asking, team: TeamId, reading: Reading = NOW) -> Work:
    """A team's work for the caller. Raises `NotFound` where they may see none of it, or it was not formed yet."""
    rights, _ = await asking.kring.desk.learn(WorkReader(team, by=asking.by))
    until = await asking.until(reading)
    if until is not None and not await asking.recorded([Selector(types=[TeamFormed], tags=[team])], until):
        raise NotFound
    if rights.reads_all:
        return Work(asking, rights, None, until)
    beyond = await _beyond(asking, rights, until)
    if beyond is None:
        raise NotFound
    return Work(asking, rights, beyond, until)


async def shared_with(asking: Asking, team: TeamId, reading: Reading = NOW) -> list[str]:
    """The ids of what a team shares with the caller; none to who reads all, or nothing, of it."""
    try:
        return (await reader(asking, team, reading)).shared
    except NotFound:
        return []


async def is_shared(asking: Asking) -> bool:
    """Whether a team shares with the caller what the path names, or the trip on whose itinerary that stands."""
    for named in asking.request.path_params.values():
        thing = await _shown_with(asking, str(named))
        shares = await asking.kring.desk.told(Selector(types=[WorkShared], tags=[thing]))
        teams = {fact.team for fact, _ in shares if isinstance(fact, WorkShared) and fact.item == thing}
        for team in sorted(teams):
            if thing in await shared_with(asking, team):
                return True
    return False


async def _shown_with(asking: Asking, thing: str) -> str:
    """The trip on whose itinerary something stands, with which it is shared; else the thing itself."""
    visits = await asking.kring.desk.told(Selector(types=[ItineraryItemAdded], tags=[thing]))
    trips = [fact.trip for fact, _ in visits if isinstance(fact, ItineraryItemAdded) and fact.item == thing]
    return next(iter(trips), thing)


async def shared_one(view: View[Row], row: Row, work: Work) -> Row:
    """The row, closed, to whom the team shares it. Raises `NotFound`."""
    shown = await work.shown(view, row)
    if shown is None or not work.sees(view.key_of(row)):
        raise NotFound
    return shown


async def one_of(
    asking: Asking, view: View[Row], key: str, team: Callable[[Row], TeamId], reading: Reading
) -> tuple[Row, Work]:
    """The row of `key`, closed, as the caller is shown it, and the work of its team. Raises `NotFound`."""
    row = await asking.row(view, key, reading)
    if row is None:
        raise NotFound
    work = await reader(asking, team(row), reading)
    shown = await work.shown(view, row)
    if shown is None:
        raise NotFound
    return shown, work


async def _beyond(asking: Asking, rights: WorkReader, until: int | None) -> Beyond | None:
    """What the caller is shown of work that they do not read in full; None: nothing."""
    desk = asking.kring.desk
    facts = await desk.told(Selector(types=SHOWING, tags=[rights.team]), until=until)
    formed = rights.teams.get(rights.team)
    if formed is not None and rights.belongs_to(formed.programme):
        return beyond_in_programme(facts)
    beyond = beyond_for_organisations(facts, lambda organisation, about: rights.reads_for((organisation,), about))
    if not beyond.terms:
        return None
    named = {one.organisation for one in beyond.terms if one.organisation is not None}
    told = [await desk.told(Selector(types=[TrailBroughtIn], tags=[one]), until=until) for one in sorted(named)]
    positions = {at for facts in told for fact, _ in facts if isinstance(fact, TrailBroughtIn) for at in fact.positions}
    return Beyond(beyond.circle, beyond.things, beyond.terms, positions)
