"""The clock, ids and random secrets. The domain and projections receive them as values.

Importing this module also makes the process read time zones from the `tzdata` package instead of the machine's folder, which
may be older or differ (PEP 615).
"""

import secrets
import zoneinfo
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils.compat
from typeid import TypeID

zoneinfo.reset_tzpath(to=())


def now() -> datetime:
    """The current time, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  the only place that reads the clock


def new_id(prefix: str) -> str:
    """A TypeID: `prefix` and a UUIDv7; for persons a UUIDv4, since a UUIDv7 reveals the time of registration."""
    return str(
        TypeID.from_uuid(  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  incomplete types in typeid
            uuid_utils.uuid4() if prefix == "person" else uuid_utils.uuid7(), prefix
        )
    )


def milliseconds_of(one: str) -> int:
    """The time since 1970 at which an id was made: the first 48 bits of a UUIDv7 (RFC 9562 §5.7). Not for persons."""
    return TypeID.from_string(one).uuid.int >> 80  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  incomplete types in typeid


def new_uuid() -> UUID:
    """A random UUID (version 4)."""
    return uuid_utils.compat.uuid4()


def new_secret() -> str:
    """256 random bits as 43 characters of base64url."""
    return secrets.token_urlsafe(32)
