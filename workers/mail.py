"""Mails: a letter to a person, in their language, as plain text and HTML, by SMTP or into the mailbox.

Names and texts are opened here, when the mail is sent. A repeated job sends the same message under the same Message-ID;
the mailbox keeps one of them. By SMTP a mail may arrive twice after a crash, and then the reader's program can tell.
"""

import asyncio
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial
from hashlib import sha256
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPAuthenticationError, SMTPHeloError
from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape

from domain.foundation import PersonId
from projections.people import PEOPLE
from service import mailbox
from service.config import Config
from service.edge import now
from service.kring import Kring
from workers.breaker import Breakers, DestinationFailed
from workers.jobs import Claimed
from workers.letters import LETTERS, Letter, row, spoken

SMTP_TIMEOUT_S = 20.0  # for each step of the conversation with the mail server
POLICY = SMTP.clone(cte_type="7bit")  # what every mail server passes on unchanged
TEMPLATES = Environment(
    loader=PackageLoader("workers", "mails"),
    autoescape=select_autoescape(["html"], default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Recipient:
    """Whom a mail is for."""

    def __init__(self, person: PersonId, name: str, email: str, language: str) -> None:
        self.person, self.name, self.email, self.language = person, name, email, language


FAILURES = (OSError, SMTPHeloError, SMTPAuthenticationError)
"""Errors that speak of the mail server, not of one mail; aiosmtplib's for lost connections and timeouts are OSErrors."""


async def send(kring: Kring, job: Claimed, *, breakers: Breakers) -> None:
    """Write and send the mail of this job; nothing where there is nothing to tell, or nobody any more.

    Raises `CircuitOpen` while the mail server does not answer anybody.
    """
    server = None if kring.config.smtp_url is None else destination(kring.config.smtp_url)
    if server is not None:
        breakers.check(server)
    letter = await LETTERS[job.kind](kring, job)
    recipient = await _recipient(kring, PersonId(job.arguments["person"]))
    if letter is None or recipient is None:
        return
    name = message_name(kring.log.log_id, job.key)
    message = compose(kring, job, letter, recipient, name)
    if kring.config.smtp_url is None or server is None:
        await asyncio.to_thread(mailbox.put, kring.config.data, recipient.person, name, message.as_bytes())
    else:
        with breakers.calling(server):
            await _by_smtp(kring.config.smtp_url, message)


def message_name(log_id: str, key: str) -> str:
    """The part of the Message-ID before the @: the same for the same job of the same log, and telling nothing."""
    return sha256(f"kring/mail/1\n{log_id}\n{key}".encode()).hexdigest()[:40]


def compose(kring: Kring, job: Claimed, letter: Letter, recipient: Recipient, name: str) -> EmailMessage:
    """The message, whole. Every mail says at which fact it stands (5-audit.md: whoever keeps a mail is a witness)."""
    host, language = _host(kring.config), recipient.language
    template = TEMPLATES.get_template(f"{letter.template}.{language}.txt")
    names = {**letter.names, "when": partial(spoken, zone=letter.zone, language=language)}
    parts = {
        "language": language,
        "name": recipient.name,
        "subject": " ".join(_part(template, "subject", names).split()),
        "paragraphs": [one.strip().split("\n") for one in _part(template, "body", names).split("\n\n")],
        "action": _part(template, "action", names).strip(),
        "link": f"{kring.config.public_url}/api/v1/{letter.path}",
        "position": job.position,
        "log_id": kring.log.log_id,
    }
    message = EmailMessage(POLICY)
    message["From"] = kring.config.mail_from
    message["To"] = Address(recipient.name, addr_spec=recipient.email)
    message["Subject"] = parts["subject"]
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{name}@{host}>"
    message["List-Id"] = f"{_quoted(letter.list_name)} <{letter.list_id}.{host}>"  # RFC 2919
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    message.set_content(TEMPLATES.get_template("layout.txt").render(parts))
    message.add_alternative(TEMPLATES.get_template("layout.html").render(parts), subtype="html")
    message["Content-Language"] = language  # after the parts, or the first one would take it
    message.set_boundary(name)
    return message


def _part(template: Template, block: str, names: dict[str, object]) -> str:
    return "".join(template.blocks[block](template.new_context(names)))


def _quoted(phrase: str) -> str:
    """A phrase of RFC 5322: a quoted string, without what would end it."""
    return '"' + "".join(one for one in phrase if one.isprintable() and one not in '"\\') + '"'


def _host(config: Config) -> str:
    return urlsplit(config.public_url).hostname or "localhost"


async def _recipient(kring: Kring, person: PersonId) -> Recipient | None:
    found = await row(kring, PEOPLE, person)
    if found is None or found.name.text is None or found.email is None or found.email.text is None:
        return None
    return Recipient(person, found.name.text, found.email.text, found.language)


def destination(url: str) -> str:
    """The name of the mail server's circuit."""
    server = urlsplit(url)
    return f"{server.scheme}://{server.hostname}:{server.port or _default_port(server.scheme)}"


def _default_port(scheme: str) -> int:
    return 465 if scheme == "smtps" else 25


async def _by_smtp(url: str, message: EmailMessage) -> None:
    """Hand the message to the server at `url`: `smtp://user:password@host:587`, `smtps://` for TLS from the beginning.

    Raises `DestinationFailed` for what is the server's own trouble, and what aiosmtplib raises for this message.
    """
    server = urlsplit(url)
    try:
        await aiosmtplib.send(
            message,
            hostname=server.hostname,
            port=server.port or _default_port(server.scheme),
            username=None if server.username is None else unquote(server.username),
            password=None if server.password is None else unquote(server.password),
            use_tls=server.scheme == "smtps",
            timeout=SMTP_TIMEOUT_S,
        )
    except FAILURES as error:
        raise DestinationFailed(destination(url)) from error
