"""A stage for workers: Kring on a new database with a programme, and an empty Valkey."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from service.config import load
from service.kring import open_kring
from tests.conftest import Database
from tests.workers.examples.stage import Stage


@pytest.fixture
async def stage(database: Database, redis_url: str, tmp_path: Path) -> AsyncGenerator[Stage]:
    """A stage on which nothing runs by itself yet."""
    environ = {
        "KRING_DATABASE_URL": database.url,
        "KRING_REDIS_URL": redis_url,
        "KRING_KEYS": str(tmp_path / "keys"),
        "KRING_PUBLIC_URL": "https://kring.example",
    }
    async with open_kring(load(environ, data=tmp_path)) as kring:
        stage = Stage(kring)
        await stage.set_up()
        yield stage
