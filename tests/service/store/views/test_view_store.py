"""Several processes prepare the tables of views simultaneously on a new database."""

import asyncio
import itertools
from contextlib import AsyncExitStack

import pytest

from service.embedded import Servers
from service.store.database import Connection, open_pool
from service.store.views.view_store import ViewStore, table
from service.views import VIEWS
from tests.conftest import Database

NUMBERS = itertools.count(1)
PROCESSES = 4
ROUNDS = 3

TABLES = """
select count(*) from pg_class where relnamespace = 'views'::regnamespace and relkind = 'r' and relname <> 'checkpoints'
"""


@pytest.mark.parametrize("_", range(ROUNDS))
async def test_processes_find_tables_that_others_created_meanwhile(
    servers: Servers, owner: Connection, migrated: Database, _: int
) -> None:
    name = f"fresh_{next(NUMBERS)}"
    await owner.execute(f"create database {name} template {migrated.url.rpartition('/')[2]} strategy file_copy")
    url = f"{servers.database_url.rpartition('/')[0]}/{name}"
    async with AsyncExitStack() as stack:
        # One session each, so that each has its own cache of what exists, as a process has.
        pools = [await stack.enter_async_context(open_pool(url, 1, 1)) for _ in range(PROCESSES)]
        await asyncio.gather(*(ViewStore(pool, VIEWS).prepare() for pool in pools))
        assert await pools[0].fetchval(TABLES) == len({table(view) for view in VIEWS})
    await owner.execute(f"drop database {name} with (force)")
