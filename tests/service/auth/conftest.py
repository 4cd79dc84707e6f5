"""A Kring with people, for signing in; nothing runs by itself."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from service.config import load
from service.kring import open_kring
from tests.conftest import Database
from tests.service.auth.examples.signing_in import People
from tests.workers.examples.stage import Stage


@pytest.fixture
async def people(database: Database, redis_url: str, tmp_path: Path) -> AsyncGenerator[People]:
    """Three participants of a programme, and their requests to sign in."""
    environ = {
        "KRING_DATABASE_URL": database.url,
        "KRING_OWNER_URL": database.owner_url,
        "KRING_REDIS_URL": redis_url,
        "KRING_KEYS": str(tmp_path / "keys"),
        "KRING_PUBLIC_URL": "https://kring.example",
    }
    async with open_kring(load(environ, data=tmp_path)) as kring:
        stage = Stage(kring)
        await stage.set_up()
        people = People(stage)
        yield people
        await people.sign_ins.close()
