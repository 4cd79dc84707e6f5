"""The agenda of a person: coming gatherings, trips, ballots and phases."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from domain.foundation import Caller, CodeWord, Language, PersonId, ProgrammeId, TokenRole
from domain.trips.guests import TripRights
from projections.ballots import Ballot
from projections.derived import agenda
from projections.derived.agenda import AgendaEntry
from projections.gatherings import Gathering
from projections.programmes import Programme
from projections.trips import Trip
from projections.wording.names import Name, display_name
from projections.wording.sentences import HOME
from projections.wording.vocabulary import word
from service.clock_and_ids import now
from service.kring import Kring
from service.reading.gatherings import takes_part
from service.reading.names import names_of
from service.reading.permissions import own_teams, programmes_of
from service.store.unsealing import open_texts

CALENDAR_HISTORY = timedelta(days=90)
"""Past entries that a calendar link still shows."""
ROLES_OF_PEOPLE: tuple[TokenRole, ...] = ("participant", "facilitator", "manager")
AT_HOME = ZoneInfo(HOME)


async def entries(kring: Kring, rights: TripRights, since: datetime) -> list[AgendaEntry]:
    """The entries that are not over at `since` for a caller with these rights; of each kind at most `agenda.MAX_ROWS`."""
    programmes, views, many = programmes_of(rights), kring.views, agenda.MAX_ROWS
    today, as_guest = since.astimezone(AT_HOME).date(), rights.trips_as_guest()
    teams = [*own_teams(rights), *(one for one in rights.former_teams() if rights.was_last_member(one))]
    gatherings, trips, ballots, opened = await asyncio.gather(
        views.rows(Gathering, agenda.GATHERINGS_AHEAD, programmes, since, many),
        views.rows(Trip, agenda.TRIPS_AHEAD, teams, today, many, as_guest),
        views.rows(Ballot, agenda.BALLOTS_AHEAD, programmes, since, many),
        views.rows(Programme, agenda.PROGRAMMES_OF_PERSON, programmes, many),
    )
    found = [
        *(agenda.of_gathering(one) for one in gatherings if is_in_agenda(rights, one)),
        *(entry for one in trips for entry in agenda.of_trip(one)),
        *(
            agenda.of_ballot(one)
            for one in ballots
            if rights.by.person in one.electorate or rights.facilitates(one.programme)
        ),
        *(entry for one in opened for entry in agenda.of_programme(one)),
    ]
    return [one for one in found if agenda.ended(one, AT_HOME) >= since]


def is_in_agenda(rights: TripRights, row: Gathering) -> bool:
    """Whether a gathering is in the caller's agenda.

    The last members of a CoP that ended keep it until it is cancelled, so that their calendars remove it (rule 15).
    """
    return takes_part(rights, row) or any(rights.was_last_member(team) for team in row.teams)


async def agenda_of_person(
    kring: Kring, person: PersonId, programmes: tuple[ProgrammeId, ...] | None = None
) -> list[AgendaEntry]:
    """The agenda of a person in all their roles, with recent entries. `programmes`: only of these; None: of all."""
    at, found = now(), dict[str, AgendaEntry]()
    for role in ROLES_OF_PEOPLE:
        by = Caller(role=role, person=person, programmes=programmes, via="calendar", at=at)
        rights, _ = await kring.commands.load(TripRights(by))
        found |= {one.uid: one for one in await entries(kring, rights, at - CALENDAR_HISTORY)}
    return by_time(found.values())


def by_time(found: Iterable[AgendaEntry]) -> list[AgendaEntry]:
    """The entries, the soonest first."""
    return sorted(found, key=list_key)


LIST_KEY = re.compile(r"-?[0-9]+\.[0-9]{3} [!-~]+")


def list_key(entry: AgendaEntry) -> str:
    """The key by which entries are ordered and paged: the beginning, then the uid."""
    return f"{agenda.begins(entry, AT_HOME).timestamp():015.3f} {entry.uid}"


async def with_titles(kring: Kring, found: Sequence[AgendaEntry], language: Language) -> list[AgendaEntry]:
    """The entries with titles in this language, their places unsealed."""
    names = await names_of(kring, {one.id for one in found})
    await open_texts(kring.log, kring.keys, [*names.values(), *found])
    return [replace(one, title=one.title or _title(one, names, language)) for one in found]


def _title(entry: AgendaEntry, names: Mapping[str, Name], language: Language) -> str:
    if entry.kind in {"session", "own", "trip"}:
        title = display_name(entry.id, names, language)
        return title[:1].upper() + title[1:]
    text = word(CodeWord(entry.kind), language)
    return text[:1].upper() + text[1:]
