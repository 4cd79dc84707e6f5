"""The mailbox of an installation without a mail server: every mail as a file, for its pages and its operator.

Files are `<data>/mailbox/<person id>/<message id>.eml`, readable only by their owner. Mails contain names and texts
unencrypted, as in any inbox; nothing else in Kring stores them so.
"""

import os
import re
import tempfile
import unicodedata
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

from msgspec import Struct

NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
MAX_SHOWN = 200
MIN_QUOTED_CHARACTERS = 30
"""Mails shorten long texts, but never to less than this."""


class NoSuchMail(LookupError):
    """There is no mail with this name for this person."""


class Entry(Struct, frozen=True, kw_only=True):
    """A mail in the mailbox, identified by `person` and `name`."""

    person: str
    name: str
    to: str
    subject: str
    sent_at: datetime


def put(data: Path, person: str, name: str, mail: bytes) -> None:
    """Store a mail atomically. It replaces one with the same name, so that sending it twice has no effect."""
    file = _file(data, person, name)
    for folder in (file.parent.parent, file.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as writing:
            writing.write(mail)
            writing.flush()
            os.fsync(descriptor)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def entries(data: Path, *, limit: int = MAX_SHOWN) -> list[Entry]:
    """The mails of all persons, newest first."""
    found = sorted((data / "mailbox").glob("*/*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [_entry(file) for file in found[:limit]]


def read(data: Path, person: str, name: str) -> EmailMessage:
    """Read a mail. Raises `NoSuchMail`."""
    try:
        raw = _file(data, person, name).read_bytes()
    except FileNotFoundError:
        raise NoSuchMail(name) from None
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)


def purge_quoting(data: Path, text: str) -> int:
    """Delete every mail that quotes a text, or the beginning of a long one. Returns how many.

    This may delete a mail that contains the same words by coincidence, but leaves none that quotes the text.
    """
    beginning = _normalised(text)[:MIN_QUOTED_CHARACTERS]
    if not beginning:
        return 0
    quoting = [file for file in (data / "mailbox").glob("*/*.eml") if beginning in _normalised(_text_of(file))]
    for file in quoting:
        file.unlink(missing_ok=True)
    return len(quoting)


def _text_of(file: Path) -> str:
    """The subject and plain text of a mail, decoded."""
    mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(file.read_bytes())
    body = mail.get_body(("plain",))
    content = "" if body is None else body.get_content()
    return f"{mail['Subject']}\n{content}"


def _normalised(text: str) -> str:
    """The text in Unicode NFC and without white space, the differences that a mail may introduce."""
    return "".join(unicodedata.normalize("NFC", text).split())


def _file(data: Path, person: str, name: str) -> Path:
    """The path of a mail. Raises `NoSuchMail` for an invalid name."""
    for part in (person, name):
        if not NAME.fullmatch(part):
            raise NoSuchMail(part)
    return data / "mailbox" / person / f"{name}.eml"


def _entry(file: Path) -> Entry:
    with file.open("rb") as reading:
        headers = BytesHeaderParser(EmailMessage, policy=policy.default).parse(reading)
    return Entry(
        person=file.parent.name,
        name=file.stem,
        to=str(headers["To"]),
        subject=str(headers["Subject"]),
        sent_at=headers["Date"].datetime,
    )
