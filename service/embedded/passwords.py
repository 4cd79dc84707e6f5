"""The passwords of the embedded servers: random, generated once per data folder, readable only by its owner."""

import os
import secrets
from pathlib import Path

import msgspec


class Passwords(msgspec.Struct, frozen=True):
    """One password per account; only letters, digits, `-` and `_`, so that no URL or SQL literal needs escapes."""

    owner: str
    service: str
    valkey: str


def load_or_create(data: Path) -> Passwords:
    """The passwords in `data`/passwords; the file is created if it is missing."""
    file = data / "passwords"
    if file.exists():
        return msgspec.json.decode(file.read_bytes(), type=Passwords)
    passwords = Passwords(*(secrets.token_urlsafe(24) for _ in range(3)))
    write_private(file, msgspec.json.encode(passwords))
    return passwords


def write_private(file: Path, content: bytes) -> None:
    """Write `file` atomically, readable only by its owner."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
