"""Limits on how often something may be asked for, counted in Valkey for all processes; without Valkey, in this process.

Counted per moving window, so that nobody gets twice the limit around the end of a period.
"""

import math
import time
from collections.abc import Callable
from typing import NamedTuple, cast

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

VALKEY_TIMEOUT_S = 0.5
"""To connect, and for an answer: somebody waits for it."""

log = structlog.get_logger(__name__)


class Limit(NamedTuple):
    """At most `most` times in any period of `seconds`, for each key. `name`: distinguishes it from other limits."""

    name: str
    most: int
    seconds: int


class Throttle:
    """Counts per key. `namespace`: keeps the counts of two installations on one Valkey apart."""

    def __init__(self, redis_url: str | None, namespace: str) -> None:
        self._namespace = namespace
        self._memory = MovingWindowRateLimiter(MemoryStorage())
        self._valkey = None if redis_url is None else _Valkey(redis_url)

    async def hit(self, limit: Limit, key: str) -> int:
        """Count one more for `key`. Returns 0, or the seconds to wait if this is more than the limit allows."""
        item = RateLimitItemPerSecond(limit.most, limit.seconds, namespace=f"{self._namespace}:{limit.name}")
        if self._valkey is not None:
            try:
                return await _hit(self._valkey.limiter, item, key)
            except (RedisError, OSError) as error:
                log.warning("counted_without_valkey", limit=limit.name, error=type(error).__name__)
        return await _hit(self._memory, item, key)

    async def close(self) -> None:
        """Close the connections to Valkey."""
        if self._valkey is not None:
            await self._valkey.close()


class _Valkey:
    """A limiter on Valkey, which connects when it is first used."""

    def __init__(self, url: str) -> None:
        self._connections: ConnectionPool = ConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]  incomplete types in redis
            url,
            socket_connect_timeout=VALKEY_TIMEOUT_S,
            socket_timeout=VALKEY_TIMEOUT_S,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
        )
        # The storage takes its address from the pool, not from the first argument.
        make_storage = cast("Callable[..., RedisStorage]", RedisStorage)
        storage = make_storage("redis://", implementation="redispy", connection_pool=self._connections)
        self.limiter = MovingWindowRateLimiter(storage)

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.disconnect()


async def _hit(limiter: MovingWindowRateLimiter, item: RateLimitItem, key: str) -> int:
    if await limiter.hit(item, key):
        return 0
    stats = await limiter.get_window_stats(item, key)
    return max(1, math.ceil(stats.reset_time - time.time()))
