"""Names and texts, opened when they are read and forgotten with the answer."""

from collections.abc import Iterable

from msgspec import Struct

from domain.foundation import Sealed
from service.sealing.keys import Destroyed, KeyStore, NoSuchKey
from service.sealing.sealed_fields import digest_bytes, open_
from service.store.log.log import Log
from service.store.log.mapper import key_name, texts_of


async def open_texts(log: Log, keys: KeyStore, values: Iterable[Struct | Sealed | None]) -> None:
    """Open every sealed text in `values`, in place, with one query; those whose key or row is gone stay None.

    Raises `CannotOpen` for a disclosure that was tampered with.
    """
    texts = [text for one in values if one is not None for text in _texts(one) if text.text is None and text.digest]
    if not texts:
        return
    found = await log.disclosures({digest_bytes(text.digest) for text in texts if text.digest})
    for text in texts:
        disclosure = found.get(digest_bytes(text.digest or ""))
        if disclosure is None:
            continue
        try:
            text.text = open_(disclosure, keys.get(key_name(disclosure.subject)))
        except (Destroyed, NoSuchKey):
            continue


def _texts(value: Struct | Sealed) -> Iterable[Sealed]:
    return (value,) if isinstance(value, Sealed) else (text for _, text in texts_of(value))
