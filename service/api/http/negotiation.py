"""Content negotiation (RFC 9110 §12): the media type of an answer, and the language in which it is worded."""

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
from service.kring import Kring
from service.store.database import BROKEN

Connection = ASGIConnection[Any, Any, Any, Any]

JSON: Final = "application/json"
LANGUAGES: Final[tuple[Language, ...]] = ("en", "nl")
DEFAULT_LANGUAGE: Final[Language] = "en"
LANGUAGE: Final = "language"
"""Name in the state of a request of the language in which its answer is worded, once that is known."""
LOOKUP_TIMEOUT_S: Final = 1.0
"""Time to find the language of a person who is refused something; after it, the default."""


class NotAcceptable(Refusal):
    """None of the media types that can be sent is accepted (RFC 9110 §15.5.7)."""

    CODE = "not-acceptable"
    STATUS = 406
    TEXT = Text(
        en="This can be sent as {offered}; your Accept header excludes that.",
        nl="Dit kan worden gestuurd als {offered}; je Accept-kop sluit dat uit.",
    )


# Media types


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """The media type of `offered` that `Accept` weighs most, of equals the first; None if it excludes them all.

    RFC 9110 §12.5.1: the most specific range that matches a type gives its weight, and weight 0 excludes it. Parameters of a
    range count for nothing, since no type here has any. Without a range to go by, it is the first; and where ranges do nothing
    but exclude, the first that they do not.
    """
    stated = [(one.partition(";")[0].strip(), weight) for one, weight in parse_accept_header(accept, MIMEAccept)]
    ranges = {("*/*" if one == "*" else one): weight for one, weight in stated if one == "*" or "/" in one}
    if not any(ranges.values()):
        ranges.setdefault("*/*", 1.0)
    return MIMEAccept(ranges.items()).best_match(offered)


def negotiated(connection: Connection, offered: Sequence[str]) -> str:
    """The media type in which to answer. Raises `NotAcceptable`."""
    found = preferred(_stated(connection, "Accept"), offered)
    if found is None:
        raise NotAcceptable(offered=", ".join(offered))
    return found


# Languages


def language_asked_for(accept_language: str | None) -> Language | None:
    """The language that `Accept-Language` weighs most; None if it names neither of ours, and so leaves the choice.

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
    """The language in which to answer: as asked for, else that of the person who asks (or `person`), else English."""
    state = connection.scope["state"]
    if LANGUAGE not in state:
        asked_for = language_asked_for(_stated(connection, "Accept-Language"))
        state[LANGUAGE] = asked_for or await _language_of_person(connection, person) or DEFAULT_LANGUAGE
    return state[LANGUAGE]


def worded_in(connection: Connection) -> Language:
    """The language of this answer as `language_of` has found it; if it has not, as the request asks for it."""
    state = connection.scope["state"]
    if LANGUAGE not in state:
        state[LANGUAGE] = language_asked_for(_stated(connection, "Accept-Language")) or DEFAULT_LANGUAGE
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


async def find_language(error: Exception, scope: Scope) -> None:
    """Find the language of whoever is refused something, before it is worded. Nothing is looked up for a fault of ours."""
    status = (
        error.STATUS if isinstance(error, Refusal) else error.status_code if isinstance(error, HTTPException) else 500
    )
    if scope["type"] == "http" and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        with suppress(*BROKEN):
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                await language_of(Request(scope))


async def name_language(message: Message, scope: Scope) -> None:
    """Say in `Content-Language` and `Vary` that an answer was worded in a language (RFC 9110 §8.5, §12.5.5)."""
    if message["type"] != "http.response.start" or LANGUAGE not in scope["state"]:
        return
    headers = MutableScopeHeaders.from_message(message)
    headers["Content-Language"] = scope["state"][LANGUAGE]
    if "Accept-Language" not in str(headers.get("Vary", "")):  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  it says no types
        headers.extend_header_value("Vary", "Authorization, Accept-Language")


def _stated(connection: Connection, header: str) -> str | None:
    """A header that is a list, whole: its lines joined (RFC 9110 §5.3)."""
    lines = connection.headers.getall(header, [])
    return ", ".join(lines) or None
