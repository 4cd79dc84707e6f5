"""The agenda of a person: gatherings, trips, ballots and phases that come."""

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
from projections.wording.names import Name, called
from projections.wording.sentences import HOME
from projections.wording.vocabulary import word
from service.clock_and_ids import now
from service.kring import Kring
from service.reading.gatherings import comes
from service.reading.names import names_of
from service.reading.permissions import own_teams, programmes_of
from service.store.unsealing import open_texts

BEHIND = timedelta(days=90)  # what a calendar keeps of the past


IN_PERSON: tuple[TokenRole, ...] = ("participant", "facilitator", "manager")


AT_HOME = ZoneInfo(HOME)


async def entries(kring: Kring, rights: TripRights, since: datetime) -> list[AgendaEntry]:
    """What is not over at `since` for whoever has these rights, of each kind the first ones."""
    programmes, views = programmes_of(rights), kring.views
    gatherings = await views.rows(Gathering, agenda.GATHERINGS_AHEAD, programmes, since, agenda.AT_MOST)
    today, as_guest = since.astimezone(AT_HOME).date(), rights.trips_as_guest()
    teams = [*own_teams(rights), *(one for one in rights.teams_once() if rights.was_there_at_the_end(one))]
    trips = await views.rows(Trip, agenda.TRIPS_AHEAD, teams, today, agenda.AT_MOST, as_guest)
    ballots = await views.rows(Ballot, agenda.BALLOTS_AHEAD, programmes, since, agenda.AT_MOST)
    opened = await views.rows(Programme, agenda.PROGRAMMES_OF_PERSON, programmes, agenda.AT_MOST)
    found = [
        *(agenda.of_gathering(one) for one in gatherings if in_agenda(rights, one)),
        *(entry for one in trips for entry in agenda.of_trip(one)),
        *(
            agenda.of_ballot(one)
            for one in ballots
            if rights.by.person in one.electorate or rights.facilitates(one.programme)
        ),
        *(entry for one in opened for entry in agenda.of_programme(one)),
    ]
    return [one for one in found if agenda.ended(one, AT_HOME) >= since]


def in_agenda(rights: TripRights, row: Gathering) -> bool:
    """Who gathers; and the last members of a CoP that ended, until it is called off and their calendars take it out (rule 15)."""
    return comes(rights, row) or any(rights.was_there_at_the_end(team) for team in row.teams)


async def of_person(
    kring: Kring, person: PersonId, programmes: tuple[ProgrammeId, ...] | None = None
) -> list[AgendaEntry]:
    """The agenda of a person in all that they are, with what is just behind; of these programmes only, if any are given."""
    at, found = now(), dict[str, AgendaEntry]()
    for role in IN_PERSON:
        by = Caller(role=role, person=person, programmes=programmes, via="calendar", at=at)
        rights, _ = await kring.commands.load(TripRights(by))
        found |= {one.uid: one for one in await entries(kring, rights, at - BEHIND)}
    return in_order(found.values())


def in_order(found: Iterable[AgendaEntry]) -> list[AgendaEntry]:
    """The soonest first."""
    return sorted(found, key=place_of)


PLACE = re.compile(r"-?[0-9]+\.[0-9]{3} [!-~]+")


def place_of(entry: AgendaEntry) -> str:
    """Where an entry stands among others: by its beginning, then by its name."""
    return f"{agenda.begins(entry, AT_HOME).timestamp():015.3f} {entry.uid}"


async def titled(kring: Kring, found: Sequence[AgendaEntry], language: Language) -> list[AgendaEntry]:
    """The entries in words, their places opened."""
    names = await names_of(kring, {one.id for one in found})
    await open_texts(kring.log, kring.keys, [*names.values(), *found])
    return [replace(one, title=one.title or _title(one, names, language)) for one in found]


def _title(entry: AgendaEntry, names: Mapping[str, Name], language: Language) -> str:
    if entry.kind in {"session", "own", "trip"}:
        title = called(entry.id, names, language)
        return title[:1].upper() + title[1:]
    text = word(CodeWord(entry.kind), language)
    return text[:1].upper() + text[1:]
