"""The beginning of a visit: the session, language and place of a request, and the time that it shows."""

import asyncio
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request

from domain.foundation import Text
from domain.trips.guests import TripRights
from projections.people import PEOPLE
from projections.wording.formats import language_named
from projections.wording.sentences import HOME
from service.api.http.negotiation import answer_language
from service.api.http.read_parameters import position_or_time
from service.auth.places import places_in
from service.auth.sessions import session_of
from service.clock_and_ids import new_secret, now
from service.kring import Kring
from service.pages.frame import cookies
from service.pages.frame.people import open_names
from service.pages.frame.visit.caller import key_of
from service.pages.frame.visit.forms import Visit
from service.reading.options import BadText, ReadOptions
from service.store.unsealing import open_texts

END_OF_DAY = time(23, 59, 59, 999_999)
NO_DATE = Text(
    en="is neither a day, a time with offset nor the number of a fact",
    nl="is geen dag, geen tijdstip met offset en geen nummer van een feit",
)


async def visit_of(request: Request[Any, Any, Any]) -> Visit:
    """The visit of a request: its session, language, place, and the time that it shows. Raises `BadText` for that."""
    kring: Kring = request.app.state.kring
    at = now()
    browser = cookies.read(request, "browser") or new_secret()
    visit = Visit(request, kring, browser, answer_language(request), at)
    cookie = cookies.read(request, "session")
    visit.session = None if cookie is None else await session_of(kring, cookie)
    if visit.session is not None:
        await _sign_in(visit)
    stated = language_named(cookies.read(request, "language"))
    visit.language = stated or visit.language
    visit.reading = ReadOptions(visit.recorded, _as_of(request.query_params.get("as_of"), visit.zone))
    return visit


async def _sign_in(visit: Visit) -> None:
    """Find the name of the person, and the places in which they can act."""
    kring, by = visit.kring, visit.caller
    person, (rights, _) = await asyncio.gather(
        kring.commands.row(PEOPLE, visit.person), kring.commands.load(TripRights(by))
    )
    if person is None:  # a restore of the log, which no longer knows them
        visit.session = None
        return
    visit.language = language_named(person.language) or visit.language
    visit.places = tuple(places_in(rights))
    wanted = cookies.read(visit.request, "place")
    place = next((one for one in visit.places if key_of(one) == wanted), next(iter(visit.places), None))
    visit.act_at(place, rights)
    ids = {one.programme or one.organisation or "" for one in visit.places}
    names, _ = await asyncio.gather(open_names(kring, ids, visit.language), open_texts(kring.log, kring.keys, [person]))
    visit.names_of_places, visit.name = names, person.name.text or ""
    visit.zone = (names.zone(visit.programme) if visit.programme else None) or HOME


def _as_of(stated: str | None, zone: str) -> int | datetime | None:
    """The position or time that a page shows: that of a fact, or the end of a day. Raises `BadText`."""
    if not stated:
        return None
    try:
        return datetime.combine(date.fromisoformat(stated), END_OF_DAY, ZoneInfo(zone))
    except ValueError:
        pass
    try:
        return position_or_time(stated)
    except BadText:
        raise BadText("as_of", NO_DATE) from None
