"""The status of a role that one process has at a time."""

from service.store.heartbeats import PROJECTOR, TRY_LOCK, RoleStatus, beat, role_status
from tests.conftest import Database
from tests.service.store.examples.log import session


async def test_a_role_that_nobody_had_is_not_active(database: Database) -> None:
    async with session(database.url) as reader:
        assert await role_status(reader, PROJECTOR) == RoleStatus(active=False, silent_s=None)


async def test_a_process_without_a_heartbeat_is_silent_since_it_connected(database: Database) -> None:
    async with session(database.url) as active, session(database.url) as reader:
        assert await active.fetchval(TRY_LOCK, PROJECTOR)
        status, later = await role_status(reader, PROJECTOR), await role_status(reader, PROJECTOR)
        assert status.active
        assert status.silent_s is not None
        assert later.silent_s is not None
        assert later.silent_s > status.silent_s


async def test_a_role_is_silent_since_its_last_heartbeat(database: Database) -> None:
    async with session(database.url) as active, session(database.url) as reader:
        assert await active.fetchval(TRY_LOCK, PROJECTOR)
        await beat(active, PROJECTOR)
        await active.execute("update heartbeats set beat_at = beat_at - interval '1 hour'")
        status = await role_status(reader, PROJECTOR)
        assert status.silent_s is not None
        assert status.silent_s >= 3600
