"""A database that is restored to an earlier state while others keep using it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from service.store.database import Connection
from service.store.log.log import Log
from tests.conftest import Database
from tests.service.store.examples.log import session

TIMEOUT_S = 20.0

LOSE = """
alter table events disable trigger append_only;
alter table event_tags disable trigger append_only;
delete from events where position > {kept};
delete from event_tags where position > {kept};
alter table events enable always trigger append_only;
alter table event_tags enable always trigger append_only;
"""


def _name(database: Database) -> str:
    return database.owner_url.rpartition("/")[2]


@asynccontextmanager
async def _maintenance(database: Database) -> AsyncGenerator[Connection]:
    """Connection of the owner outside of the database in question."""
    async with session(f"{database.owner_url.rpartition('/')[0]}/postgres") as owner:
        yield owner


async def back_up(database: Database) -> None:
    """Copy the database's files; nobody may be connected."""
    async with _maintenance(database) as owner:
        await owner.execute(f"create database {_name(database)}_kept template {_name(database)}")


async def put_back(database: Database) -> None:
    """Replace the database by the copy and cut off all connections."""
    async with _maintenance(database) as owner:
        await owner.execute(f"drop database {_name(database)} with (force)")
        await owner.execute(f"create database {_name(database)} template {_name(database)}_kept")
        await owner.execute(f"drop database {_name(database)}_kept")


async def seen(log: Log) -> None:
    """Wait until this process knows the end of the log: it cannot miss what it never saw."""
    async with asyncio.timeout(TIMEOUT_S):
        while log.head_watcher.polled_head.position < await log.head():  # noqa: ASYNC110  there is no notification
            await asyncio.sleep(0.01)


async def lose_events(database: Database, *, kept: int) -> None:
    """Delete the events after `kept` and nothing else, as an owner can who disables the triggers."""
    async with session(database.owner_url) as owner, owner.transaction():
        await owner.execute(LOSE.format(kept=kept))
