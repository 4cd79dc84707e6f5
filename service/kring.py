"""The parts of a running Kring, shared by the service, the projector and the workers."""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from service.ballot_papers import Envelopes
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
    """The command handler and the views, on one database and one key store."""

    commands: CommandHandler
    views: ViewStore
    config: Config
    envelopes: Envelopes = field(default_factory=Envelopes)
    """The envelope of the next ballot papers that this process seals."""

    @property
    def log(self) -> Log:
        """The log."""
        return self.commands.log

    @property
    def keys(self) -> KeyStore:
        """The key store."""
        return self.commands.keys

    def past(self, scope: Sequence[str], until: int, *, only: Collection[str] | None = None) -> PastViews:
        """The views as of this position, of the events under the tags in `scope`. `only`: the keys of the rows to fold."""
        return PastViews(self.views, self.log, self.commands.mapper, scope, until, only=only)


@asynccontextmanager
async def open_kring(config: Config, *, make_keys: bool = True) -> AsyncGenerator[Kring]:
    """Open the log, the key store and the views on the servers that `config` names.

    Raises `SchemaError` if the migrations have not been run, and `KeyStoreError` if the key store belongs to another log.
    `make_keys` False: do not make a key store for a new log. Event types that this program does not know are logged as
    warnings.
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
