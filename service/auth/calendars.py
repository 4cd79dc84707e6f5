"""Calendar links: the id of the link and a secret of 256 random bits, of which the log holds only the SHA-256."""

import hmac
import re
from typing import NamedTuple

from domain.events.calendar import CalendarLinked
from domain.foundation import CalendarId, Digest, Selector
from service.auth.tokens import digest_of
from service.clock_and_ids import new_id, new_secret
from service.commands import CommandHandler

SHAPE = re.compile(r"([0-7][0-9a-hjkmnp-tv-z]{25})_([A-Za-z0-9_-]{43})")


class Link(NamedTuple):
    """A new link: its id, its text, which is shown once, and the digest of its secret for the log."""

    id: CalendarId
    text: str
    secret_digest: Digest


def new_link() -> Link:
    """Make a link, without recording it."""
    calendar, secret = CalendarId(new_id("calendar")), new_secret()
    return Link(calendar, f"{calendar.removeprefix('calendar_')}_{secret}", digest_of(secret))


async def linked_by(commands: CommandHandler, text: str) -> CalendarLinked | None:
    """The event that made this link: its person and programmes. None if the link is unknown, wrong or replaced by a newer one."""
    shape = SHAPE.fullmatch(text)
    if shape is None:
        return None
    made = await _linked(commands, CalendarId(f"calendar_{shape[1]}"))
    if not made or not hmac.compare_digest(made[-1].secret_digest, digest_of(shape[2])):
        return None
    same = [one for one in await _linked(commands, made[-1].person) if one.programmes == made[-1].programmes]
    return made[-1] if same[-1].calendar == made[-1].calendar else None


async def _linked(commands: CommandHandler, tag: str) -> list[CalendarLinked]:
    events = await commands.events(Selector(types=[CalendarLinked], tags=[tag]))
    return [event for event, _ in events if isinstance(event, CalendarLinked)]
