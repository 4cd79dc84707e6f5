"""Files that are stored while their event is recorded."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from domain.foundation import FileId, Refusal, TeamId, Text
from domain.spanning.sharing import WorkReader
from service.commands import OutcomeUnknown
from service.reading.reader import Reader
from service.store import files


class NoRoom(Refusal):
    """The disk is full; nothing was recorded."""

    CODE = "no-room"
    STATUS = 507
    TEXT = Text(
        en="There is no room for this file at the moment; nothing was recorded.",
        nl="Er is op dit moment geen ruimte voor dit bestand; er is niets vastgelegd.",
    )


async def require_writer(reader: Reader, team: TeamId) -> None:
    """Check that the caller may attach a file before any of it is stored; `AttachFile` checks it again.

    Raises `NotFound`, `NotAllowed`.
    """
    rights, _ = await reader.kring.commands.load(WorkReader(team, by=reader.caller))
    formed = rights.require_team()
    rights.require_member(team, formed.programme, formed.organisation)


@asynccontextmanager
async def stored(reader: Reader, file: FileId, octets: bytes) -> AsyncGenerator[None]:
    """Store the bytes while their event is recorded; remove them if it certainly was not. Raises `NoRoom`."""
    pool = reader.kring.log.pool
    try:
        await files.store(pool, reader.kring.keys, file, octets)
    except files.DiskFull:
        raise NoRoom from None
    try:
        yield
    except OutcomeUnknown:
        raise
    except Refusal:
        await files.delete(pool, file)
        raise
