"""The key store: the one place where what is sealed can be made unreadable for ever.

A folder outside PostgreSQL and its backups, one file per key. A key is 32 random bytes; destroying truncates its file to
zero bytes, and the empty file is the tombstone that stays.

The file `store/identity` is made with the store and never again: it tells one store from another, and from an empty folder
where a volume is not mounted. All store-wide secrets are derived from it, so that none of them can be lost alone.

    KeyStoreError
    ├── BadName      not the name of a key
    ├── NoSuchKey    never made here
    ├── Destroyed    made or not, it will never be again
    ├── Damaged      the file holds neither a key nor nothing
    ├── KeysMissing  there is no store in this folder, or not any more
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
MAX_CACHE_AGE_S: Final = 60.0  # seconds; the longest that a key destroyed by another process is still used in this one
MAX_CACHED_KEYS: Final = 4096  # keys
ABANDONED_AFTER_S: Final = 3600.0  # seconds; nobody takes this long to make a key

_KEY_NAME: Final = re.compile(r"[a-z_]{1,40}/[a-z_]{1,40}_[0-9a-z]{26}")
_SECRET_NAME: Final = re.compile(r"store/[a-z]{1,40}")
_MAKING: Final = ".making"  # no key can be named so
_IDENTITY: Final = "store/identity"

log = structlog.get_logger(__name__)


class KeyStoreError(Exception):
    """The key store cannot give that key."""


class BadName(KeyStoreError):
    """Not the name of a key: `person/person_01m8…`, `store/email`."""


class NoSuchKey(KeyStoreError):
    """No such key was ever made in this store."""


class Destroyed(KeyStoreError):
    """The key was destroyed; what it sealed cannot be opened again."""


class Damaged(KeyStoreError):
    """The key's file has a wrong length; restore it from the key store's own backup."""


class KeysMissing(KeyStoreError):
    """There is no key store in this folder; nothing was made there. The text is for people and says what to do."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no key store in {path}, and this log was written with one. Put the folder back from its own copy, "
            "mount its volume, or correct KRING_KEYS. Without its keys no name and no text can be read; nothing was changed."
        )


class OtherKeys(KeyStoreError):
    """The key store in this folder belongs to another log. The text is for people and says what to do."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The key store in {path} belongs to another log than the one in this database. Put back the folder that belongs "
            "to it, or correct KRING_KEYS or KRING_DATABASE_URL; nothing was changed."
        )


@dataclass(frozen=True, slots=True, repr=False)
class _Remembered:
    key: bytes
    since: float
    lasting: bool
    """The key's directory entry is known to be on disk, so an event sealed under it may be recorded."""


class KeyStore:
    """The keys under the folder `path`. Safe to use from several threads and processes.

    A key's name is `<kind>/<id>` (`person/person_…`, `team/team_…`, `ballot/ballot_…`), a secret's `store/<word>`. `make`
    and `destroy` wait for the disk (milliseconds); on an event loop call them in a thread. `clock` counts seconds.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.monotonic,
        *,
        opening: Literal["make", "existing", "not_yet"] = "make",
    ) -> None:
        """Open the store: `make` it where it is missing (for a new log alone), or raise KeysMissing unless it is `existing`.

        `not_yet` is for a look at an installation that nobody has started yet: every key is missing, and none is made.
        Raises OSError if the folder cannot be made, or be closed to everybody else; Damaged.
        """
        self._root = path
        self._clock = clock
        self._lock = Lock()
        # In the order in which they were read, so the first is the oldest.
        self._remembered: dict[str, _Remembered] = {}
        self._identity = b""
        if opening == "make":
            self._make_identity()
        if opening != "not_yet":
            self._identity = self._found_identity()
            self._close_to_others()

    def _make_identity(self) -> None:
        path, identity = self._root, self._root / _IDENTITY
        for missing in reversed([folder for folder in (path, *path.parents) if not folder.exists()]):
            _private_folder(missing)
            _sync_folder(missing.parent)
        if not identity.exists():
            for folder in (path, path / _MAKING, identity.parent):
                _private_folder(folder)
            _sync_folder(path)
            self._write(identity)
            _sync_folder(identity.parent)

    def _close_to_others(self) -> None:
        if stat.S_IMODE(self._root.stat().st_mode) & 0o077:
            log.warning("key_store_was_open_to_others", mode=f"{stat.S_IMODE(self._root.stat().st_mode):o}")
        _private_folder(self._root)
        _private_folder(self._root / _MAKING)
        _sweep(self._root / _MAKING)

    def _found_identity(self) -> bytes:
        try:
            return _read(_IDENTITY, self._root / _IDENTITY)
        except (NoSuchKey, NotADirectoryError):
            raise KeysMissing(self._root) from None
        except Destroyed:
            raise Damaged(_IDENTITY) from None

    @property
    def fingerprint(self) -> bytes:
        """32 bytes by which this store is known outside; they tell nothing of its keys."""
        return hmac.digest(self._identity, b"fingerprint", "sha256")

    def require_present(self) -> None:
        """Raises KeysMissing or OtherKeys unless the folder still holds the store that was opened: a volume may come loose."""
        if self._found_identity() != self._identity:
            raise OtherKeys(self._root)

    def get(self, name: str) -> bytes:
        """The key called `name`, 32 bytes, to open with; to seal, `make` it. Raises BadName, NoSuchKey, Destroyed, Damaged."""
        _require_name(name)
        return self._known(name, lasting=False) or self._load(name, lasting=False)

    def make(self, name: str) -> bytes:
        """The key called `name`, 32 bytes, made if it is not there, and safe on disk. Raises BadName, Destroyed, Damaged.

        Whatever happens to the machine afterwards, an event that is sealed under it and recorded can be opened. Two that make
        the same key at once get the same one.
        """
        _require_name(name)
        if known := self._known(name, lasting=True):
            return known
        self._prepare_folder(name)
        file = self._file(name)
        if not os.access(file, os.F_OK):
            self._write(file)
        # Also when another process made it: its own sync may still be under way.
        _sync_folder(self._folder(name))
        return self._load(name, lasting=True)

    def secret(self, name: str) -> bytes:
        """The store-wide secret `store/<word>`, 32 bytes. Raises BadName."""
        if not _SECRET_NAME.fullmatch(name):
            raise BadName(name)
        return hmac.digest(self._identity, name.encode(), "sha256")

    def destroy(self, name: str) -> None:
        """Destroy the key called `name` for ever; it need not exist, and may be destroyed already. Raises BadName.

        When this returns the tombstone is on disk. This process forgets the key at once, others within 60 seconds.
        """
        _require_name(name)
        with self._lock:
            self._remembered.pop(name, None)
            self._prepare_folder(name)
            # The inode is truncated, not unlinked: a second link that a crash left in `.making` is emptied with it.
            descriptor = os.open(self._file(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            _sync_folder(self._folder(name))

    def _file(self, name: str) -> str:
        """The file of a key.

        Not a `Path`, which interns the parts of its name: Python keeps interned names in one table, which is copied (4 MB) each
        time that it has taken so many of them, and leaves holes in memory that stay.
        """
        return f"{self._root}/{name}"

    def _folder(self, name: str) -> Path:
        """The folder of all keys of this kind."""
        return self._root / name.partition("/")[0]

    def _known(self, name: str, *, lasting: bool) -> bytes | None:
        with self._lock:
            self._forget_old()
            found = self._remembered.get(name)
            return found.key if found and (found.lasting or not lasting) else None

    def _prepare_folder(self, name: str) -> None:
        self.require_present()
        _private_folder(self._folder(name))
        _sync_folder(self._root)

    def _write(self, file: str | Path) -> None:
        """Put a new key at `file`, whole or not at all; leave the one that someone else put there first."""
        draft = self._root / _MAKING / secrets.token_hex(16)
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as writing:
                writing.write(secrets.token_bytes(KEY_BYTES))
                writing.flush()
                os.fsync(descriptor)
            os.link(draft, file)
        except FileExistsError:
            return
        finally:
            draft.unlink(missing_ok=True)

    def _load(self, name: str, *, lasting: bool) -> bytes:
        with self._lock:  # held while reading, so that nobody remembers what is destroyed meanwhile
            since = self._clock()
            try:
                key = _read(name, self._file(name))
            except NoSuchKey:
                self.require_present()  # else it says nothing about this key
                raise
            self._remembered.pop(name, None)
            self._remembered[name] = _Remembered(key, since, lasting)
            self._forget_old()
            return key

    def _forget_old(self) -> None:
        limit = self._clock() - MAX_CACHE_AGE_S
        while self._remembered:
            oldest = next(iter(self._remembered))
            if len(self._remembered) <= MAX_CACHED_KEYS and self._remembered[oldest].since > limit:
                return
            del self._remembered[oldest]


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


def _sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on disk; syncing a file alone does not promise that (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove what crashes left: a copied store would hold such a second link as a second file, which nothing destroys."""
    limit = time.time() - ABANDONED_AFTER_S
    for draft in folder.iterdir():
        try:
            if draft.stat().st_mtime < limit:
                draft.unlink()
        except FileNotFoundError:
            continue
