"""The bytes of files: in pieces outside the log, sealed under the file's own key, so that destroying the key destroys them.

    piece    512 KiB of the file, the last one what is left
    sealed   AES-256-GCM-SIV (RFC 8452) of the piece, 12-byte random nonce, tag of 16 bytes at the end, additional data =
             "kring/file/1" ‖ SHA-256 of the whole file (32 bytes) ‖ number ‖ count (4 bytes each, big-endian) ‖ file id

So no piece stands for another, and none is missing at the end. They are written before the event that tells of them: an event
never lacks its bytes, and bytes without an event go again (docs/decisions/0010-files.md).
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from service.sealing.keys import Destroyed, KeyStore, NoSuchKey
from service.store.database import Pool
from service.store.log.mapper import key_name

PIECE: Final = 512 << 10  # bytes
_NONCE_BYTES: Final = 12

KEEP = "insert into file_pieces (file, number, nonce, sealed) values ($1, $2, $3, $4)"

READ = "select nonce, sealed from file_pieces where file = $1 and number = $2"

DROP = "delete from file_pieces where file = $1"

SWEEP = """
-- What a crash left: no fact tells of it, and its command ended long ago.
delete from file_pieces p where p.stored_at < clock_timestamp() - interval '1 day'
and not exists (
  select from event_tags t join events e using (position)
  where t.key = tag_key(p.file, 'team.file_attached') and e.type = 'team.file_attached' and p.file = any(e.tags)
)
"""


class NoRoom(Exception):
    """The disk of the database is full; nothing was kept."""


class Gone(Exception):
    """The bytes cannot be read any more: their key or their rows are gone."""


class Damaged(Exception):
    """The pieces are not those that were kept."""


class Content(NamedTuple):
    """What the event says of a file's bytes: of which file they are, how many, and their SHA-256 (32 bytes)."""

    file: str
    size: int
    sha256: bytes

    @property
    def pieces(self) -> int:
        """How many pieces they make."""
        return -(-self.size // PIECE)

    def bound(self, number: int) -> bytes:
        """The additional data of one piece."""
        place = number.to_bytes(4) + self.pieces.to_bytes(4)
        return b"kring/file/1" + self.sha256 + place + self.file.encode()


async def keep(pool: Pool, keys: KeyStore, file: str, octets: bytes) -> None:
    """Keep these bytes as the content of `file`, durably and whole. Raises `NoRoom`."""
    content = Content(file, len(octets), hashlib.sha256(octets).digest())
    key = await asyncio.to_thread(keys.make, key_name(file))
    try:
        async with pool.acquire() as connection, connection.transaction():
            for number in range(content.pieces):
                piece = octets[number * PIECE : (number + 1) * PIECE]
                nonce = secrets.token_bytes(_NONCE_BYTES)
                sealed = await asyncio.to_thread(AESGCMSIV(key).encrypt, nonce, piece, content.bound(number))
                await connection.execute(KEEP, file, number, nonce, sealed)
    except asyncpg.DiskFullError:
        raise NoRoom from None


async def drop(pool: Pool, file: str) -> None:
    """Forget the bytes of a file that no event tells of."""
    await pool.execute(DROP, file)


async def sweep(pool: Pool) -> None:
    """Forget all bytes that no event came for within a day."""
    await pool.execute(SWEEP)


async def read(pool: Pool, keys: KeyStore, content: Content) -> AsyncIterator[bytes]:
    """The bytes, piece by piece, the last one only once the whole is what the event says. Raises `Gone`, `Damaged`."""
    told = hashlib.sha256()
    for number in range(content.pieces):
        piece = await _piece(pool, keys, content, number)
        told.update(piece)
        if number == content.pieces - 1 and told.digest() != content.sha256:
            raise Damaged
        yield piece


async def _piece(pool: Pool, keys: KeyStore, content: Content, number: int) -> bytes:
    row = await pool.fetchrow(READ, content.file, number)
    if row is None:
        raise Gone
    nonce, sealed = row
    try:
        key = keys.get(key_name(content.file))
        return await asyncio.to_thread(AESGCMSIV(key).decrypt, nonce, sealed, content.bound(number))
    except (Destroyed, NoSuchKey):
        raise Gone from None
    except InvalidTag:
        raise Damaged from None
