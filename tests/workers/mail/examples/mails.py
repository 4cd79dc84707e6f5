"""Mails that jobs wrote, and their text."""

from email.message import EmailMessage

from service import mailbox
from tests.workers.examples.stage import Stage


def mails(stage: Stage) -> dict[str, list[EmailMessage]]:
    """Mails of each person."""
    data = stage.kring.config.data
    found: dict[str, list[EmailMessage]] = {}
    for one in mailbox.entries(data):
        found.setdefault(one.person, []).append(mailbox.read(data, one.person, one.name))
    return found


def text(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")
