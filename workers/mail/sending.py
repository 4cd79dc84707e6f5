"""Composes and sends mails to persons, in their language, as plain text and HTML, by SMTP or into the mailbox.

Names and texts are decrypted when the mail is sent. A repeated job sends the same message under the same Message-ID; the
mailbox keeps one of them. By SMTP, a mail may arrive twice after a crash; mail programs can detect that by the Message-ID.
"""

import asyncio
from email.utils import format_datetime, parseaddr
from functools import partial
from hashlib import sha256
from typing import NamedTuple, cast
from urllib.parse import unquote, urlsplit

import aiosmtplib
import idna
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPHeloError,
    SMTPRecipientsRefused,
)
from jinja2 import Template

from domain.foundation import Language, PersonId, Text
from projections.people import PEOPLE
from projections.wording.bidi import isolated
from projections.wording.formats import day, language_named
from projections.wording.sentences import SentenceStyle, date_and_time
from projections.wording.vocabulary import word
from service import mailbox as box
from service.addresses import deliverable
from service.clock_and_ids import now
from service.config import Config
from service.kring import Kring
from service.templates import IN_TEMPLATES, environment
from workers.jobs.circuit_breaker import Breakers, DestinationFailed
from workers.jobs.queue import Claimed
from workers.mail.mail_content import MAIL_CONTENTS, MailContent, row
from workers.mail.message import Mail, mailbox, message, unstructured

SMTP_TIMEOUT_S = 20.0  # for each step of the conversation with the mail server
PERMANENT = 500
"""From this code on, a reply of a mail server is final (RFC 5321 §4.2.1)."""
SPOKEN = Text(en="{day} at {time}", nl="{day} om {time}")


class Recipient(NamedTuple):
    """The recipient of a mail."""

    person: PersonId
    name: str
    email: str
    language: Language


class MailRefused(Exception):
    """The mail server refused this mail for good: its recipient, usually, or its content (RFC 5321 §4.2.1)."""


FAILURES = (OSError, SMTPHeloError, SMTPAuthenticationError)
"""Errors of the mail server rather than of one mail; aiosmtplib's lost connections and timeouts are OSErrors."""


async def send(kring: Kring, job: Claimed, *, breakers: Breakers) -> None:
    """Compose and send the mail of a job. Does nothing if there is no content or no recipient any more.

    Raises `CircuitOpen` while the mail server is unavailable.
    """
    server = None if kring.config.smtp_url is None else destination(kring.config.smtp_url)
    if server is not None:
        breakers.check(server)
    content = await MAIL_CONTENTS[job.kind](kring, job)
    if content is None:
        return
    recipient = await _recipient(kring, content.to or PersonId(job.arguments["person"]))
    if recipient is None:
        return
    name = message_name(kring.log.log_id, job.key)
    mail = compose(kring, job, content, recipient, name)
    if kring.config.smtp_url is None or server is None:
        await asyncio.to_thread(box.put, kring.config.data, recipient.person, name, mail.content)
    else:
        with breakers.calling(server):
            await _by_smtp(kring.config.smtp_url, mail)


def message_name(log_id: str, key: str) -> str:
    """The local part of the Message-ID: the same for the same job of the same log, and without meaning to others."""
    return sha256(f"kring/mail/1\n{log_id}\n{key}".encode()).hexdigest()[:40]


def compose(kring: Kring, job: Claimed, content: MailContent, recipient: Recipient, name: str) -> Mail:
    """Compose a mail, which names the position of its event, if any (docs/reference/jobs-and-mails.md 'Mails').

    Raises `BadEmail` if no mail can be sent to the address.
    """
    host, language = _host(kring.config), recipient.language
    templates = environment("workers.mail", "templates", language)
    template = templates.get_template(f"{content.template}.txt")
    style = SentenceStyle(language, zone=content.zone, names_zone=content.names_zone)
    names = {
        **{key: _in_sentence(one, language) for key, one in content.names.items()},
        "day": partial(day, language=language),
        "when": partial(date_and_time, style=style, pattern=SPOKEN),
        "word": partial(word, language=language),
    }
    parts = {
        "language": language,
        "name": isolated(recipient.name),
        "subject": " ".join(_part(template, "subject", names).split()),
        "paragraphs": [one.strip().split("\n") for one in _part(template, "body", names).split("\n\n")],
        "action": _part(template, "action", names).strip(),
        "link": kring.config.public_url + content.path,
        "position": job.position if content.about_event else None,
        "log_id": kring.log.log_id,
    }
    sender_name, sender = parseaddr(kring.config.mail_from)
    to, subject = deliverable(recipient.email), str(parts["subject"])
    headers = [
        ("From", mailbox("From", sender_name, sender)),
        ("To", mailbox("To", recipient.name, to)),
        ("Subject", unstructured("Subject", subject)),
        ("Date", format_datetime(now())),
        ("Message-ID", f"<{name}@{host}>"),
        ("List-Id", mailbox("List-Id", content.list_name, f"{content.list_id}.{host}")),  # RFC 2919
        ("Auto-Submitted", "auto-generated"),  # RFC 3834: nobody's absence answers it
        ("Content-Language", language),
    ]
    texts = [
        ("text/plain", templates.get_template("layout.txt").render(parts)),
        ("text/html", templates.get_template("layout.html").render(parts)),
    ]
    return Mail(sender, to, message(headers, texts, boundary=name))


def _in_sentence(value: object, language: Language) -> object:
    """A value with its names and titles isolated for use in a sentence; texts of several lines are left alone."""
    match value:
        case Text():
            return isolated(value.in_language(language))
        case str() if "\n" not in value:
            return isolated(value)
        case list():
            return [_in_sentence(one, language) for one in cast("list[object]", value)]
        case _:
            return value


def _part(template: Template, block: str, names: dict[str, object]) -> str:
    return "".join(template.blocks[block](template.new_context(names)))


def _host(config: Config) -> str:
    """The name of this installation's host in mails, in ASCII."""
    host = urlsplit(config.public_url).hostname or "localhost"
    return host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")


async def _recipient(kring: Kring, person: PersonId) -> Recipient | None:
    found = await row(kring, PEOPLE, person)
    if found is None or found.name.text is None or found.email is None or found.email.text is None:
        return None
    language = language_named(found.language) or IN_TEMPLATES
    return Recipient(person, found.name.text, found.email.text, language)


def destination(url: str) -> str:
    """The name of the mail server's circuit."""
    server = urlsplit(url)
    return f"{server.scheme}://{server.hostname}:{server.port or _default_port(server.scheme)}"


def _default_port(scheme: str) -> int:
    return 465 if scheme == "smtps" else 25


async def _by_smtp(url: str, mail: Mail) -> None:
    """Hand the mail to the server at `url`: `smtp://user:password@host:587`, `smtps://` for TLS from the beginning.

    Raises `DestinationFailed` for errors of the server, `MailRefused` if it refuses this mail for good, and aiosmtplib's errors
    for what it may take later.
    """
    server = urlsplit(url)
    try:
        await aiosmtplib.send(
            mail.content,
            sender=mail.sender,
            recipients=[mail.recipient],
            hostname=server.hostname,
            port=server.port or _default_port(server.scheme),
            username=None if server.username is None else unquote(server.username),
            password=None if server.password is None else unquote(server.password),
            use_tls=server.scheme == "smtps",
            timeout=SMTP_TIMEOUT_S,
        )
    except FAILURES as error:
        raise DestinationFailed(destination(url)) from error
    except SMTPRecipientsRefused as error:
        if all(one.code >= PERMANENT for one in error.recipients):
            raise MailRefused from error
        raise
    except SMTPDataError as error:
        if error.code >= PERMANENT:
            raise MailRefused from error
        raise
