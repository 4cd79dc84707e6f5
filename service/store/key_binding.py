"""Binds a log to its key store, so that it is never opened with another one or with a new one (decision 0034)."""

from pathlib import Path

from service.sealing.keys import KeyStore, OtherKeys
from service.store.database import Queries

BOUND_FINGERPRINT = "select fingerprint from key_store"

BIND_FINGERPRINT = "insert into key_store (fingerprint) values ($1) on conflict do nothing"

HAS_EVENTS = "select exists (select from events)"


async def bound_keys(path: Path, database: Queries, *, make: bool = True) -> KeyStore:
    """Open the key store in `path`, which must belong to the log in `database`. Create it if it is missing and the log is empty.

    `make` False: never create it, and write nothing. Raises KeysMissing, OtherKeys or Damaged, and has then created nothing.
    """
    bound: bytes | None = await database.fetchval(BOUND_FINGERPRINT)
    if bound is None and not await database.fetchval(HAS_EVENTS):
        keys = KeyStore(path, opening="make" if make else "not_yet")
    else:
        keys = KeyStore(path, opening="existing")
    if bound is None and make:
        await database.execute(BIND_FINGERPRINT, keys.fingerprint)
        bound = await database.fetchval(BOUND_FINGERPRINT)  # another process may have bound another folder first
    if bound not in {None, keys.fingerprint}:
        raise OtherKeys(path)
    return keys
