"""A log is opened with the keys that it was written with, or not at all."""

from pathlib import Path

import pytest

from service.auth.issuing import issue_token
from service.config import Config, load
from service.embedded import Servers
from service.kring import open_kring
from service.sealing.keys import KeysMissing, KeyStore, OtherKeys
from service.store.log.log import Log
from tests.conftest import Database
from tests.service.store.examples.log import an_append


@pytest.fixture
def config(database: Database, servers: Servers, tmp_path: Path) -> Config:
    environ = {
        "KRING_DATABASE_URL": database.url,
        "KRING_REDIS_URL": servers.redis_url,
        "KRING_KEYS": str(tmp_path / "keys"),
    }
    return load(environ, data=tmp_path / "data")


async def test_the_first_opening_creates_a_key_store_and_later_ones_use_it(config: Config) -> None:
    async with open_kring(config) as kring:
        first = kring.keys.fingerprint
        await issue_token(kring.commands, "manager")
    async with open_kring(config) as kring:
        assert kring.keys.fingerprint == first


async def test_a_log_whose_keys_are_missing_is_not_opened_and_gets_no_new_ones(config: Config, tmp_path: Path) -> None:
    async with open_kring(config) as kring:
        await issue_token(kring.commands, "manager")
    config.keys.rename(tmp_path / "put away")
    with pytest.raises(KeysMissing):
        async with open_kring(config):
            pass
    assert not config.keys.exists()
    (tmp_path / "put away").rename(config.keys)
    async with open_kring(config):
        pass


async def test_a_bound_log_without_events_gets_no_new_keys_either(config: Config, tmp_path: Path) -> None:
    async with open_kring(config):
        pass
    config.keys.rename(tmp_path / "put away")
    with pytest.raises(KeysMissing):
        async with open_kring(config):
            pass


async def test_a_log_is_not_opened_with_the_keys_of_another(config: Config, tmp_path: Path) -> None:
    async with open_kring(config):
        pass
    config.keys.rename(tmp_path / "put away")
    KeyStore(config.keys)
    with pytest.raises(OtherKeys):
        async with open_kring(config):
            pass


async def test_a_log_with_events_but_no_bound_keys_gets_no_new_ones(config: Config, database: Database) -> None:
    async with Log.open(database.url) as log:
        await log.append(an_append())
    with pytest.raises(KeysMissing):
        async with open_kring(config):
            pass
    assert not config.keys.exists()
