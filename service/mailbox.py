"""The mailbox of an installation without a mail server: every mail as a file, for its start page and for whoever runs it.

`<data>/mailbox/<person id>/<message id>.eml`, closed to everybody else. Mails hold names and texts in the open, as they do
in anybody's inbox: this is the one place in Kring where they stand so. A person's folder goes with the person.
"""

import os
import re
import shutil
import tempfile
import unicodedata
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

from msgspec import Struct

NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
SHOWN_AT_MOST = 200
QUOTED_CHARACTERS = 30
"""Of a text: mails cut long ones short, but none shorter than this."""


class NoSuchMail(LookupError):
    """There is no mail of this name for this person."""


class Entry(Struct, frozen=True, kw_only=True):
    """A mail in the mailbox. `name` and `person` together name it."""

    person: str
    name: str
    to: str
    subject: str
    sent_at: datetime


def put(data: Path, person: str, name: str, mail: bytes) -> None:
    """Keep a mail, whole or not at all; one of the same name is replaced, so that sending again changes nothing."""
    file = _file(data, person, name)
    for folder in (file.parent.parent, file.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=file.parent)  # 0600
    try:
        with os.fdopen(descriptor, "wb") as writing:
            writing.write(mail)
            writing.flush()
            os.fsync(descriptor)
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def entries(data: Path, person: str | None = None, *, limit: int = SHOWN_AT_MOST) -> list[Entry]:
    """The latest mails, of one person or of all, the newest first."""
    pattern = f"{'*' if person is None else person}/*.eml"
    found = sorted((data / "mailbox").glob(pattern), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [_entry(file) for file in found[:limit]]


def read(data: Path, person: str, name: str) -> EmailMessage:
    """One mail. Raises `NoSuchMail`."""
    try:
        raw = _file(data, person, name).read_bytes()
    except FileNotFoundError:
        raise NoSuchMail(name) from None
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)


def purge(data: Path, person: str) -> None:
    """Remove all mails of a person; there need not be any."""
    folder = _file(data, person, "any").parent
    if folder.exists():
        shutil.rmtree(folder)


def purge_quoting(data: Path, text: str) -> int:
    """Remove every mail that quotes a text, or the beginning of a long one; returns how many there were.

    More than need be may go: a mail that says the same in its own words. None that quotes it stays.
    """
    beginning = _plain(text)[:QUOTED_CHARACTERS]
    if not beginning:
        return 0
    quoting = [file for file in (data / "mailbox").glob("*/*.eml") if beginning in _plain(_said_in(file))]
    for file in quoting:
        file.unlink(missing_ok=True)
    return len(quoting)


def _said_in(file: Path) -> str:
    """The subject of a mail and its plain text, decoded."""
    mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(file.read_bytes())
    body = mail.get_body(("plain",))
    said = "" if body is None else body.get_content()
    return f"{mail['Subject']}\n{said}"


def _plain(text: str) -> str:
    """The text without differences that setting it in a mail makes: white space, and the form of composed characters."""
    return "".join(unicodedata.normalize("NFC", text).split())


def _file(data: Path, person: str, name: str) -> Path:
    """Raises `NoSuchMail` for what cannot be a name."""
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
