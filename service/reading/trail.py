"""An organisation's trail: the events that are visible to it, as lines in words."""

from collections.abc import Sequence

from domain.administration.ownership import OrganisationRights
from domain.events.challenge import ChallengeProposed
from domain.events.people import OrganisationRegistered
from domain.events.roles import ContactAppointed, ParticipantEnrolled, ParticipantMoved
from domain.events.team import TeamFormed
from domain.events.trail import TrailBroughtIn
from domain.foundation import Event, Language, Nobody, NotFound, OrganisationId, PersonId, ProgrammeId, Selector
from domain.people.rights import Rights
from domain.spanning.trail import EarlierEvent
from projections.event_types import events
from projections.wording.event_lines import Entry, LoggedEvent, NeverVisible, entry, ids_of, never_visible
from projections.wording.sentences import SentenceStyle
from service.kring import Kring
from service.operations.history import as_line, open_lines
from service.reading.names import names_for_organisation
from service.reading.permissions import NAMING_ROLES, managed_by
from service.reading.reader import Reader
from service.store.log.dossier import count_concerning, indexes_of
from service.store.log.types import RecordedEvent


async def entries(
    kring: Kring,
    organisation: OrganisationId,
    lines: Sequence[LoggedEvent],
    style: SentenceStyle,
    until: int | None = None,
    *,
    within: Sequence[ProgrammeId] | None = None,
) -> list[Entry]:
    """These events as lines of a trail as of `until`, each with its index and the earlier events that it brought in.

    `within`: earlier events of these programmes only; None: of all.
    """
    indexes = await indexes_of(kring.log, f"to:{organisation}", [one.position for one in lines])
    positions = {at for one in lines if isinstance(one.event, TrailBroughtIn) for at in one.event.positions}
    recorded = await kring.log.at(positions) if positions else []
    earlier = {
        one.position: as_line(kring, one) for one in recorded if within is None or not {*within}.isdisjoint(one.tags)
    }
    everything = [*lines, *earlier.values()]
    names = await names_for_organisation(
        kring, {id_ for line in everything for id_ in ids_of(line)}, organisation, until
    )
    await open_lines(kring, everything, names, outside=True)

    def brought_in(event: Event) -> list[LoggedEvent]:
        return [earlier[at] for at in event.positions if at in earlier] if isinstance(event, TrailBroughtIn) else []

    return [
        entry(one, indexes[one.position], names, style, outside=True, brought_in=brought_in(one.event)) for one in lines
    ]


async def readable_programmes(
    reader: Reader, access: OrganisationRights, organisation: OrganisationId, until: int | None
) -> list[ProgrammeId] | None:
    """The programmes of whose events the caller may read the trail; None: of all (rule 27).

    Raises `NotFound` if there are none, or if the organisation does not exist, or did not then.
    """
    if not await reader.exists([Selector(types=[OrganisationRegistered], tags=[organisation])], until):
        raise NotFound
    rights = access.rights
    if access.reads_as_a_whole():
        return None
    limited = [one for one in rights.by.programmes or () if rights.reads_all_of(organisation, in_=one)]
    within = sorted({*managed_by(rights), *limited})
    if not await reader.is_concerned([organisation], within):
        raise NotFound
    return within


async def never_visible_types(
    kring: Kring, organisation: OrganisationId, within: Sequence[ProgrammeId] | None, until: int | None
) -> list[NeverVisible]:
    """The event types that are never visible to organisations, with what the programmes `within` have of them."""
    types = [one.type for one in never_visible(events(), {})]
    beginnings = [ChallengeProposed.TOPIC, TeamFormed.TOPIC]
    concerned = await count_concerning(
        kring.log, f"to:{organisation}", types, beginnings, programmes=within, until=until
    )
    return never_visible(events(), concerned)


async def events_after(
    kring: Kring,
    tag: str,
    after: int,
    limit: int,
    *,
    types: Sequence[type[Event]] = (),
    programmes: Sequence[ProgrammeId] | None = None,
    until: int | None = None,
) -> tuple[list[LoggedEvent], bool]:
    """At most `limit` events after a position under this tag, sealed, and whether there are more.

    `types`: of these types only, if there are any. `programmes`: of these programmes only; None: of all.
    """
    selected = [[tag]] if programmes is None else [[tag, one] for one in programmes]
    query = kring.commands.mapper.query([Selector(types=list(types), tags=tags) for tags in selected])
    found, _ = await kring.log.read(query, after=after, until=until, limit=limit + 1)
    return [as_line(kring, one) for one in found[:limit]], len(found) > limit


async def sentence_style(
    kring: Kring, rights: Rights, organisation: OrganisationId, language: Language
) -> SentenceStyle:
    """The style of the sentences: managers see all names, commissioners those of their people and teams, others none."""
    if rights.by.role == "manager":
        return SentenceStyle(language)
    if rights.by.role in NAMING_ROLES:
        return SentenceStyle(language, named=frozenset(await people_named_to(kring, organisation)))
    return SentenceStyle(language, named=frozenset(), pseudonyms=True)


async def people_named_to(kring: Kring, organisation: OrganisationId) -> set[PersonId]:
    """The members of the teams that advise an organisation, its contacts, and the participants whom it sends."""
    types = [TeamFormed, ContactAppointed, ParticipantEnrolled, ParticipantMoved]
    found, _ = await kring.log.read(kring.commands.mapper.query([Selector(types=types, tags=[f"to:{organisation}"])]))
    known: set[PersonId] = set()
    for one in found:
        match kring.commands.mapper.decode(one):
            case TeamFormed() as formed:
                known.update(formed.members)
            case ContactAppointed() | ParticipantEnrolled() | ParticipantMoved() as event:
                known.add(event.person)
            case _:
                continue
    return known


VISIBLE_TYPES = frozenset(one.TOPIC for one in events() if not isinstance(one.AUDIENCE, Nobody))
"""The event types that can be visible to organisations."""


async def earlier_events(kring: Kring, positions: tuple[int, ...]) -> tuple[EarlierEvent, ...]:
    """The events at these positions, with their programme and audience."""
    found = {one.position: _earlier(one) for one in await kring.log.at(positions)}
    return tuple(found.get(at, EarlierEvent(at, None)) for at in positions)


def _earlier(one: RecordedEvent) -> EarlierEvent:
    programme = next((ProgrammeId(tag) for tag in one.tags if tag.startswith("programme_")), None)
    audience = tuple(OrganisationId(tag[3:]) for tag in one.tags if tag.startswith("to:"))
    return EarlierEvent(one.position, programme, audience, one.type in VISIBLE_TYPES)
