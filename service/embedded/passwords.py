"""The passwords of the embedded servers: random, made once per data folder, readable by its owner alone."""

import os
import secrets
from pathlib import Path

import msgspec


class Passwords(msgspec.Struct, frozen=True):
    """One per account; letters, digits, `-` and `_` only, so that they fit into a URL and an SQL literal as they are."""

    owner: str
    service: str
    valkey: str


def kept(data: Path) -> Passwords:
    """Those in `data`/passwords; made where it is missing."""
    file = data / "passwords"
    if file.exists():
        return msgspec.json.decode(file.read_bytes(), type=Passwords)
    made = Passwords(*(secrets.token_urlsafe(24) for _ in range(3)))
    write_private(file, msgspec.json.encode(made))
    return made


def write_private(file: Path, content: bytes) -> None:
    """Write `file` whole or not at all, for ourselves alone."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
