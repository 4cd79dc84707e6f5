"""The disclosure of a sealed field."""

from msgspec import Struct


class Disclosure(Struct, frozen=True):
    """An encrypted text. The event holds its digest only."""

    digest: bytes
    subject: str
    nonce: bytes
    sealed: bytes
