"""An organisation's trail over HTTP: every fact that it was told, in words, in the order in which they were recorded."""

from collections.abc import Sequence

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from domain.challenge import ChallengeProposed
from domain.foundation import Fact, NotFound, OrganisationId, PersonId, Selector
from domain.people import OrganisationRegistered
from domain.roles import ContactAppointed, ParticipantEnrolled, ParticipantMoved, Rights
from domain.team import TeamFormed
from domain.trail import TrailBroughtIn
from projections.kinds import facts
from projections.names import Language
from projections.trail import Entry, NeverTold, Told, entry, ids_of, never_told
from projections.wording import Reader
from service.api.asking import Asking
from service.api.feed import require_reached
from service.api.naming import names_told
from service.api.negotiation import language_of
from service.api.reading import Limit, Position, Reading, started_after
from service.api.seeing import managed_by, manages_all, served
from service.kring import Kring
from service.replaying import open_story, told
from service.store.dossier import concerning, told_before


class Trail(Struct, frozen=True):
    """A part of a trail. `never_told`, on the first page: the kinds that no organisation is told. `next`: read on `after` it."""

    never_told: list[NeverTold]
    items: list[Entry]
    next: int | None


class TrailOfOrganisation(Controller):
    path = "/organisations/{organisation:str}/trail"
    tags = ("Trail",)

    @get()
    async def read(
        self,
        organisation: FromPath[OrganisationId],
        asking: NamedDependency[Asking],
        reading: NamedDependency[Reading],
        after: Position = None,
        cursor: Position = None,
        limit: Limit = 50,
    ) -> Trail:
        """Show what the organisation was told, in the language that the caller asks for; `cursor` is `after`."""
        rights = await asking.rights()
        await asking.ready(reading.at_least)
        until = await asking.until(reading)
        await _require_reader(asking, rights, organisation, until)
        start = started_after(after, cursor)
        await require_reached(asking.kring.log, start)
        stories, more = await told_after(asking.kring, f"to:{organisation}", start, limit, until=until)
        reader = await reader_of(asking.kring, rights, organisation, await language_of(asking.request))
        first = await told_before(asking.kring.log, f"to:{organisation}", start)
        return Trail(
            never_told=[] if start else await _never_told(asking.kring, organisation, until),
            items=await entries(asking.kring, organisation, stories, first, reader, until),
            next=stories[-1].position if more else None,
        )


async def entries(
    kring: Kring,
    organisation: OrganisationId,
    stories: Sequence[Told],
    first: int,
    reader: Reader,
    until: int | None = None,
) -> list[Entry]:
    """These facts as lines of a trail, counted from `first`, each with the earlier facts that it brought in; as of `until`."""
    positions = {at for one in stories if isinstance(one.fact, TrailBroughtIn) for at in one.fact.positions}
    earlier = {one.position: told(kring, one) for one in await kring.log.at(positions)} if positions else {}
    everything = [*stories, *earlier.values()]
    names = await names_told(kring, {one for story in everything for one in ids_of(story)}, organisation, until)
    await open_story(kring, everything, names, outside=True)

    def brought_in(fact: Fact) -> list[Told]:
        return [earlier[at] for at in fact.positions if at in earlier] if isinstance(fact, TrailBroughtIn) else []

    return [
        entry(one, index, names, reader, outside=True, brought_in=brought_in(one.fact))
        for index, one in enumerate(stories, first)
    ]


async def _require_reader(asking: Asking, rights: Rights, organisation: OrganisationId, until: int | None) -> None:
    """Contacts for all of the organisation, and managers of a programme that concerns it.

    Raises `NotFound` to everybody else, and where there is, or was, no such organisation.
    """
    reads = manages_all(rights) or organisation in served(rights)
    if not (reads or await asking.told([organisation], managed_by(rights))):
        raise NotFound
    if not await asking.recorded([Selector(types=[OrganisationRegistered], tags=[organisation])], until):
        raise NotFound


async def _never_told(kring: Kring, organisation: OrganisationId, until: int | None) -> list[NeverTold]:
    kinds = [one.type for one in never_told(facts(), {})]
    beginnings = [ChallengeProposed.TOPIC, TeamFormed.TOPIC]
    return never_told(facts(), await concerning(kring.log, f"to:{organisation}", kinds, beginnings, until))


async def told_after(
    kring: Kring, tag: str, after: int, limit: int, *, types: Sequence[type[Fact]] = (), until: int | None = None
) -> tuple[list[Told], bool]:
    """At most `limit` facts under this tag, of these types if any are named; still closed. And whether there are more."""
    query = kring.desk.mapper.query([Selector(types=list(types), tags=[tag])])
    found, _ = await kring.log.read(query, after=after, until=until, limit=limit + 1)
    return [told(kring, one) for one in found[:limit]], len(found) > limit


async def reader_of(kring: Kring, rights: Rights, organisation: OrganisationId, language: Language) -> Reader:
    """Managers read all names, auditors none, commissioners those of their teams and of their own people."""
    if rights.by.role == "manager":
        return Reader(language)
    if rights.by.role == "auditor":
        return Reader(language, named=frozenset(), pseudonyms=True)
    return Reader(language, named=frozenset(await _known_to(kring, organisation)))


async def _known_to(kring: Kring, organisation: OrganisationId) -> set[PersonId]:
    """The members of the teams that advise an organisation, its contacts, and whom it sent."""
    types = [TeamFormed, ContactAppointed, ParticipantEnrolled, ParticipantMoved]
    found, _ = await kring.log.read(kring.desk.mapper.query([Selector(types=types, tags=[f"to:{organisation}"])]))
    known: set[PersonId] = set()
    for one in found:
        match kring.desk.mapper.fact(one):
            case TeamFormed() as formed:
                known.update(formed.members)
            case ContactAppointed() | ParticipantEnrolled() | ParticipantMoved() as fact:
                known.add(fact.person)
            case _:
                continue
    return known
