"""Where the clock and chance come in: the moment, new ids. Everything further in takes them as values.

Zones come in here too: every process that imports this reads them from the `tzdata` package, never from its machine's
folder, which may be older or hold others (PEP 615).
"""

import secrets
import zoneinfo
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils.compat
from typeid import TypeID

zoneinfo.reset_tzpath(to=())


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  this is the edge


def new_id(prefix: str) -> str:
    """A TypeID: `prefix` and a UUIDv7; a person's is a UUIDv4, since a UUIDv7 tells the millisecond of registration."""
    return str(
        TypeID.from_uuid(  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  typeid says little
            uuid_utils.uuid4() if prefix == "person" else uuid_utils.uuid7(), prefix
        )
    )


def new_uuid() -> UUID:
    """A random UUID (version 4)."""
    return uuid_utils.compat.uuid4()


def new_secret() -> str:
    """256 random bits as 43 characters of base64url."""
    return secrets.token_urlsafe(32)
