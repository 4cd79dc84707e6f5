"""The disclosure of a sealed field."""

from msgspec import Struct


class Disclosure(Struct, frozen=True):
    """A sealed text, apart from the event that holds its digest."""

    digest: bytes
    subject: str
    nonce: bytes
    sealed: bytes
