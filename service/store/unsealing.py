"""Decrypts names and texts when they are read; they live no longer than the response."""

from collections.abc import Iterable

from msgspec import Struct

from domain.foundation import Sealed
from service.sealing.keys import Destroyed, KeyStore, NoSuchKey
from service.sealing.sealed_fields import digest_bytes, open_
from service.store.log.log import Log
from service.store.log.mapper import key_name, texts_of


async def open_texts(log: Log, keys: KeyStore, values: Iterable[Struct | Sealed | None]) -> None:
    """Decrypt all sealed texts in `values` in place, with one query. Texts whose key or row is gone stay None.

    Raises `CannotOpen` for a disclosure that was tampered with.
    """
    texts = [
        (text, digest_bytes(text.digest))
        for value in values
        if value is not None
        for text in _texts(value)
        if text.text is None and text.digest
    ]
    if not texts:
        return
    found = await log.disclosures({digest for _, digest in texts})
    for text, digest in texts:
        disclosure = found.get(digest)
        if disclosure is None:
            continue
        try:
            text.text = open_(disclosure, keys.get(key_name(disclosure.subject)))
        except (Destroyed, NoSuchKey):
            continue


def _texts(value: Struct | Sealed) -> Iterable[Sealed]:
    return (value,) if isinstance(value, Sealed) else (text for _, text in texts_of(value))
