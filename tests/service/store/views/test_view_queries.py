"""PostgreSQL can prepare every query over views in the program."""

import pkgutil
from importlib import import_module
from typing import Any

import asyncpg
import pytest

import projections
import service
import workers
from projections.derived.reports import REPORTS
from projections.query import ViewQuery
from projections.teams import TEAMS
from service.store.database import open_pool
from service.store.views.view_store import ViewStore, table
from service.views import VIEWS
from tests.conftest import Database


def constants() -> dict[str, ViewQuery]:
    """Queries of all modules, by name."""
    packages: tuple[Any, ...] = (projections, service, workers)
    modules = [
        import_module(found.name)
        for package in packages
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not found.name.endswith("__main__")
    ]
    return {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, ViewQuery)
    }


async def test_every_query_can_be_prepared(database: Database) -> None:
    queries = {**constants(), **{f"the report {one.name}": one.query for one in REPORTS}}
    assert len(queries) > len(REPORTS)
    async with open_pool(database.url, 1, 1) as pool:
        await ViewStore(pool, VIEWS).prepare()
        async with pool.acquire() as connection:
            for name, query in queries.items():
                try:
                    await connection.prepare(query.sql(table))
                except asyncpg.PostgresError as error:
                    raise AssertionError(f"{name}: {error}") from error


async def test_a_view_named_without_a_placeholder_is_unknown(database: Database) -> None:
    query = ViewQuery("select * from {teams} t join names on true", TEAMS)
    async with open_pool(database.url, 1, 1) as pool:
        await ViewStore(pool, VIEWS).prepare()
        async with pool.acquire() as connection:
            with pytest.raises(asyncpg.UndefinedTableError, match="names"):
                await connection.prepare(query.sql(table))
