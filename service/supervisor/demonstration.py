"""The demo case beside a running Kring: played once, gone on with after an interruption; and tokens to look around with."""

import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from projections.people import CONTACTS, Contact
from projections.programmes import FACILITATORS, PARTICIPANTS, Facilitator, Participant
from projections.query import ViewQuery
from service.auth.issuing import issue_token
from service.auth.tokens import role as role_named
from service.config import Config
from service.kring import Kring
from service.supervisor.supervisor import UpFailed

DAYS = 7
UNFINISHED, FINISHED = "unfinished", "finished"
VISIBLE_WITHIN = 30.0  # seconds

GUIDE = ViewQuery("select * from {facilitators} where key > $1 order by key limit 1", FACILITATORS)

MEMBER = ViewQuery(
    "select * from {participants} where status = 'active' and key > $1 order by key limit 1", PARTICIPANTS
)

COMMISSIONER = ViewQuery(
    "select * from {contacts} where role = 'commissioner' and ended_at is null and key > $1 order by key limit 1",
    CONTACTS,
)


class Way(NamedTuple):
    """A way in: what it is for, and the token."""

    label: str
    token: str


class DemoFailed(UpFailed):
    """The demo could not be played to its end; the next start goes on with it."""


async def wanted(kring: Kring) -> bool:
    """Whether the demo is to be played: into an empty log, or further where it was interrupted."""
    return await kring.log.head() == 0 or _played(kring.config) == UNFINISHED


async def play(kring: Kring, url: str, tell: Callable[[str], None]) -> None:
    """Play it through the HTTP API at `url`. Raises `DemoFailed`."""
    from service import demo  # noqa: PLC0415  the case is read when it is played

    lines, of = itertools.count(1), demo.steps()
    kring.config.data.mkdir(parents=True, exist_ok=True)
    _note(kring.config).write_text(UNFINISHED)
    try:
        await demo.play(url, _issue(kring), lambda text: tell(f"{next(lines):>3}/{of} {text}"))
    except demo.DemoStopped as error:
        raise DemoFailed(f"{error}\n`kring up --demo` goes on with the demo where it stopped.") from error
    _note(kring.config).write_text(FINISHED)


async def play_many(kring: Kring, url: str, tell: Callable[[str], None], programmes: int) -> None:
    """Play so many invented programmes through the HTTP API at `url`. Raises `DemoFailed`."""
    from service.demo import DemoStopped, load  # noqa: PLC0415  likewise

    try:
        await load(url, _issue(kring), tell, programmes)
    except DemoStopped as error:
        raise DemoFailed(str(error)) from error


def _issue(kring: Kring) -> Callable[[str, str | None, tuple[str, ...]], Awaitable[str]]:
    """How the demo comes by its first token."""

    async def token(role: str, person: str | None, organisations: tuple[str, ...]) -> str:
        return await issue_token(
            kring.commands, role_named(role), person=person, organisations=organisations, days=DAYS
        )

    return token


def _played(config: Config) -> str | None:
    """How far the demo has come on this data; None: it was never played here."""
    note = _note(config)
    return note.read_text() if note.exists() else None


def _note(config: Config) -> Path:
    return config.data / "demo"


async def ways_in(kring: Kring) -> AsyncGenerator[Way]:
    """A new token per role: for managing and, where the demo was played, for the first person of each other role.

    Nobody gets a token of somebody who is not invented. Raises `Lagging`.
    """
    await kring.views.wait(await kring.log.head(), VISIBLE_WITHIN)
    yield Way("manager", await issue_token(kring.commands, "manager", days=DAYS))
    if _played(kring.config) is None:
        return
    for guide in await kring.views.rows(Facilitator, GUIDE, ""):
        yield Way("facilitator", await issue_token(kring.commands, "facilitator", person=guide.person, days=DAYS))
    for member in await kring.views.rows(Participant, MEMBER, ""):
        yield Way("participant", await issue_token(kring.commands, "participant", person=member.person, days=DAYS))
    for row in await kring.views.rows(Contact, COMMISSIONER, ""):
        home = (row.organisation,)
        given = await issue_token(kring.commands, "commissioner", person=row.person, organisations=home, days=DAYS)
        yield Way("commissioner", given)
        yield Way("auditor", await issue_token(kring.commands, "auditor", organisations=home, days=DAYS))
