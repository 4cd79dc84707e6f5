"""Mails byte by byte, as a mail server receives them rather than as Python's e-mail package parses them."""

import base64
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from quopri import decodestring

import pytest

from workers.mail.message import mailbox, message, unstructured

ROOT = Path(__file__).parents[3]
HOSTILE = [
    "=?utf-8?q?a=0d=0aReply-To:_x=40y?=",
    "=?utf-8?b?YQ0KDQpib2R5?=",
    "=?us-ascii?q?a=0aBcc:_x=40y=0a=0abody?= tail",
    "x =?utf-8?q?=00?= =?utf-8?q?=0d?=",
    "=?",
    "?=",
    'Anna" <x@y.org>, "B',
    "Anna, B; C: D (comment) <x@y.org>",
    "a\r\nBcc: x@y.org",
    "a\nBcc: x@y.org",
    "a\rBcc: x@y.org",
    "a\u2028Bcc: x@y.org\u2029b\x85c\x0bd\x0ce",
    "\\",
    "\u202eevil\u2066",
    "é" * 200,
    "👩🏽‍💻" * 40,
    "y" * 200,
    "word " * 40,
    ".",
    "From x",
]
WORD = re.compile(rb"=\?utf-8\?([qb])\?([!-~]*?)\?=")
ADDRESS = "a@example.org"


def built(text: str) -> bytes:
    headers = [
        ("From", mailbox("From", text, "kring@example.org")),
        ("To", mailbox("To", text, ADDRESS)),
        ("Subject", unstructured("Subject", text)),
        ("List-Id", mailbox("List-Id", text, "programme_1.example.org")),
    ]
    return message(headers, [("text/plain", f"{text}\n.\nend\n"), ("text/html", f"<p>{text}</p>")], "edge")


def head_of(raw: bytes) -> list[tuple[bytes, bytes]]:
    """Header lines, unfolded (RFC 5322 §2.2.3): all lines before the first empty one."""
    found: list[tuple[bytes, bytes]] = []
    for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        if line.startswith(b" "):
            found[-1] = (found[-1][0], found[-1][1] + line)
        else:
            name, _, value = line.partition(b": ")
            found.append((name, value))
    return found


def words_in(value: bytes) -> str:
    """Header text as a mail reader shows it: encoded words decoded once, as bytes, and joined (RFC 2047 §6.2)."""
    if b"=?" not in value:
        return value.decode("ascii")
    octets = b"".join(
        base64.b64decode(text) if kind == b"b" else decodestring(text.replace(b"_", b" "), header=True)
        for kind, text in (one.groups() for one in WORD.finditer(value))
    )
    return octets.decode()


def parts_of(raw: bytes) -> Iterator[str]:
    for part in raw.partition(b"\r\n\r\n")[2].split(b"--edge")[1:-1]:
        yield decodestring(part.partition(b"\r\n\r\n")[2]).decode().replace("\r\n", "\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_cannot_inject_a_header_or_a_body(text: str) -> None:
    raw = built(text)
    names = [name for name, _ in head_of(raw)]
    assert names == [b"From", b"To", b"Subject", b"List-Id", b"MIME-Version", b"Content-Type"]
    assert raw.isascii()
    assert not re.search(rb"[^\r]\n|\r[^\n]|\x00", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert not any(line.strip() == b"" for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_mail_shows_text_exactly_as_typed(text: str) -> None:
    raw, said = built(text), " ".join(text.split())
    headers = dict(head_of(raw))
    assert words_in(headers[b"Subject"]) == said
    for name, address in ((b"To", ADDRESS), (b"From", "kring@example.org"), (b"List-Id", "programme_1.example.org")):
        phrase, _, rest = headers[name].rpartition(b" <") if b" <" in headers[name] else headers[name].rpartition(b"<")
        assert rest == f"{address}>".encode()
        assert words_in(phrase) == said
        assert b"<" not in phrase
        assert b'"' not in phrase
    plain, html = parts_of(raw)
    lines = re.sub(r"\r\n|\r", "\n", text)
    assert plain.strip("\n") == f"{lines}\n.\nend"
    assert html.strip("\n") == f"<p>{lines}</p>"


OTHERS = sorted(Path.home().glob(".pyenv/versions/3.1[1-9]*/bin/python3"))


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from workers.mail.message import mailbox, message, unstructured
for text in eval(sys.stdin.read()):
    print(ascii((unstructured("Subject", text), mailbox("To", text, "a@example.org"), message([], [("text/plain", text)], "b"))))
"""


@pytest.mark.parametrize("python", OTHERS, ids=lambda one: one.parents[1].name)
def test_every_installed_python_writes_the_same_bytes(python: Path) -> None:
    printed = [
        subprocess.run(
            [one, "-c", SCRIPT, ROOT], input=ascii(HOSTILE), capture_output=True, text=True, check=True
        ).stdout
        for one in (sys.executable, python)
    ]
    assert printed[0] == printed[1]
