"""The worker's pulse in Valkey: whether anybody does jobs, for who asks how Kring is."""

import asyncio
from typing import Any

import redis.asyncio
import structlog
from redis.exceptions import RedisError

EVERY, LASTS = 2.0, 10  # seconds
PATIENCE = 2.0  # seconds

log = structlog.get_logger(__name__)


async def beat(redis_url: str, log_id: str) -> None:
    """Tell every two seconds that there is a worker, until cancelled."""
    valkey = _valkey(redis_url)
    try:
        while True:
            try:
                await valkey.set(_key(log_id), b"1", ex=LASTS)
            except (RedisError, OSError) as error:
                log.warning("pulse_not_told", error=type(error).__name__)
            await asyncio.sleep(EVERY)
    finally:
        await valkey.aclose()


async def heard(redis_url: str, log_id: str) -> bool:
    """Whether a worker told of itself within ten seconds. Raises RedisError or OSError where Valkey does not answer."""
    valkey = _valkey(redis_url)
    try:
        return bool(await valkey.exists(_key(log_id)))
    finally:
        await valkey.aclose()


def _valkey(redis_url: str) -> Any:
    """A client; the library says little about its types."""
    library: Any = redis.asyncio
    return library.from_url(redis_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)


def _key(log_id: str) -> str:
    return f"kring:{log_id}:worker"
