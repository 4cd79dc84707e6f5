"""The bytes of a mail (RFC 5322, MIME), composed here and not by `email.message`.

`email.message` parses its input, encoded words and their line ends included (RFC 2047), and Python versions differ in how: a
name could become a separate header. Here texts are encoded and never parsed. Everything is ASCII in lines of at most 76
characters, except the line of a very long address.
"""

import re
from collections.abc import Sequence
from email.charset import QP, Charset
from email.header import Header
from quopri import encodestring
from typing import NamedTuple

END = "\r\n"
PLAIN_PHRASE = re.compile(r"[A-Za-z0-9'-]+(?: [A-Za-z0-9'-]+)*")
"""A phrase that needs no encoding: atoms of RFC 5322 §3.2.3, fewer than it allows."""
PRINTABLE = re.compile(r"[!-~]+(?: [!-~]+)*")
NAME = re.compile(r"[A-Za-z0-9-]+")
MAX_LINE_LENGTH = 76
UTF_8 = Charset("utf-8")
UTF_8.header_encoding = QP
ENCODED_WORD_BEGINS = "=?"


class Mail(NamedTuple):
    """A mail with its envelope (RFC 5321): the addresses of sender and recipient, and the message."""

    sender: str
    recipient: str
    content: bytes


def message(headers: Sequence[tuple[str, str]], parts: Sequence[tuple[str, str]], boundary: str) -> bytes:
    """The message of encoded headers, and of texts by media type, of which mail programs show the last that they can."""
    lines = [f"{_name(name)}: {_ready(value)}" for name, value in headers]
    lines += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{boundary}"', ""]
    for media_type, text in parts:
        lines += [
            f"--{boundary}",
            f"Content-Type: {media_type}; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
        ]
        lines += ["", _quoted_printable(text)]
    return END.join([*lines, f"--{boundary}--", ""]).encode("ascii")


def unstructured(name: str, text: str) -> str:
    """A text as the value of the header `name`: unchanged if that is safe, else in encoded words (RFC 2047 §5)."""
    if PRINTABLE.fullmatch(text) and ENCODED_WORD_BEGINS not in text and len(name) + 2 + len(text) <= MAX_LINE_LENGTH:
        return text
    return _encoded(name, text)


def mailbox(name: str, phrase: str, address: str) -> str:
    """A named address or list id as the value of the header `name`: a phrase and `<address>`."""
    if not phrase:
        return f"<{address}>"
    is_plain = PLAIN_PHRASE.fullmatch(phrase) and len(name) + 2 + len(phrase) <= MAX_LINE_LENGTH
    encoded = phrase if is_plain else _encoded(name, phrase)
    last = encoded.rpartition(END)[2] if END in encoded else f"{name}: {encoded}"
    between = " " if len(last) + len(address) + 3 <= MAX_LINE_LENGTH else f"{END} "
    return f"{encoded}{between}<{address}>"


def _encoded(name: str, text: str) -> str:
    """Encoded words of RFC 2047, folded; white space, including line ends, becomes a space."""
    return Header(" ".join(text.split()), UTF_8, maxlinelen=MAX_LINE_LENGTH, header_name=name).encode(linesep=END)


def _quoted_printable(text: str) -> str:
    """A text as quoted-printable (RFC 2045 §6.7) with CRLF line ends."""
    lines = "\n".join(re.split(r"\r\n|\r|\n", text))
    return encodestring(lines.encode()).decode("ascii").replace("\n", END)


def _name(name: str) -> str:
    assert NAME.fullmatch(name), "a header's name is one of ours"
    return name


def _ready(value: str) -> str:
    """Check a header value: lines after the first must start with a space (RFC 5322 §2.2.3), so that none starts a header."""
    first, *more = value.split(END)
    assert all(re.fullmatch("[ -~]*", one) for one in (first, *more)), "a line of a header is printable ASCII"
    assert all(one.startswith(" ") and one.strip() for one in more), (
        "a continuation line starts with a space and is not empty"
    )
    return value
