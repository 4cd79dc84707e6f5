"""The configuration: read from the environment here and nowhere else, validated once, passed on as a value."""

import os
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from msgspec import Struct

LogLevel = Literal["debug", "info", "warning", "error"]
LEVELS: tuple[LogLevel, ...] = ("debug", "info", "warning", "error")


class BadSetting(Exception):
    """A setting is missing or invalid. The text names the variable and what it should be, and never repeats a secret."""

    def __init__(self, variable: str, wrong: str) -> None:
        super().__init__(f"{variable}: {wrong}")
        self.variable, self.wrong = variable, wrong


class Limits(Struct, frozen=True, kw_only=True):
    """Limits on what one service process keeps for its clients, and on how long it waits for them."""

    header_bytes: int = 32_768
    """Request line and header fields together."""
    header_timeout_s: int = 10
    """From a connection, or the first byte of a request, until its header fields are complete."""
    body_timeout_s: int = 20
    """Between two parts of a request body, and for a client to read a part of an answer."""
    idle_timeout_s: int = 75
    """Between two requests. Longer than a proxy keeps an idle connection, so that the proxy closes it first."""
    connections: int = 10_000
    streams: int = 5_000
    """Streams of server-sent events."""
    streams_per_caller: int = 32
    """Streams with one token."""
    not_found_ms: int = 50
    """A 404 is delayed to a multiple of this time, so that callers cannot distinguish hidden from missing resources."""


class Config(Struct, frozen=True, kw_only=True):
    """The configuration of a process.

    Without `database_url`, Kring runs on embedded servers: the three URLs are None until those of `data` run. `owner_url`: for
    migrations only. `smtp_url` None: mails go to the mailbox in `data`. `port` 0: any free one.
    """

    data: Path
    database_url: str | None
    owner_url: str | None
    redis_url: str | None
    keys: Path
    host: str
    port: int
    public_url: str
    smtp_url: str | None
    mail_from: str
    log_level: LogLevel
    limits: Limits = Limits()

    def __repr__(self) -> str:
        """Omit the URLs, which contain passwords."""
        return f"Config(data={str(self.data)!r}, embedded={self.database_url is None}, public_url={self.public_url!r})"


VARIABLES = {
    "data": "KRING_DATA",
    "database_url": "KRING_DATABASE_URL",
    "owner_url": "KRING_OWNER_URL",
    "redis_url": "KRING_REDIS_URL",
    "keys": "KRING_KEYS",
    "host": "KRING_HOST",
    "port": "KRING_PORT",
    "public_url": "KRING_PUBLIC_URL",
    "smtp_url": "KRING_SMTP_URL",
    "mail_from": "KRING_MAIL_FROM",
    "log_level": "KRING_LOG_LEVEL",
    "header_bytes": "KRING_MAX_HEADER_BYTES",
    "header_timeout_s": "KRING_HEADER_TIMEOUT_S",
    "body_timeout_s": "KRING_BODY_TIMEOUT_S",
    "idle_timeout_s": "KRING_IDLE_TIMEOUT_S",
    "connections": "KRING_MAX_CONNECTIONS",
    "streams": "KRING_MAX_STREAMS",
    "streams_per_caller": "KRING_MAX_STREAMS_PER_CALLER",
    "not_found_ms": "KRING_NOT_FOUND_MS",
}
MAX_LIMIT = 1_000_000


def load(environ: Mapping[str, str] = os.environ, **overrides: Any) -> Config:  # noqa: TID251  the only reader
    """Load the configuration from `environ`; `overrides`, by field, take precedence unless None. Raises `BadSetting`.

    With KRING_DATABASE_URL, Valkey and the key store have no default: the key store must be outside the database and its
    backups.
    """
    given = {field: environ.get(variable, "").strip() for field, variable in VARIABLES.items()}
    given |= {field: str(value) for field, value in overrides.items() if value is not None}
    _check_servers(given)
    data = Path(given["data"] or ".kring")
    host, port = given["host"] or "127.0.0.1", _port(given["port"] or "8016")
    return Config(
        data=data,
        database_url=_url(given, "database_url", "postgresql", "postgres"),
        owner_url=_url(given, "owner_url", "postgresql", "postgres"),
        redis_url=_url(given, "redis_url", "redis", "rediss", "unix"),
        keys=Path(given["keys"]) if given["keys"] else data / "keys",
        host=host,
        port=port,
        public_url=(_url(given, "public_url", "http", "https") or f"http://{host}:{port}").rstrip("/"),
        smtp_url=_url(given, "smtp_url", "smtp", "smtps"),
        mail_from=_mail_from(given["mail_from"] or "Kring <kring@localhost>"),
        log_level=_log_level(given["log_level"] or "info"),
        limits=_limits(given),
    )


def _check_servers(given: Mapping[str, str]) -> None:
    """Raises `BadSetting` unless either all servers are configured or none."""
    if given["database_url"]:
        for field in ("redis_url", "keys"):
            if not given[field]:
                raise BadSetting(VARIABLES[field], f"is required with {VARIABLES['database_url']}")
    else:
        for field in ("owner_url", "redis_url"):
            if given[field]:
                raise BadSetting(VARIABLES[field], f"is only used with {VARIABLES['database_url']}, which is not set")


def _url(given: Mapping[str, str], field: str, *schemes: str) -> str | None:
    if not (text := given[field]):
        return None
    try:
        url = urlsplit(text)
        is_valid = url.scheme in schemes and bool(url.netloc or url.path) and (url.port or 1) > 0
    except ValueError:
        is_valid = False
    if not is_valid:
        raise BadSetting(
            VARIABLES[field], f"must be a URL that begins with {' or '.join(f'{one}://' for one in schemes)}"
        )
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 2**16):
        raise BadSetting(VARIABLES["port"], f"{text!r} is not a port; use a number from 0 (any free one) to 65535")
    return int(text)


def _limits(given: Mapping[str, str]) -> Limits:
    named = [field for field in Limits.__struct_fields__ if given[field]]
    return Limits(**{field: _limit(VARIABLES[field], given[field]) for field in named})


def _limit(variable: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_LIMIT):
        raise BadSetting(variable, f"{text!r} is not a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def _mail_from(text: str) -> str:
    name, address = parseaddr(text)
    if address.count("@") != 1 or not address.isascii() or any(ord(letter) < ord(" ") for letter in name + address):
        raise BadSetting(VARIABLES["mail_from"], f"{text!r} is not an address such as 'Kring <kring@example.org>'")
    return text


def _log_level(text: str) -> LogLevel:
    for level in LEVELS:
        if level == text.lower():
            return level
    raise BadSetting(VARIABLES["log_level"], f"{text!r} is not one of {', '.join(LEVELS)}")
