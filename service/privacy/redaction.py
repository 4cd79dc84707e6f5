"""Withholding texts: the sealed text goes, the event and its digest stay (docs/explanation/sealing.md 'Withholding a text')."""

import asyncio

from domain.foundation import Words
from service import mailbox
from service.kring import Kring
from service.sealing.sealed_fields import digest_bytes, digest_text
from service.store.log.mapper import texts_of
from service.store.log.types import Recorded
from service.store.unsealing import open_texts

REASON = "reason"
"""The name under which the reason of any event is withheld; it stands beside the event, not in it."""


async def event_at(kring: Kring, position: int) -> Recorded | None:
    """The row of the log at this position, if there is one."""
    found, _ = await kring.log.read(after=position - 1, until=position)
    return found[0] if found else None


def texts_at(kring: Kring, recorded: Recorded) -> dict[str, list[bytes]]:
    """The digests of the texts that an event holds, its reason included, by the name of their field."""
    found: dict[str, list[bytes]] = {}
    for name, text in texts_of(kring.commands.mapper.event(recorded)):
        if text.digest is not None:
            found.setdefault(name, []).append(digest_bytes(text.digest))
    if recorded.reason_digest is not None:
        found.setdefault(REASON, []).append(recorded.reason_digest)
    return found


async def withhold(kring: Kring, position: int, field: str) -> None:
    """Purge what was redacted, from the mailbox too; done before, it is done.

    The mailbox comes first: what it is searched for can be read only while the sealed text is there.
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
