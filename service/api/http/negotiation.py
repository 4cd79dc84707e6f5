"""Content negotiation (RFC 9110 §12): the media type and the language of an answer."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from operator import itemgetter
from typing import Any, Final, cast

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.exceptions import HTTPException
from litestar.types import Message, Scope
from werkzeug.datastructures import Accept, MIMEAccept
from werkzeug.http import parse_accept_header

from domain.foundation import Caller, Language, PersonId, Refusal, Text
from projections.people import PEOPLE
from projections.wording.formats import language_named
from service.api.http.routes import joined_header
from service.kring import Kring
from service.store.database import DATABASE_ERRORS

Connection = ASGIConnection[Any, Any, Any, Any]

JSON: Final = "application/json"
LANGUAGES: Final[tuple[Language, ...]] = ("en", "nl")
DEFAULT_LANGUAGE: Final[Language] = "en"
LANGUAGE: Final = "language"
"""The key, in the state of a request, of the language of its answer once it is known."""
LOOKUP_TIMEOUT_S: Final = 1.0
"""Time to look up the language of a person whose request is refused; after it, the default."""


class NotAcceptable(Refusal):
    """The client accepts none of the available media types (RFC 9110 §15.5.7)."""

    CODE = "not-acceptable"
    STATUS = 406
    TEXT = Text(
        en="This can be sent as {offered}; your Accept header excludes that.",
        nl="Dit kan worden gestuurd als {offered}; je Accept-header sluit dat uit.",
    )


# Media types


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """The media type of `offered` that `Accept` weighs most, of equals the first; None if it excludes them all.

    RFC 9110 §12.5.1: the most specific range that matches a type gives its weight, and weight 0 excludes it. Parameters of a
    range are ignored, since no type here has any. Without any range it is the first; if ranges only exclude, the first that
    is not excluded.
    """
    stated = [(one.partition(";")[0].strip(), weight) for one, weight in parse_accept_header(accept, MIMEAccept)]
    ranges = {("*/*" if one == "*" else one): weight for one, weight in stated if one == "*" or "/" in one}
    if not any(ranges.values()):
        ranges.setdefault("*/*", 1.0)
    return MIMEAccept(ranges.items()).best_match(offered)


def negotiated(connection: Connection, offered: Sequence[str]) -> str:
    """The media type of the answer. Raises `NotAcceptable`."""
    found = preferred(joined_header(connection.scope, "Accept"), offered)
    if found is None:
        raise NotAcceptable(offered=", ".join(offered))
    return found


# Languages


def requested_language(accept_language: str | None) -> Language | None:
    """The language that `Accept-Language` weighs most; None if it names neither of ours.

    RFC 9110 §12.5.4 and RFC 4647 §3.4: a range of a region (`nl-BE`) asks for its language, `*` for each that is not named, and
    weight 0 excludes.
    """
    weights = dict[str, float]()
    for tag, weight in parse_accept_header(accept_language, Accept):
        language = tag.lower().partition("-")[0]
        weights[language] = max(weight, weights.get(language, 0.0))
    if weights.keys().isdisjoint(LANGUAGES):
        return None
    order, others = [*weights], weights.get("*")
    allowed: list[Language] = [one for one in LANGUAGES if weights.get(one, others) != 0]
    allowed.sort(key=lambda one: order.index(one) if one in weights else len(order))
    ranked: list[tuple[float, Language]] = [(weights.get(one, others or 0.0), one) for one in allowed]
    return max(ranked, key=itemgetter(0))[1] if ranked else None


async def language_of(connection: Connection, person: PersonId | None = None) -> Language:
    """The language of the answer: the requested one, else that of `person` or the caller, else English."""
    state = connection.scope["state"]
    if LANGUAGE not in state:
        requested = requested_language(joined_header(connection.scope, "Accept-Language"))
        state[LANGUAGE] = requested or await _language_of_person(connection, person) or DEFAULT_LANGUAGE
    return state[LANGUAGE]


def answer_language(connection: Connection) -> Language:
    """The language of this answer as `language_of` has found it, else the one that the request names, else English."""
    state = connection.scope["state"]
    if LANGUAGE not in state:
        state[LANGUAGE] = requested_language(joined_header(connection.scope, "Accept-Language")) or DEFAULT_LANGUAGE
    return state[LANGUAGE]


async def _language_of_person(connection: Connection, person: PersonId | None) -> Language | None:
    caller: object = cast("Mapping[str, object]", connection.scope).get("user")
    person = person or (caller.person if isinstance(caller, Caller) else None)
    if person is None:
        return None
    kring: Kring = connection.app.state.kring
    row = await kring.commands.row(PEOPLE, person)
    return None if row is None else language_named(row.language)


# Hooks of the application


async def find_language_of_refusal(error: Exception, scope: Scope) -> None:
    """Find the language of the caller before a refusal is worded. Nothing is looked up for server errors."""
    status = (
        error.STATUS if isinstance(error, Refusal) else error.status_code if isinstance(error, HTTPException) else 500
    )
    if scope["type"] == "http" and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        with suppress(*DATABASE_ERRORS):
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                await language_of(Request(scope))


async def add_language_headers(message: Message, scope: Scope) -> None:
    """Add `Content-Language` and `Vary` to an answer that is worded in a language (RFC 9110 §8.5, §12.5.5)."""
    if message["type"] != "http.response.start" or LANGUAGE not in scope["state"]:
        return
    headers = MutableScopeHeaders.from_message(message)
    headers["Content-Language"] = scope["state"][LANGUAGE]
    if "Accept-Language" not in str(headers.get("Vary", "")):  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  it says no types
        headers.extend_header_value("Vary", "Authorization, Accept-Language")
