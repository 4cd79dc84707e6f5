"""The composition root: the application with its routes, middleware, error handlers and encodings."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.middleware import DefineMiddleware
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from domain.foundation import Caller, Sealed
from service.api.advice.advice import AdviceOfTeam
from service.api.advice.commitments import (
    Commitments,
    CommitmentsOfOrganisation,
    CommitmentsOfProgramme,
    CommitmentsOfRecommendation,
)
from service.api.advice.evidence_graph import GraphOfTeam
from service.api.advice.recommendations import Recommendations, RecommendationsOfTeam
from service.api.ballots.ballots import Ballots, BallotsOfProgramme
from service.api.ballots.eligibility import EligibilityInProgramme, EligibilityOnBallot
from service.api.challenges.challenges import Challenges, ChallengesOfProgramme, ChoiceOfProgramme
from service.api.challenges.questions import Questions, QuestionsOfChallenge
from service.api.gatherings.coverage import AttendanceOfProgramme, CoverageOfProgramme, CoverageOfTeam
from service.api.gatherings.gatherings import Gatherings, GatheringsOfProgramme, GatheringsOfTeam
from service.api.history.bringing_in import BringingIn
from service.api.history.changes import OwnChanges
from service.api.history.feed import Feed
from service.api.history.notifications import OwnNotifications
from service.api.history.timeline import TimelineOfTeam
from service.api.history.trail import TrailOfOrganisation
from service.api.http.etags import tag_reads
from service.api.http.head import HeadAsGet
from service.api.http.json_bodies import ApiRequest, decode_body, require_plain
from service.api.http.negotiation import add_language_headers, find_language_of_refusal
from service.api.http.not_yet import not_built
from service.api.http.openapi import openapi, operation_id
from service.api.http.parameters import require_known
from service.api.http.preconditions import readable_paths
from service.api.http.problems import HANDLERS
from service.api.http.read_parameters import DEPENDENCIES, require_offered
from service.api.http.streams import Streams, count_streams
from service.api.operations.health import HealthPages
from service.api.operations.jobs import Jobs
from service.api.operations.metrics import metrics
from service.api.operations.reporting import MAX_REPORTS, Reporting
from service.api.own.agenda import OwnAgenda
from service.api.own.calendar import OwnCalendar, calendar
from service.api.own.me import AboutMe
from service.api.own.to_dos import OwnToDos
from service.api.people.contacts import Contacts
from service.api.people.people import Organisations, People
from service.api.people.tokens import Tokens
from service.api.programmes.announcements import Announcements, AnnouncementsOfProgramme
from service.api.programmes.dashboard import Dashboards
from service.api.programmes.enrolment import FacilitatorsOfProgramme, ManagersOfProgramme, ParticipantsOfProgramme
from service.api.programmes.programmes import Programmes
from service.api.requests.hidden import HoldNotFound
from service.api.requests.repeats import ReadRoutes
from service.api.requests.request_context import RequestContext
from service.api.requests.sse import watch_reads
from service.api.research.files import Files, FilesOfTeam
from service.api.research.research import Insights, Interviews, ResearchOfTeam, Sources
from service.api.research.stakeholders import Stakeholders, StakeholdersOfTeam
from service.api.searching.search import SearchInOrganisation, SearchInProgramme
from service.api.teams.assignments import Assignments, AssignmentsOfProgramme, PreferencesOfProgramme
from service.api.teams.membership import Membership
from service.api.teams.repairs import Repairs
from service.api.teams.sharing import Comments, SharingOfTeam
from service.api.teams.teams import Teams, TeamsOfProgramme
from service.api.trips.bookings import Bookings, BookingsOfTrip
from service.api.trips.expenses import ExpensesOfTrip, SettlementOfTrip
from service.api.trips.itinerary import ItineraryItems, ItineraryOfTrip
from service.api.trips.trips import Trips, TripsOfTeam
from service.auth.middleware import TokenAuthentication
from service.auth.sign_in import SignIns
from service.auth.tokens import Callers
from service.config import Config
from service.gc_tuning import freeze_and_tune
from service.kring import open_kring
from service.pages import PAGES
from service.pages.frame.errors import http_error
from service.reading.reader import Reader

BASE = "/api/v1"
MAX_BODY_BYTES = 1 << 20
"""Size of a body; uploads have their own limit."""

CONTROLLERS = [
    TrailOfOrganisation,
    BringingIn,
    Organisations,
    Contacts,
    People,
    AboutMe,
    Tokens,
    Programmes,
    ParticipantsOfProgramme,
    FacilitatorsOfProgramme,
    ManagersOfProgramme,
    AnnouncementsOfProgramme,
    Announcements,
    SearchInProgramme,
    SearchInOrganisation,
    ChallengesOfProgramme,
    Challenges,
    ChoiceOfProgramme,
    QuestionsOfChallenge,
    Questions,
    BallotsOfProgramme,
    Ballots,
    EligibilityOnBallot,
    EligibilityInProgramme,
    PreferencesOfProgramme,
    AssignmentsOfProgramme,
    Assignments,
    TeamsOfProgramme,
    Teams,
    Membership,
    Repairs,
    TimelineOfTeam,
    GatheringsOfProgramme,
    GatheringsOfTeam,
    Gatherings,
    AttendanceOfProgramme,
    CoverageOfProgramme,
    CoverageOfTeam,
    ResearchOfTeam,
    Sources,
    Interviews,
    Insights,
    FilesOfTeam,
    Files,
    StakeholdersOfTeam,
    Stakeholders,
    SharingOfTeam,
    Comments,
    AdviceOfTeam,
    GraphOfTeam,
    RecommendationsOfTeam,
    Recommendations,
    CommitmentsOfRecommendation,
    Commitments,
    CommitmentsOfOrganisation,
    CommitmentsOfProgramme,
    TripsOfTeam,
    Trips,
    ItineraryOfTrip,
    ItineraryItems,
    ExpensesOfTrip,
    SettlementOfTrip,
    BookingsOfTrip,
    Bookings,
    Feed,
    OwnAgenda,
    OwnCalendar,
    OwnToDos,
    OwnNotifications,
    OwnChanges,
    Dashboards,
    Reporting,
    Jobs,
    calendar,
]


async def check_request(request: Request[Any, Any, Any]) -> None:
    """Check every request, whatever its route. Not a guard, because Litestar runs guards in a thread or on copies."""
    require_offered(request)
    require_known(request)
    require_plain(request)
    assert isinstance(request, ApiRequest), "every request under `/api` is one"
    await decode_body(request)


async def reader(request: Request[Caller, Any, Any]) -> Reader:
    """The reader of the request's caller."""
    return Reader(request.app.state.kring, request.user)


async def context(request: Request[Caller, Any, Any], reader: NamedDependency[Reader]) -> RequestContext:
    """The context of the request."""
    return RequestContext(request, reader, request.app.state.in_flight)


def make_app(config: Config) -> Litestar:
    """The service on the servers of `state.config`, at first `config`."""

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncGenerator[None]:
        async with open_kring(app.state.config) as kring:
            app.state.kring, app.state.callers, app.state.in_flight = kring, Callers(kring.commands), set[UUID]()
            app.state.streams = Streams(kring.config.limits)
            app.state.report_slots = asyncio.Semaphore(MAX_REPORTS)
            app.state.sign_ins = SignIns(kring)
            try:
                yield
            finally:
                await app.state.sign_ins.close()

    api = Router(
        BASE,
        route_handlers=[*CONTROLLERS, openapi],
        dependencies={"reader": Provide(reader), "context": Provide(context), **DEPENDENCIES},
        before_request=check_request,
        request_class=ApiRequest,
        middleware=[HoldNotFound, DefineMiddleware(TokenAuthentication, exclude_from_auth_key="exclude_from_auth")],
    )
    tag_reads(api)
    watch_reads(api)
    count_streams(api)
    for one in not_built():
        api.register(one)
    app = Litestar(
        route_handlers=[api, HealthPages, metrics, PAGES],
        lifespan=[running],
        state=State({"config": config}),
        logging_config=None,  # the process decides
        exception_handlers={**HANDLERS, HTTPException: http_error},
        after_exception=[find_language_of_refusal],
        before_send=[add_language_headers],
        type_encoders={Sealed: lambda text: text.text},
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=OpenAPIConfig(
            title="Kring",
            version="1",
            path=f"{BASE}/litestar",
            operation_id_creator=operation_id,
            render_plugins=[JsonRenderPlugin()],
        ),
    )
    app.state.reads, app.state.readable_paths = ReadRoutes(app), readable_paths(app)
    app.asgi_handler = HeadAsGet(app.asgi_handler)
    return app


def serving_app(config: Config) -> Litestar:
    """The service for a process that runs nothing else."""
    app = make_app(config)
    freeze_and_tune()
    return app
