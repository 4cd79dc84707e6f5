"""Many commands on one consistency boundary all succeed, and none by luck."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from domain.administration.details import RenameOrganisation
from domain.events.people import OrganisationRenamed
from domain.foundation import Caller, Label, OrganisationId, Refusal
from domain.people.people import RegisterOrganisation
from service import commands as commands_module
from service.clock_and_ids import new_id, new_uuid, now
from service.commands import CommandHandler, OutcomeUnknown
from service.sealing.keys import KeyStore
from service.store.log.log import Log
from service.store.log.mapper import Mapper
from service.store.log.types import IdempotencyKey, Receipt
from tests.conftest import Database
from tests.service.store.examples.log import session, until_somebody_waits_for_the_lock

BEING_RECORDED = "insert into commands values ($1, $2, 1, 1, null, now())"

BY = Caller(role="system", via="test", at=now())
COMMANDS = 200


@pytest.mark.parametrize(("processes", "patience"), [(1, 0.05), (2, commands_module.ALONE_TIMEOUT_S)])
async def test_two_hundred_conflicting_commands_are_all_recorded_even_if_slowly(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int, patience: float
) -> None:
    monkeypatch.setattr(commands_module, "ALONE_TIMEOUT_S", patience)
    keys = KeyStore(tmp_path / "keys")
    organisation = OrganisationId(new_id("organisation"))
    async with AsyncExitStack() as opened:
        logs = [await opened.enter_async_context(Log.open(database.url)) for _ in range(processes)]
        desks = [CommandHandler(log, Mapper(keys), keys) for log in logs]
        await desks[0].execute(lambda: RegisterOrganisation(organisation, name=Label("Thuis"), by=BY))

        async def rename(number: int) -> int:
            name = Label(f"Thuis {number}")
            at = await desks[number % processes].execute(lambda: RenameOrganisation(organisation, name=name, by=BY))
            return at.first

        positions = await asyncio.gather(*map(rename, range(COMMANDS)))
        events = [desks[0].mapper.decode(one) for one in await logs[0].at(positions)]
    assert sorted(positions) == list(range(2, COMMANDS + 2))
    renamed = [one for one in events if isinstance(one, OrganisationRenamed)]
    assert [one.was for one in renamed[1:]] == [one.name for one in renamed[:-1]], "each knew the one before it"


async def test_a_refused_repeat_of_a_late_commit_is_answered_as_recorded(database: Database, tmp_path: Path) -> None:
    keys, once = KeyStore(tmp_path / "keys"), IdempotencyKey(new_uuid(), b"the same")
    organisation = OrganisationId(new_id("organisation"))
    async with Log.open(database.url) as log, session(database.owner_url) as lost:
        commands = CommandHandler(log, Mapper(keys), keys)
        await commands.execute(lambda: RegisterOrganisation(organisation, name=Label("Thuis"), by=BY))

        async def ask() -> Receipt:
            return await commands.execute(
                lambda: RenameOrganisation(organisation, name=Label("Thuis"), by=BY), once=once
            )

        with pytest.raises(Refusal, match="already the case"):
            await ask()
        async with lost.transaction():
            await lost.execute("select lock_log()")
            await lost.execute(BEING_RECORDED, once.id, once.fingerprint)
            with pytest.raises(OutcomeUnknown):
                await ask()
            asking = asyncio.create_task(ask())
            await until_somebody_waits_for_the_lock(lost)
        assert (await asking).repeated


async def test_a_command_without_a_cause_is_its_own_correlation(database: Database, tmp_path: Path) -> None:
    keys, mine = KeyStore(tmp_path / "keys"), IdempotencyKey(new_uuid(), b"mine")
    organisation = OrganisationId(new_id("organisation"))
    async with Log.open(database.url) as log:
        commands = CommandHandler(log, Mapper(keys), keys)
        await commands.execute(lambda: RegisterOrganisation(organisation, name=Label("Thuis"), by=BY), once=mine)
        (cause,) = (await log.read())[0]
        rename = RenameOrganisation(organisation, name=Label("Elders"), by=BY)
        await commands.execute(lambda: rename, cause=cause)
        first, second = (await log.read())[0]
    assert first.command_id == first.correlation_id == mine.id
    assert first.causation_id is None
    assert second.correlation_id == first.correlation_id != second.command_id
    assert second.causation_id == first.position
