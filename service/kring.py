"""What a running Kring consists of, for whoever serves, projects or works with it."""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from service.commands import CommandHandler
from service.config import Config
from service.sealing.keys import KeyStore
from service.store.key_binding import bound_keys
from service.store.log.log import Log
from service.store.log.mapper import Mapper
from service.store.log.unknown_events import unknown_events
from service.store.schema import require_this_version
from service.store.views.time_travel import PastViews
from service.store.views.view_store import ViewStore
from service.views import VIEWS

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Kring:
    """The desk for commands and the views for reading, on one database and one key store."""

    commands: CommandHandler
    views: ViewStore
    config: Config

    @property
    def log(self) -> Log:
        """The log."""
        return self.commands.log

    @property
    def keys(self) -> KeyStore:
        """The key store."""
        return self.commands.keys

    def past(self, scope: Sequence[str], until: int, *, only: Collection[str] | None = None) -> PastViews:
        """The views as they were at this position, of what stands in a scope."""
        return PastViews(self.views, self.log, self.commands.mapper, scope, until, only=only)


@asynccontextmanager
async def open_kring(config: Config, *, make_keys: bool = True) -> AsyncGenerator[Kring]:
    """Open everything on the servers that `config` names.

    Raises SchemaError unless migrations ran before, and KeyStoreError unless the key store is the one of this log.
    `make_keys` False: a new log, which has none yet, is given none. Events in the log that this program does not know are
    logged; it goes on with the rest.
    """
    assert config.database_url is not None, "the servers are up before Kring opens"
    async with Log.open(config.database_url) as log:
        await require_this_version(log.pool)
        keys = await bound_keys(config.keys, log.pool, make=make_keys)
        for one in await unknown_events(log.pool):
            logger.warning("events_of_unknown_type", type=one.type, first_position=one.position)
        views = ViewStore(log.pool, VIEWS)
        await views.prepare()
        yield Kring(CommandHandler(log, Mapper(keys), keys), views, config)
