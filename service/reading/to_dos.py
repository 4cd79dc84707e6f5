"""To-dos of a person, in the role of their token."""

import asyncio
import re
from collections.abc import Mapping
from itertools import chain

from msgspec.structs import replace

from domain.advice.presenting import TIME_TO_ANSWER
from domain.foundation import CodeWord, Language
from domain.trips.guests import TripRights
from projections.derived import to_dos
from projections.derived.to_dos import ToDo
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
    at, by = reader.caller.at, rights.by
    if guided := guided_by(rights):
        return await views.rows(ToDo, to_dos.GUIDED, guided, at, to_dos.MAX_ROWS)
    if by.role == "commissioner":  # auditors only read
        on_all, any_of = organisations_served_in_full(rights), rights.organisations_served()
        on_some = await challenges_served(reader, rights)
        kinds = (to_dos.ANSWER_AS_COMMISSIONER, to_dos.RESPOND, to_dos.SETTLE)
        asked = (views.rows(ToDo, one, on_all, on_some, to_dos.MAX_ROWS, any_of) for one in kinds)
        return [*chain.from_iterable(await asyncio.gather(*asked))]
    if by.role == "participant" and by.person is not None:
        own = (by.programmes, own_teams(rights), rights.trips_as_guest(), TIME_TO_ANSWER)
        return await views.rows(ToDo, to_dos.OF_PARTICIPANT, by.person, at, to_dos.MAX_ROWS, *own)
    return []


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
