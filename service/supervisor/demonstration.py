"""The demo on a running Kring: played once, continued after an interruption; and tokens and links for looking around."""

import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from projections.people import CONTACTS, Contact
from projections.programmes import FACILITATORS, PARTICIPANTS, Facilitator, Participant
from projections.query import ViewQuery
from service.auth.issuing import issue_token
from service.auth.sign_in import operator_link
from service.auth.tokens import role as role_named
from service.config import Config
from service.kring import Kring
from service.reading.role_holders import role_holders
from service.supervisor.supervisor import UpFailed

TOKEN_VALIDITY_DAYS = 7
UNFINISHED, FINISHED = "unfinished", "finished"
VIEWS_TIMEOUT_S = 30.0  # for the views to catch up with the log

# Tokens are for people of the oldest programme, which is the one that the README reads; links for those of the newest.

FIRST_FACILITATOR = ViewQuery("select * from {facilitators} order by programme_id, key limit 1", FACILITATORS)

FIRST_PARTICIPANT = ViewQuery(
    "select * from {participants} where status = 'active' order by programme_id, key limit 1", PARTICIPANTS
)

FIRST_COMMISSIONER = ViewQuery(
    "select * from {contacts} where role = 'commissioner' and ended_at is null order by key limit 1", CONTACTS
)


class IssuedToken(NamedTuple):
    """A token, and the role that it is for."""

    label: str
    token: str


class SignInLink(NamedTuple):
    """A link that signs somebody in, and the role that they have."""

    label: str
    url: str


SEE = (
    "in the demo: the edition of 2016, complete; and two programmes of today, in which a ballot is open and another to certify, "
    "a date poll waits for answers, minutes for approval, an advice for a response, and a commitment is overdue"
)
"""The sights of the demo, in one line."""


class DemoFailed(UpFailed):
    """The demo was interrupted by an error; the next start continues it."""


async def should_play(kring: Kring) -> bool:
    """Whether to play the demo: on an empty log, or to continue one that was interrupted."""
    return await kring.log.head() == 0 or _played(kring.config) == UNFINISHED


async def play(kring: Kring, url: str, progress: Callable[[str], None]) -> None:
    """Play the demo through the HTTP API at `url`. Raises `DemoFailed`."""
    from service import demo  # noqa: PLC0415  reads the case when imported

    lines, of = itertools.count(1), demo.steps()
    kring.config.data.mkdir(parents=True, exist_ok=True)
    _status_file(kring.config).write_text(UNFINISHED)
    try:
        await demo.play(url, _issue(kring), lambda text: progress(f"{next(lines):>3}/{of} {text}"))
    except demo.DemoStopped as error:
        raise DemoFailed(f"{error}\n`kring up --demo` continues the demo where it stopped.") from error
    _status_file(kring.config).write_text(FINISHED)


async def play_many(kring: Kring, url: str, progress: Callable[[str], None], programmes: int) -> None:
    """Play this number of generated programmes through the HTTP API at `url`. Raises `DemoFailed`."""
    from service.demo import DemoStopped, load  # noqa: PLC0415  as above

    try:
        await load(url, _issue(kring), progress, programmes)
    except DemoStopped as error:
        raise DemoFailed(str(error)) from error


def _issue(kring: Kring) -> Callable[[str, str | None, tuple[str, ...]], Awaitable[str]]:
    """A function that issues the tokens of the demo."""

    async def token(role: str, person: str | None, organisations: tuple[str, ...]) -> str:
        return await issue_token(
            kring.commands, role_named(role), person=person, organisations=organisations, days=TOKEN_VALIDITY_DAYS
        )

    return token


def was_played(kring: Kring) -> bool:
    """Whether all of the demo was played on this data."""
    return _played(kring.config) == FINISHED


def _played(config: Config) -> str | None:
    """`UNFINISHED` or `FINISHED`; None if the demo was never started on this data."""
    file = _status_file(config)
    return file.read_text() if file.exists() else None


def _status_file(config: Config) -> Path:
    return config.data / "demo"


async def issue_tokens(kring: Kring) -> AsyncGenerator[IssuedToken]:
    """Issue a token per role: for a manager and, if the demo was played, for a person of the first programme in each other role.

    Without the demo, no tokens are issued for persons: they would be real ones. Raises `Lagging`.
    """
    await kring.views.wait(await kring.log.head(), VIEWS_TIMEOUT_S)
    yield IssuedToken("manager", await issue_token(kring.commands, "manager", days=TOKEN_VALIDITY_DAYS))
    if _played(kring.config) is None:
        return
    issue = _issue(kring)
    for one in await kring.views.rows(Facilitator, FIRST_FACILITATOR):
        yield IssuedToken("facilitator", await issue("facilitator", one.person, ()))
    for one in await kring.views.rows(Participant, FIRST_PARTICIPANT):
        yield IssuedToken("participant", await issue("participant", one.person, ()))
    for one in await kring.views.rows(Contact, FIRST_COMMISSIONER):
        yield IssuedToken("commissioner", await issue("commissioner", one.person, (one.organisation,)))
        yield IssuedToken("auditor", await issue("auditor", None, (one.organisation,)))


async def sign_in_links(kring: Kring, url: str) -> AsyncGenerator[SignInLink]:
    """Make a link for one person per role, which can be opened several times. Only for servers on one's own machine."""
    for one in await role_holders(kring):
        yield SignInLink(one.role, url + await operator_link(kring, one.person, reusable=True))
