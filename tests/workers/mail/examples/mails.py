"""Mails that jobs wrote, and their text."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from msgspec.structs import replace

from service import mailbox
from service.kring import Kring
from tests.workers.examples.stage import Stage


def mails(stage: Stage) -> dict[str, list[EmailMessage]]:
    """Mails of each person."""
    data = stage.kring.config.data
    found: dict[str, list[EmailMessage]] = {}
    for one in mailbox.entries(data):
        found.setdefault(one.person, []).append(mailbox.read(data, one.person, one.name))
    return found


def text(mail: EmailMessage, kind: str = "plain") -> str:
    """The text of a mail, plain or as HTML."""
    part = mail.get_body((kind,))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


class Letterbox:
    """Messages that a mail server received."""

    def __init__(self) -> None:
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.octets: list[bytes] = []

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802  a name of aiosmtpd
        self.octets.append(envelope.content)
        message = BytesParser(EmailMessage, policy=policy.default).parsebytes(envelope.content)
        self.received.append((envelope.rcpt_tos, message))
        return "250 OK"


def by_smtp(kring: Kring, url: str) -> Kring:
    """The same Kring with a mail server."""
    return Kring(kring.commands, kring.views, replace(kring.config, smtp_url=url))
