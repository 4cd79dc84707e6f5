"""Sealed fields: what a person typed, or what is about one, stands apart from the event, which keeps its digest.

An event outlives everybody in it, so it holds a digest only; the text is a *disclosure*, encrypted under a key that can be
destroyed. Disclosures and digests are those of SD-JWT (RFC 9901), for any verifier to check:

    disclosure  base64url without padding (RFC 4648 §5) of the UTF-8 of the JSON array [salt, name, value], three strings,
                salt = base64url of 32 random bytes, never derived (§4.2.1)
    digest      SHA-256 of the disclosure's ASCII (§4.2.3); in the event as base64url, 43 characters
    sealed      AES-256-GCM-SIV (RFC 8452) of the disclosure's ASCII, 12-byte random nonce, tag of 16 bytes at the end,
                additional data = digest (32 bytes) ‖ subject id (UTF-8)

    SealError
    ├── BadText      cannot be sealed
    ├── BadDigest    not the text of a digest
    └── CannotOpen
        ├── WrongKey   does not open under this key
        └── Tampered   opens, but is not what the event recorded
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Final, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from domain import base64url
from service.addresses import canonical
from service.sealing.disclosure import Disclosure

MAX_VALUE_BYTES: Final = 1 << 20  # a text, not a file

_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_DIGEST_BYTES: Final = 32


class SealError(Exception):
    """Something sealed cannot be made, named or opened. The message never quotes a text."""


class BadText(SealError):
    """The text is not Unicode (it holds a lone surrogate), or is longer than 1 MiB."""


class BadDigest(SealError):
    """Not a digest in words: base64url without padding of 32 bytes, 43 characters."""


class CannotOpen(SealError):
    """The disclosure stays closed."""


class WrongKey(CannotOpen):
    """It does not open with this key, subject and digest: another key, or changed bytes; the cipher cannot tell which."""


class Tampered(CannotOpen):
    """It opens, and holds something else than what the event recorded: whoever had the key put it there."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What goes into the event (`digest`, 32 bytes) and what is stored beside it."""

    digest: bytes
    disclosure: Disclosure


def seal(name: str, value: str, *, subject: str, key: bytes) -> Sealed:
    """Seal the field `name` of an event with `value`, code point for code point, under the 32-byte `key` of `subject`.

    `subject` is the id of whom or what the key belongs to. Sealing the same twice gives two digests. Raises BadText.
    """
    ascii_disclosure = _disclosure(secrets.token_bytes(_SALT_BYTES), name, value)
    digest = hashlib.sha256(ascii_disclosure).digest()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher(key).encrypt(nonce, ascii_disclosure, _bound_to(digest, subject))
    return Sealed(digest, Disclosure(digest=digest, subject=subject, nonce=nonce, sealed=sealed))


def open_(disclosure: Disclosure, key: bytes) -> str:
    """The value, checked against the digest under which it was stored. Raises WrongKey, Tampered.

    The digest is checked although the cipher authenticates: AES-GCM-SIV does not commit to its key (RFC 8452 §9), and who
    has the key can seal anything. That it is the *event's* digest is for the caller, who looked it up by that.
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
    _, _, value = cast("tuple[str, str, str]", json.loads(base64url.decode(ascii_disclosure.decode("ascii"))))
    return value


def digest_text(digest: bytes) -> str:
    """The digest as it stands in events: base64url without padding, 43 characters."""
    assert len(digest) == _DIGEST_BYTES
    return base64url.encode(digest)


def digest_bytes(text: str) -> bytes:
    """The 32 bytes that `digest_text` wrote. Raises BadDigest for anything that it does not write."""
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
    # The library takes shorter keys too, for a weaker cipher. It is made anew for each text: kept, it would keep the key.
    assert len(key) == _KEY_BYTES
    return AESGCMSIV(key)


def _bound_to(digest: bytes, subject: str) -> bytes:
    """The additional data; unambiguous, since the digest has a fixed length. No position: it is not known yet."""
    assert len(digest) == _DIGEST_BYTES
    return digest + subject.encode()
