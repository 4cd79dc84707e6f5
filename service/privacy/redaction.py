"""Withholding of texts: the sealed text is deleted, the event remains (docs/explanation/sealing.md 'Withholding a text')."""

import asyncio

from domain.foundation import Words
from service import mailbox
from service.kring import Kring
from service.sealing.sealed_fields import digest_bytes, digest_text
from service.store.log.mapper import texts_of
from service.store.log.types import RecordedEvent
from service.store.unsealing import open_texts

REASON = "reason"
"""The field name for withholding the reason of an event, which is stored beside the event, not in it."""


async def event_at(kring: Kring, position: int) -> RecordedEvent | None:
    """The recorded event at this position, or None."""
    found, _ = await kring.log.read(after=position - 1, until=position)
    return found[0] if found else None


def texts_at(kring: Kring, recorded: RecordedEvent) -> dict[str, list[bytes]]:
    """The digests of an event's sealed texts, its reason included, by field name."""
    found: dict[str, list[bytes]] = {}
    for name, text in texts_of(kring.commands.mapper.decode(recorded)):
        if text.digest is not None:
            found.setdefault(name, []).append(digest_bytes(text.digest))
    if recorded.reason_digest is not None:
        found.setdefault(REASON, []).append(recorded.reason_digest)
    return found


async def withhold(kring: Kring, position: int, field: str) -> None:
    """Delete a redacted text, also from the mailbox. Does nothing if it has been deleted already.

    The mailbox comes first: it is searched for the text, which can be decrypted only until it is deleted.
    """
    recorded = await event_at(kring, position)
    if recorded is None:
        return
    digests = texts_at(kring, recorded).get(field, [])
    texts = [Words(digest=digest_text(one)) for one in digests]
    await open_texts(kring.log, kring.keys, texts)
    for one in texts:
        if one.text is not None:
            await asyncio.to_thread(mailbox.purge_quoting, kring.config.data, one.text)
    await kring.log.withhold(digests)
