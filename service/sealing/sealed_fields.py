"""Sealed fields: texts by or about persons are stored apart from the event, which holds their digests.

Events are never deleted, so they hold digests only. The text is a *disclosure*, encrypted under a key that can be destroyed.
Disclosures and digests have the format of SD-JWT (RFC 9901), so that any verifier can check them:

    disclosure  base64url without padding (RFC 4648 §5) of the UTF-8 of the JSON array [salt, name, value], three strings,
                salt = base64url of 32 random bytes, never derived (§4.2.1)
    digest      SHA-256 of the disclosure's ASCII (§4.2.3); in the event as base64url, 43 characters
    sealed      AES-256-GCM-SIV (RFC 8452) of the disclosure's ASCII, 12-byte random nonce, tag of 16 bytes at the end,
                additional data = digest (32 bytes) ‖ subject id (UTF-8)

    SealError
    ├── BadText      the text cannot be sealed
    ├── BadDigest    not a digest in base64url
    └── CannotOpen
        ├── WrongKey   it cannot be decrypted with this key
        └── Tampered   it is not the text that the event recorded
"""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from domain import base64url
from service.addresses import canonical
from service.sealing.disclosure import Disclosure

MAX_VALUE_BYTES: Final = 1 << 20

_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_DIGEST_BYTES: Final = 32
_ARRAY: Final = msgspec.json.Decoder(tuple[str, str, str])


class SealError(Exception):
    """A text cannot be sealed, or a sealed text cannot be opened. The message never quotes a text."""


class BadText(SealError):
    """The text is not Unicode (it holds a lone surrogate), or is longer than 1 MiB."""


class BadDigest(SealError):
    """Not the text of a digest: base64url of 32 bytes without padding, 43 characters."""


class CannotOpen(SealError):
    """The disclosure cannot be opened."""


class WrongKey(CannotOpen):
    """Decryption with this key, subject and digest fails: a wrong key or changed bytes; the cipher cannot tell which."""


class Tampered(CannotOpen):
    """The decrypted text is not the one that the event recorded: somebody with the key has replaced it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The `digest` (32 bytes) for the event, and the disclosure that is stored beside it."""

    digest: bytes
    disclosure: Disclosure


def seal(name: str, value: str, *, subject: str, key: bytes) -> Sealed:
    """Seal the `value` of the field `name` under the 32-byte `key` of `subject`, without normalising it. Raises BadText.

    `subject`: the id of the person or thing that the key belongs to. Sealing a text twice gives two different digests.
    """
    ascii_disclosure = _disclosure(secrets.token_bytes(_SALT_BYTES), name, value)
    digest = hashlib.sha256(ascii_disclosure).digest()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher(key).encrypt(nonce, ascii_disclosure, _bound_to(digest, subject))
    return Sealed(digest, Disclosure(digest=digest, subject=subject, nonce=nonce, sealed=sealed))


def open_(disclosure: Disclosure, key: bytes) -> str:
    """Decrypt a disclosure and check it against its digest. Raises WrongKey, Tampered.

    The digest is checked although the cipher authenticates: AES-GCM-SIV does not commit to its key (RFC 8452 §9), and anybody
    with the key can seal other texts. The caller ensures that it is the digest in the *event*, by looking it up by that.
    """
    if len(disclosure.nonce) != _NONCE_BYTES:
        raise WrongKey
    bound_to = _bound_to(disclosure.digest, disclosure.subject)
    try:
        ascii_disclosure = _cipher(key).decrypt(disclosure.nonce, disclosure.sealed, bound_to)
    except InvalidTag:
        raise WrongKey from None
    if hashlib.sha256(ascii_disclosure).digest() != disclosure.digest:
        raise Tampered
    # Its digest is right, so its spelling is the one that `seal` wrote; `base64url.decode` would check that again.
    _, _, value = _ARRAY.decode(urlsafe_b64decode(ascii_disclosure + b"=" * (-len(ascii_disclosure) % 4)))
    return value


def digest_text(digest: bytes) -> str:
    """The digest as events hold it: base64url without padding, 43 characters."""
    assert len(digest) == _DIGEST_BYTES
    return base64url.encode(digest)


def digest_bytes(text: str) -> bytes:
    """The inverse of `digest_text`, 32 bytes. Raises BadDigest for any other text."""
    try:
        digest = base64url.decode(text)
    except ValueError:
        raise BadDigest from None
    if len(digest) != _DIGEST_BYTES:
        raise BadDigest
    return digest


def email_key(secret: bytes, email: str) -> bytes:
    """The key by which an address is looked up, 32 bytes: HMAC-SHA-256 under the store's `secret` of its canonical form.

    Raises BadEmail.
    """
    return hmac.digest(secret, canonical(email).encode("ascii"), "sha256")


def _disclosure(salt: bytes, name: str, value: str) -> bytes:
    array = json.dumps([base64url.encode(salt), name, value], ensure_ascii=False, separators=(",", ":"))
    try:
        encoded = array.encode()
    except UnicodeEncodeError:
        raise BadText("A lone surrogate is not text.") from None
    if len(encoded) > MAX_VALUE_BYTES:
        raise BadText("The text is too long.")
    return base64url.encode(encoded).encode("ascii")


def _cipher(key: bytes) -> AESGCMSIV:
    # The library accepts shorter keys too, for a weaker cipher. The cipher is not cached: it would keep the key in memory.
    assert len(key) == _KEY_BYTES
    return AESGCMSIV(key)


def _bound_to(digest: bytes, subject: str) -> bytes:
    """The additional data. Unambiguous, because the digest has a fixed length. Without the position, which is not known yet."""
    assert len(digest) == _DIGEST_BYTES
    return digest + subject.encode()
