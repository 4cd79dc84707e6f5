"""The tie between a log and its key store: a log is never opened with the keys of another, or with new ones (decision 0034)."""

from pathlib import Path

from service.sealing.keys import KeyStore, OtherKeys
from service.store.database import Queries

BOUND = "select fingerprint from key_store"

BIND = "insert into key_store (fingerprint) values ($1) on conflict do nothing"

HAS_EVENTS = "select exists (select from events)"


async def bound_keys(path: Path, database: Queries, *, make: bool = True) -> KeyStore:
    """The key store in `path`, which belongs to the log in `database`. For a log without events it is made where it is missing.

    `make` False: it is not, and nothing is written. Raises KeysMissing, OtherKeys, Damaged; then nothing was made.
    """
    bound: bytes | None = await database.fetchval(BOUND)
    if bound is None and not await database.fetchval(HAS_EVENTS):
        keys = KeyStore(path, opening="make" if make else "not_yet")
    else:
        keys = KeyStore(path, opening="existing")
    if bound is None and make:
        await database.execute(BIND, keys.fingerprint)
        bound = await database.fetchval(BOUND)  # another process may have been quicker, with another folder
    if bound not in {None, keys.fingerprint}:
        raise OtherKeys(path)
    return keys
