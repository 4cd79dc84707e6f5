"""The content of files: pieces outside the log, encrypted under a key per file. Destroying the key destroys the content.

    piece    512 KiB of the file; the last piece is the remainder
    sealed   AES-256-GCM-SIV (RFC 8452) of the piece, 12-byte random nonce, tag of 16 bytes at the end, additional data =
             "kring/file/1" ‖ SHA-256 of the whole file (32 bytes) ‖ number ‖ count (4 bytes each, big-endian) ‖ file id

The additional data prevents pieces from being swapped, reordered or dropped. Pieces are written before the event that attaches
the file, so an event never lacks its content; content without an event is deleted later (docs/decisions/0010-files.md).
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

PIECE_BYTES: Final = 512 << 10
_NONCE_BYTES: Final = 12

INSERT_PIECE = "insert into file_pieces (file, number, nonce, sealed) values ($1, $2, $3, $4)"

SELECT_PIECE = "select nonce, sealed from file_pieces where file = $1 and number = $2"

DELETE_PIECES = "delete from file_pieces where file = $1"

DELETE_ORPHANS = """
-- Pieces that a crash left behind: no event refers to their file, and the command that wrote them ended long ago.
delete from file_pieces p where p.stored_at < clock_timestamp() - interval '1 day'
and not exists (
  select from event_tags t join events e using (position)
  where t.key = tag_key(p.file, 'team.file_attached') and e.type = 'team.file_attached' and p.file = any(e.tags)
)
"""


class DiskFull(Exception):
    """The disk of the database is full; nothing was stored."""


class ContentMissing(Exception):
    """The content can no longer be read: its key or its rows are gone."""


class ContentDamaged(Exception):
    """The pieces differ from those that were stored."""


class Content(NamedTuple):
    """A file's content as its event describes it: the file id, the size in bytes and the SHA-256 (32 bytes)."""

    file: str
    size: int
    sha256: bytes

    @property
    def pieces(self) -> int:
        """The number of pieces."""
        return -(-self.size // PIECE_BYTES)

    def additional_data(self, number: int) -> bytes:
        """The additional authenticated data of one piece."""
        place = number.to_bytes(4) + self.pieces.to_bytes(4)
        return b"kring/file/1" + self.sha256 + place + self.file.encode()


async def store(pool: Pool, keys: KeyStore, file: str, octets: bytes) -> None:
    """Store the content of `file`, all of it or nothing. Raises `DiskFull`."""
    content = Content(file, len(octets), hashlib.sha256(octets).digest())
    key = await asyncio.to_thread(keys.make, key_name(file))
    try:
        async with pool.acquire() as connection, connection.transaction():
            for number in range(content.pieces):
                piece = octets[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]
                nonce = secrets.token_bytes(_NONCE_BYTES)
                sealed = await asyncio.to_thread(AESGCMSIV(key).encrypt, nonce, piece, content.additional_data(number))
                await connection.execute(INSERT_PIECE, file, number, nonce, sealed)
    except asyncpg.DiskFullError:
        raise DiskFull from None


async def delete(pool: Pool, file: str) -> None:
    """Delete the content of a file whose event was not recorded."""
    await pool.execute(DELETE_PIECES, file)


async def delete_orphans(pool: Pool) -> None:
    """Delete content that has been stored for a day without an event."""
    await pool.execute(DELETE_ORPHANS)


async def read(pool: Pool, keys: KeyStore, content: Content) -> AsyncIterator[bytes]:
    """Yield the content piece by piece; the last piece follows only if the SHA-256 of the whole matches.

    Raises `ContentMissing`, `ContentDamaged`.
    """
    hasher = hashlib.sha256()
    for number in range(content.pieces):
        piece = await _piece(pool, keys, content, number)
        hasher.update(piece)
        if number == content.pieces - 1 and hasher.digest() != content.sha256:
            raise ContentDamaged
        yield piece


async def _piece(pool: Pool, keys: KeyStore, content: Content, number: int) -> bytes:
    row = await pool.fetchrow(SELECT_PIECE, content.file, number)
    if row is None:
        raise ContentMissing
    nonce, sealed = row
    try:
        key = keys.get(key_name(content.file))
        return await asyncio.to_thread(AESGCMSIV(key).decrypt, nonce, sealed, content.additional_data(number))
    except (Destroyed, NoSuchKey):
        raise ContentMissing from None
    except InvalidTag:
        raise ContentDamaged from None
