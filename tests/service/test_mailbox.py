"""The mailbox of an installation without a mail server."""

import os
import stat
from email.message import EmailMessage
from pathlib import Path

import pytest

from service import mailbox
from service.mailbox import NoSuchMail

ANNA, BERT = "person_anna", "person_bert"


def mail(subject: str, body: str = "Text") -> bytes:
    message = EmailMessage()
    message["To"] = "Anna <anna@example.org>"
    message["Subject"] = subject
    message["Date"] = "Tue, 01 Nov 2016 12:00:00 +0100"
    message.set_content(body)
    return message.as_bytes()


def put(data: Path, person: str, name: str, subject: str, age: int) -> None:
    mailbox.put(data, person, name, mail(subject))
    os.utime(data / "mailbox" / person / f"{name}.eml", (1_000_000 - age, 1_000_000 - age))


def test_mails_are_listed_newest_first(tmp_path: Path) -> None:
    put(tmp_path, ANNA, "a", "Oud ⚘", 2)
    put(tmp_path, BERT, "b", "Nieuw", 1)
    entries = mailbox.entries(tmp_path)
    assert [(one.person, one.name, one.subject) for one in entries] == [(BERT, "b", "Nieuw"), (ANNA, "a", "Oud ⚘")]
    assert entries[0].sent_at.isoformat() == "2016-11-01T12:00:00+01:00"
    assert [one.name for one in mailbox.entries(tmp_path, limit=1)] == ["b"]
    assert mailbox.entries(tmp_path / "nothing") == []


def test_a_mail_is_read_completely(tmp_path: Path) -> None:
    mailbox.put(tmp_path, ANNA, "a", mail("S", "Héél"))
    assert mailbox.read(tmp_path, ANNA, "a").get_content() == "Héél\n"
    with pytest.raises(NoSuchMail):
        mailbox.read(tmp_path, BERT, "a")


def test_storing_a_mail_twice_keeps_one_copy(tmp_path: Path) -> None:
    mailbox.put(tmp_path, ANNA, "a", mail("First"))
    mailbox.put(tmp_path, ANNA, "a", mail("Again"))
    assert [one.subject for one in mailbox.entries(tmp_path)] == ["Again"]
    assert [one.name for one in (tmp_path / "mailbox" / ANNA).iterdir()] == ["a.eml"]


def test_mails_are_readable_only_by_the_owner(tmp_path: Path) -> None:
    mailbox.put(tmp_path, ANNA, "a", mail("S"))
    folder = tmp_path / "mailbox"
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (folder, folder / ANNA, folder / ANNA / "a.eml")]
    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.parametrize(("person", "name"), [("..", "a"), (ANNA, "../a"), ("", "a"), (ANNA, "a/b"), (ANNA, "a\n")])
def test_a_mail_name_cannot_escape_the_folder(tmp_path: Path, person: str, name: str) -> None:
    with pytest.raises(NoSuchMail):
        mailbox.read(tmp_path, person, name)
    with pytest.raises(NoSuchMail):
        mailbox.put(tmp_path, person, name, b"")


@pytest.mark.parametrize(
    "text", ["Wie verhuist er, én waarom?", "  Een lange tekst die " + "een mail zeker afkapt " * 20]
)
def test_every_mail_that_quotes_a_text_is_removed_in_any_encoding(text: str, tmp_path: Path) -> None:
    mailbox.put(tmp_path, ANNA, "subject", mail(f"Over {' '.join(text.split())[:60]}…"))
    mailbox.put(tmp_path, ANNA, "body", mail("Nieuws", f"Er staat:\n\n  {' '.join(text.split())[:60]}\n…"))
    mailbox.put(tmp_path, BERT, "other", mail("Nieuws", "Iets anders"))
    assert mailbox.purge_quoting(tmp_path, text) == 2
    assert [one.name for one in mailbox.entries(tmp_path)] == ["other"]
    assert mailbox.purge_quoting(tmp_path, text) == 0


def test_an_empty_text_removes_no_mail(tmp_path: Path) -> None:
    mailbox.put(tmp_path, ANNA, "a", mail("Nieuws"))
    assert mailbox.purge_quoting(tmp_path, " \n") == 0
