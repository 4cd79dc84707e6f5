"""The whole contract by method and path. What is not built yet is there all the same, and says so: 501, problem `not-yet`."""

import re
from collections.abc import Iterable

from litestar import Router
from litestar.handlers import HTTPRouteHandler

from service.api.http.not_yet import NotYet

CONTRACT = """
GET /announcements/{announcement}
GET /ballots/{ballot}
POST /ballots/{ballot}/certification
POST /ballots/{ballot}/close
POST /ballots/{ballot}/count
POST /ballots/{ballot}/recusals
GET /ballots/{ballot}/result
POST /ballots/{ballot}/voiding
GET /ballots/{ballot}/vote
PUT /ballots/{ballot}/vote
GET /bookings/{booking}
POST /bookings/{booking}/cancellation
POST /bookings/{booking}/confirmation
POST /bookings/{booking}/failure
GET /calendar/{link}
GET /challenges/{challenge}
POST /challenges/{challenge}/admission
POST /challenges/{challenge}/declination
POST /challenges/{challenge}/recommission
POST /challenges/{challenge}/revision
POST /challenges/{challenge}/withdrawal
GET /commitments/{commitment}
POST /commitments/{commitment}/move
POST /commitments/{commitment}/settlement
GET /contacts/{contact}
POST /contacts/{contact}/end
GET /events
POST /events/{position}/redaction
GET /files/{file_id}
GET /files/{file_id}/content
GET /gatherings/{gathering}
POST /gatherings/{gathering}/attendance
POST /gatherings/{gathering}/cancellation
POST /gatherings/{gathering}/holding
POST /gatherings/{gathering}/minutes
POST /gatherings/{gathering}/minutes-approval
POST /gatherings/{gathering}/reschedule
GET /interviews/{interview}
POST /interviews/{interview}/consent
POST /interviews/{interview}/holding
GET /itinerary-items/{item}
PUT /itinerary-items/{item}
POST /itinerary-items/{item}/removal
GET /jobs
GET /jobs/{job}
POST /jobs/{job}/cancellation
POST /jobs/{job}/retry
GET /me
GET /me/agenda
POST /me/calendar
GET /me/notifications
GET /me/to-dos
GET /organisations
POST /organisations
GET /organisations/{organisation}
PUT /organisations/{organisation}
GET /organisations/{organisation}/commitments
GET /organisations/{organisation}/contacts
POST /organisations/{organisation}/contacts
GET /organisations/{organisation}/trail
POST /organisations/{organisation}/trail/brought-in
GET /organisations/{organisation}/trail/bundle
GET /organisations/{organisation}/trail/checkpoint
GET /organisations/{organisation}/trail/proof
GET /people
POST /people
GET /people/{person}
PUT /people/{person}
GET /people/{person}/data
POST /people/{person}/erasure
GET /programmes
POST /programmes
GET /programmes/{programme}
PUT /programmes/{programme}
GET /programmes/{programme}/announcements
POST /programmes/{programme}/announcements
GET /programmes/{programme}/attendance
GET /programmes/{programme}/ballots
POST /programmes/{programme}/ballots
GET /programmes/{programme}/challenges
POST /programmes/{programme}/challenges
POST /programmes/{programme}/choice
GET /programmes/{programme}/commitments
POST /programmes/{programme}/conclusion
GET /programmes/{programme}/coverage
PUT /programmes/{programme}/curriculum
GET /programmes/{programme}/dashboard
GET /programmes/{programme}/facilitators
POST /programmes/{programme}/facilitators
POST /programmes/{programme}/facilitators/{person}/replacement
GET /programmes/{programme}/gatherings
POST /programmes/{programme}/gatherings
GET /programmes/{programme}/managers
POST /programmes/{programme}/managers
GET /programmes/{programme}/managers/{person}
GET /programmes/{programme}/modules
POST /programmes/{programme}/modules
GET /programmes/{programme}/modules/{number}
GET /programmes/{programme}/participants
POST /programmes/{programme}/participants
POST /programmes/{programme}/participants/{person}/organisation
POST /programmes/{programme}/participants/{person}/withdrawal
PUT /programmes/{programme}/phases
GET /programmes/{programme}/preferences
PUT /programmes/{programme}/preferences
POST /programmes/{programme}/team-assignments
GET /programmes/{programme}/teams
GET /recommendations/{recommendation}
PUT /recommendations/{recommendation}
POST /recommendations/{recommendation}/closure
POST /recommendations/{recommendation}/commitments
POST /recommendations/{recommendation}/progress
POST /recommendations/{recommendation}/rejoinder
POST /recommendations/{recommendation}/response
GET /reporting/{file}
GET /stakeholders/{stakeholder}
POST /stakeholders/{stakeholder}/placement
POST /stakeholders/{stakeholder}/talks
GET /team-assignments/{assignment}
POST /team-assignments/{assignment}/adoption
GET /teams/{team}
GET /teams/{team}/advice
GET /teams/{team}/advice.pdf
POST /teams/{team}/advice/approval
POST /teams/{team}/advice/delivery
POST /teams/{team}/advice/presentation
POST /teams/{team}/answer
POST /teams/{team}/challenge
GET /teams/{team}/comments
POST /teams/{team}/comments
GET /teams/{team}/coverage
POST /teams/{team}/departures
POST /teams/{team}/dissolution
GET /teams/{team}/evidence-graph
GET /teams/{team}/files
POST /teams/{team}/files
GET /teams/{team}/gatherings
POST /teams/{team}/gatherings
POST /teams/{team}/guiding-question
GET /teams/{team}/insights
POST /teams/{team}/insights
GET /teams/{team}/interviews
POST /teams/{team}/interviews
GET /teams/{team}/members
POST /teams/{team}/members
GET /teams/{team}/members/{person}
POST /teams/{team}/merger
POST /teams/{team}/problem-statement
GET /teams/{team}/recommendations
POST /teams/{team}/recommendations
GET /teams/{team}/repairs
GET /teams/{team}/research
POST /teams/{team}/shares
GET /teams/{team}/sources
POST /teams/{team}/sources
GET /teams/{team}/stakeholders
POST /teams/{team}/stakeholders
POST /teams/{team}/summary
GET /teams/{team}/timeline
POST /teams/{team}/transfers
GET /teams/{team}/trips
POST /teams/{team}/trips
POST /teams/{team}/waivers
GET /tokens
POST /tokens
GET /tokens/{token}
POST /tokens/{token}/revocation
GET /trips/{trip}
PUT /trips/{trip}/availability
POST /trips/{trip}/booked
POST /trips/{trip}/bookings
POST /trips/{trip}/cancellation
POST /trips/{trip}/completion
POST /trips/{trip}/date
POST /trips/{trip}/date-poll
GET /trips/{trip}/expenses
POST /trips/{trip}/expenses
GET /trips/{trip}/expenses/{expense}
GET /trips/{trip}/guests
POST /trips/{trip}/guests
GET /trips/{trip}/guests/{person}
POST /trips/{trip}/itinerary
GET /trips/{trip}/settlement
"""


def rows() -> list[tuple[str, str]]:
    """Method and path of every row, the path's parts in braces where they are an id."""
    return [(method, path) for method, path in (line.split() for line in CONTRACT.split("\n") if line)]


def not_built(api: Router) -> list[HTTPRouteHandler]:
    """Handlers for the rows of the contract that `api` does not answer."""
    built = set(answered(api))
    return [_not_yet(method, path) for method, path in rows() if (method, _shape(path)) not in built]


def answered(api: Router) -> Iterable[tuple[str, str]]:
    """Method and shape of every path that a router answers, below its own."""
    for route in api.routes:
        path = route.path_format.removeprefix(api.path)
        yield from ((method, _shape(path)) for method in route.methods if method != "OPTIONS")


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _not_yet(method: str, path: str) -> HTTPRouteHandler:
    async def handler() -> None:
        raise NotYet

    words = re.sub(r"\{[^}]*\}", "", path).replace("/", " ").replace("-", " ").split()
    handler.__doc__ = f"Not built yet: {' '.join(words)}."
    return HTTPRouteHandler(
        re.sub(r"\{(\w+)\}", r"{\1:str}", path),
        http_method=method,  # pyright: ignore[reportArgumentType]  a method of the table
        name=f"{method} {path}",
        tags=["Not yet"],
        opt={"not_yet": True},
        status_code=501,
    )(handler)
