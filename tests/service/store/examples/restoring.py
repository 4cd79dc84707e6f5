"""A database that is put back as it was earlier, while others go on using it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from service.store.database import Connection
from service.store.log.log import Log
from tests.conftest import Database
from tests.service.store.examples.log import session

SOON = 20.0  # seconds

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
    """The owner, outside of the database in question."""
    async with session(f"{database.owner_url.rpartition('/')[0]}/postgres") as owner:
        yield owner


async def back_up(database: Database) -> None:
    """Copy its files; nobody may be connected."""
    async with _maintenance(database) as owner:
        await owner.execute(f"create database {_name(database)}_kept template {_name(database)}")


async def put_back(database: Database) -> None:
    """Replace it by the copy; whoever is connected is cut off."""
    async with _maintenance(database) as owner:
        await owner.execute(f"drop database {_name(database)} with (force)")
        await owner.execute(f"create database {_name(database)} template {_name(database)}_kept")
        await owner.execute(f"drop database {_name(database)}_kept")


async def seen(log: Log) -> None:
    """Wait until this process knows what stands at the end of the log: what it never saw it cannot miss."""
    async with asyncio.timeout(SOON):
        while log.head_watcher.polled_head.position < await log.head():  # noqa: ASYNC110  nobody is told
            await asyncio.sleep(0.01)


async def lose_events(database: Database, *, kept: int) -> None:
    """Take away the events after `kept`, and nothing else, as an owner can who switches the triggers off."""
    async with session(database.owner_url) as owner, owner.transaction():
        await owner.execute(LOSE.format(kept=kept))
