"""The key store. Destroying a key here makes everything that is sealed under it unreadable for ever.

It is a folder outside PostgreSQL and its backups, with one file per key. A key is 32 random bytes. To destroy it, its file is
truncated to zero bytes; the empty file remains as a tombstone.

The file `store/identity` is created with the store and never again. It distinguishes one store from another, and a store from
an empty folder whose volume is not mounted. All store-wide secrets are derived from it, so that none can be lost alone.

    KeyStoreError
    ├── BadName      not the name of a key
    ├── NoSuchKey    the key was never created here
    ├── Destroyed    the key was destroyed, and cannot be created again
    ├── Damaged      the file has a wrong length
    ├── KeysMissing  there is no store in this folder
    └── OtherKeys    the store in this folder belongs to another log
"""

import hmac
import os
import re
import secrets
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Literal

import structlog

KEY_BYTES: Final = 32
MAX_CACHE_AGE_S: Final = 60.0
"""The longest that this process uses a key after another process has destroyed it."""
MAX_CACHED_KEYS: Final = 4096
ABANDONED_AFTER_S: Final = 3600.0
"""Temporary files older than this were left by a crash."""

_KEY_NAME: Final = re.compile(r"[a-z_]{1,40}/[a-z_]{1,40}_[0-9a-z]{26}")
_SECRET_NAME: Final = re.compile(r"store/[a-z]{1,40}")
_TEMPORARY: Final = ".making"  # not a possible name of a key
_IDENTITY: Final = "store/identity"

log = structlog.get_logger(__name__)


class KeyStoreError(Exception):
    """The key store cannot be used, or cannot provide a key."""


class BadName(KeyStoreError):
    """Not the name of a key, such as `person/person_01m8…` or `store/email`."""


class NoSuchKey(KeyStoreError):
    """The key was never created in this store."""


class Destroyed(KeyStoreError):
    """The key was destroyed; texts that are sealed under it can never be decrypted again."""


class Damaged(KeyStoreError):
    """The key's file has a wrong length; restore it from the backup of the key store."""


class KeysMissing(KeyStoreError):
    """There is no key store in this folder, and none was created. The message is for operators and says what to do."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no key store in {path}, and this log was written with one. Put the folder back from its own copy, "
            "mount its volume, or correct KRING_KEYS. Without its keys no name and no text can be read; nothing was changed."
        )


class OtherKeys(KeyStoreError):
    """The key store in this folder belongs to another log. The message is for operators and says what to do."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The key store in {path} belongs to another log than the one in this database. Put back the folder that belongs "
            "to it, or correct KRING_KEYS or KRING_DATABASE_URL; nothing was changed."
        )


@dataclass(frozen=True, slots=True, repr=False)
class _CachedKey:
    key: bytes
    read_at: float
    durable: bool
    """The key's directory entry is certainly on disk, so an event that is sealed under it may be recorded."""


class KeyStore:
    """The keys in the folder `path`. Several threads and processes may use it.

    The name of a key is `<kind>/<id>` (`person/person_…`, `team/team_…`, `ballot/ballot_…`), that of a secret `store/<word>`.
    `make` and `destroy` wait for the disk (milliseconds), so call them in a thread if there is an event loop. `clock` returns
    seconds.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.monotonic,
        *,
        opening: Literal["make", "existing", "not_yet"] = "make",
    ) -> None:
        """Open the store. `make`: create it if it is missing, for a new log only. `existing`: raise KeysMissing if it is missing.

        `not_yet`: for inspecting an installation that was never started; all keys are missing, and none is created.
        Raises Damaged, and OSError if the folder cannot be created or its access cannot be restricted to the owner.
        """
        self._root = path
        self._clock = clock
        self._lock = Lock()
        # In the order in which they were read: the first is the oldest.
        self._cache: dict[str, _CachedKey] = {}
        self._identity = b""
        if opening == "make":
            self._make_identity()
        if opening != "not_yet":
            self._identity = self._read_identity()
            self._restrict_access()

    def _make_identity(self) -> None:
        path, identity = self._root, self._root / _IDENTITY
        for missing in reversed([folder for folder in (path, *path.parents) if not folder.exists()]):
            _private_folder(missing)
            sync_folder(missing.parent)
        if not identity.exists():
            for folder in (path, path / _TEMPORARY, identity.parent):
                _private_folder(folder)
            sync_folder(path)
            self._write(identity)
            sync_folder(identity.parent)

    def _restrict_access(self) -> None:
        if stat.S_IMODE(self._root.stat().st_mode) & 0o077:
            log.warning("key_store_was_open_to_others", mode=f"{stat.S_IMODE(self._root.stat().st_mode):o}")
        _private_folder(self._root)
        _private_folder(self._root / _TEMPORARY)
        _delete_abandoned(self._root / _TEMPORARY)

    def _read_identity(self) -> bytes:
        try:
            return _read(_IDENTITY, self._root / _IDENTITY)
        except (NoSuchKey, NotADirectoryError):
            raise KeysMissing(self._root) from None
        except Destroyed:
            raise Damaged(_IDENTITY) from None

    @property
    def fingerprint(self) -> bytes:
        """32 bytes that identify this store and reveal nothing about its keys."""
        return hmac.digest(self._identity, b"fingerprint", "sha256")

    @property
    def cached_names(self) -> set[str]:
        """The names of the keys that are in memory."""
        with self._lock:
            return set(self._cache)

    def require_present(self) -> None:
        """Raises KeysMissing or OtherKeys unless the folder still holds the store that was opened: a volume may be unmounted."""
        if self._read_identity() != self._identity:
            raise OtherKeys(self._root)

    def get(self, name: str) -> bytes:
        """The key `name`, 32 bytes, for decrypting; to encrypt, use `make`. Raises BadName, NoSuchKey, Destroyed, Damaged."""
        _require_name(name)
        return self._cached(name, durable=False) or self._load(name, durable=False)

    def make(self, name: str) -> bytes:
        """The key `name`, 32 bytes, created if it does not exist. Raises BadName, Destroyed, Damaged.

        On return the key is on disk, so that after any crash an event that was sealed under it can be decrypted. Concurrent
        calls for the same name return the same key.
        """
        _require_name(name)
        if cached := self._cached(name, durable=True):
            return cached
        self._prepare_folder(name)
        file = self._file(name)
        if not os.access(file, os.F_OK):
            self._write(file)
        # Even if another process created it: that one may not have synced the folder yet.
        sync_folder(self._folder(name))
        return self._load(name, durable=True)

    def secret(self, name: str) -> bytes:
        """The store-wide secret `store/<word>`, 32 bytes. Raises BadName."""
        if not _SECRET_NAME.fullmatch(name):
            raise BadName(name)
        return hmac.digest(self._identity, name.encode(), "sha256")

    def destroy(self, name: str) -> None:
        """Destroy the key `name` for ever, whether it exists, was destroyed before, or never existed. Raises BadName.

        On return the tombstone is on disk. This process drops the key from its cache at once, others within 60 seconds.
        """
        _require_name(name)
        with self._lock:
            self._cache.pop(name, None)
            self._prepare_folder(name)
            # Truncated, not unlinked, so that a second link which a crash left in `.making` is emptied as well.
            descriptor = os.open(self._file(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            sync_folder(self._folder(name))

    def _file(self, name: str) -> str:
        """The file of a key.

        Not a `Path`, which interns the parts of its name. Python's table of interned strings is copied (4 MB) whenever it grows,
        and that fragments memory for good.
        """
        return f"{self._root}/{name}"

    def _folder(self, name: str) -> Path:
        """The folder of the keys of this kind."""
        return self._root / name.partition("/")[0]

    def _cached(self, name: str, *, durable: bool) -> bytes | None:
        with self._lock:
            self._evict()
            found = self._cache.get(name)
            return found.key if found and (found.durable or not durable) else None

    def _prepare_folder(self, name: str) -> None:
        self.require_present()
        _private_folder(self._folder(name))
        sync_folder(self._root)

    def _write(self, file: str | Path) -> None:
        """Create a new key at `file` atomically, unless another process was first."""
        temporary = self._root / _TEMPORARY / secrets.token_hex(16)
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as writing:
                writing.write(secrets.token_bytes(KEY_BYTES))
                writing.flush()
                os.fsync(descriptor)
            os.link(temporary, file)
        except FileExistsError:
            return
        finally:
            temporary.unlink(missing_ok=True)

    def _load(self, name: str, *, durable: bool) -> bytes:
        with self._lock:  # while reading too, so that a key which is destroyed meanwhile is not cached
            read_at = self._clock()
            try:
                key = _read(name, self._file(name))
            except NoSuchKey:
                self.require_present()  # without the store, the key may exist
                raise
            self._cache.pop(name, None)
            self._cache[name] = _CachedKey(key, read_at, durable)
            self._evict()
            return key

    def _evict(self) -> None:
        limit = self._clock() - MAX_CACHE_AGE_S
        while self._cache:
            oldest = next(iter(self._cache))
            if len(self._cache) <= MAX_CACHED_KEYS and self._cache[oldest].read_at > limit:
                return
            del self._cache[oldest]


def _require_name(name: str) -> None:
    if not _KEY_NAME.fullmatch(name):
        raise BadName(name)


def _read(name: str, file: str | Path) -> bytes:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise NoSuchKey(name) from None
    try:
        key = os.read(descriptor, KEY_BYTES + 1)
    finally:
        os.close(descriptor)
    if not key:
        raise Destroyed(name)
    if len(key) != KEY_BYTES:
        raise Damaged(name)
    return key


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        folder.chmod(0o700)


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on disk; syncing a file does not guarantee that (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _delete_abandoned(folder: Path) -> None:
    """Delete files that crashes left. In a copy of the store, such a second link would be a file that `destroy` misses."""
    limit = time.time() - ABANDONED_AFTER_S
    for temporary in folder.iterdir():
        try:
            if temporary.stat().st_mtime < limit:
                temporary.unlink()
        except FileNotFoundError:
            continue
