"""To-dos of a person, in the role of their token."""

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import chain

from msgspec.structs import replace

from domain.foundation import CodeWord, Language, PersonId
from domain.trips.guests import TripRights
from projections.advice import Advice
from projections.derived import to_dos
from projections.derived.to_dos import ToDo
from projections.trips import Trip
from projections.wording.names import Name, display_name
from projections.wording.vocabulary import word
from service.kring import Kring
from service.reading.names import names_of
from service.reading.permissions import challenges_served, guided_by, organisations_served_in_full, own_teams
from service.reading.reader import Reader
from service.store.unsealing import open_texts
from service.store.views.view_store import ViewStore


async def to_dos_of(reader: Reader, views: ViewStore, rights: TripRights) -> list[ToDo]:
    """The to-dos of the caller, of each kind at most `to_dos.MAX_ROWS`."""
    at = reader.caller.at
    guided = guided_by(rights)
    found = await views.rows(ToDo, to_dos.GUIDED, guided, at, to_dos.MAX_ROWS) if guided else []
    if rights.by.role == "commissioner":  # auditors only read
        on_all, any_of = organisations_served_in_full(rights), rights.organisations_served()
        on_some = await challenges_served(reader, rights)
        found += await views.rows(ToDo, to_dos.ANSWER_AS_COMMISSIONER, on_all, on_some, to_dos.MAX_ROWS, any_of)
        found += await views.rows(ToDo, to_dos.RESPOND, on_all, on_some, to_dos.MAX_ROWS, any_of)
        found += await views.rows(ToDo, to_dos.SETTLE, on_all, on_some, to_dos.MAX_ROWS, any_of)
    if rights.by.role == "participant" and rights.by.person is not None:
        found += await _of_participant(views, rights, rights.by.person, at)
    return found


async def _of_participant(views: ViewStore, rights: TripRights, person: PersonId, at: datetime) -> list[ToDo]:
    teams = own_teams(rights)
    polls = await views.rows(Trip, to_dos.POLLS, teams, to_dos.MAX_ROWS, rights.trips_as_guest())
    advices = await views.rows(Advice, to_dos.ADVICES, teams, to_dos.MAX_ROWS)
    return [
        *await views.rows(ToDo, to_dos.VOTE, person, at, to_dos.MAX_ROWS, rights.by.programmes),
        *await views.rows(ToDo, to_dos.RANK, person, at, to_dos.MAX_ROWS, rights.by.programmes),
        *await views.rows(ToDo, to_dos.ANSWER_OWN, person, to_dos.MAX_ROWS, rights.by.programmes),
        *await views.rows(ToDo, to_dos.GATHERED, teams, at, to_dos.MAX_ROWS),
        *chain.from_iterable(to_dos.poll_to_answer(one, person) for one in polls),
        *chain.from_iterable(to_dos.advice_to_judge(one, person) for one in advices),
    ]


LIST_KEY = re.compile(r"(?:~|[0-9]{4}-[0-9]{2}-[0-9]{2}[T0-9:.+-]*) [a-z_]+ [a-z_]+_[0-9a-z]+")


def list_key(one: ToDo) -> str:
    """The key by which to-dos are ordered and paged: the due date, then those without one."""
    due = one.due_at or one.due_on
    return f"{'~' if due is None else due.isoformat()} {one.kind} {one.id}"


async def with_titles(kring: Kring, found: list[ToDo], language: Language) -> list[ToDo]:
    """The to-dos with titles in this language."""
    names = await names_of(kring, {one.id for one in found})
    await open_texts(kring.log, kring.keys, names.values())
    return [replace(one, title=_title(one, names, language)) for one in found]


def _title(one: ToDo, names: Mapping[str, Name], language: Language) -> str:
    return f"{word(CodeWord(one.kind), language)}: {display_name(one.id, names, language)}"
