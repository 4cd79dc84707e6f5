"""The composition root: routes, errors, encodings and what they need, put together."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from domain.foundation import Caller, Sealed
from service.api.advice import AdviceOfTeam
from service.api.agenda import OwnAgenda
from service.api.announcements import Announcements, AnnouncementsOfProgramme
from service.api.asking import Asking
from service.api.assignments import Assignments, AssignmentsOfProgramme, PreferencesOfProgramme
from service.api.ballots import Ballots, BallotsOfProgramme
from service.api.bookings import Bookings, BookingsOfTrip
from service.api.bringing_in import BringingIn
from service.api.calendar import OwnCalendar, calendar
from service.api.challenges import Challenges, ChallengesOfProgramme, ChoiceOfProgramme
from service.api.commitments import (
    Commitments,
    CommitmentsOfOrganisation,
    CommitmentsOfProgramme,
    CommitmentsOfRecommendation,
)
from service.api.contacts import Contacts
from service.api.contract import not_built
from service.api.coverage import AttendanceOfProgramme, CoverageOfProgramme, CoverageOfTeam
from service.api.dashboard import Dashboards
from service.api.enrolment import FacilitatorsOfProgramme, ManagersOfProgramme, ParticipantsOfProgramme
from service.api.etags import tag_reads
from service.api.evidence_graph import GraphOfTeam
from service.api.expenses import ExpensesOfTrip, SettlementOfTrip
from service.api.feed import Feed
from service.api.files import Files, FilesOfTeam
from service.api.gatherings import Gatherings, GatheringsOfProgramme, GatheringsOfTeam
from service.api.head import HeadAsGet
from service.api.health import HealthPages
from service.api.hidden import HoldNotFound
from service.api.itinerary import ItineraryItems, ItineraryOfTrip
from service.api.jobs import Jobs
from service.api.json_bodies import OnceDecoded, exactly_as_declared, require_plain
from service.api.known import is_known
from service.api.me import AboutMe
from service.api.membership import Membership
from service.api.metrics import metrics
from service.api.negotiation import find_language, name_language
from service.api.notifications import OwnNotifications
from service.api.openapi import openapi, operation_id
from service.api.parameters import require_known
from service.api.people import Organisations, People
from service.api.problems import HANDLERS
from service.api.programmes import Programmes
from service.api.reading import DEPENDENCIES, require_offered
from service.api.recommendations import Recommendations, RecommendationsOfTeam
from service.api.repairs import Repairs
from service.api.repeats import Reads
from service.api.reporting import Reporting
from service.api.research import Insights, Interviews, ResearchOfTeam, Sources
from service.api.sharing import Comments, SharingOfTeam
from service.api.stakeholders import Stakeholders, StakeholdersOfTeam
from service.api.streams import Streams, count_streams
from service.api.teams import Teams, TeamsOfProgramme
from service.api.timeline import TimelineOfTeam
from service.api.to_dos import OwnToDos
from service.api.tokens import Tokens
from service.api.trail import TrailOfOrganisation
from service.api.trips import Trips, TripsOfTeam
from service.api.watching import watch_reads
from service.auth.middleware import Tokens as TokenMiddleware
from service.auth.tokens import Callers
from service.config import Config
from service.kring import Kring, open_kring
from service.pages import PAGES
from service.resting import rest

BASE = "/api/v1"
LARGEST_BODY = 1 << 20  # bytes; uploads say their own

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
    ChallengesOfProgramme,
    Challenges,
    ChoiceOfProgramme,
    BallotsOfProgramme,
    Ballots,
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
    Dashboards,
    Reporting,
    Jobs,
    calendar,
]


async def as_declared(request: Request[Any, Any, Any]) -> None:
    """What every request must be, whatever it asks for. No guard: Litestar runs those in a thread, or on copies."""
    require_offered(request)
    require_known(request)
    require_plain(request)
    assert isinstance(request, OnceDecoded), "every request under `/api` is one"
    await exactly_as_declared(request)


async def asking(request: Request[Caller, Any, Any]) -> Asking:
    """The request as somebody's."""
    kring: Kring = request.app.state.kring
    return Asking(kring, request, request.user, known=is_known)


def make_app(config: Config) -> Litestar:
    """The service on the servers that `config` names: whenever it starts, those of `state.config`."""

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncGenerator[None]:
        async with open_kring(app.state.config) as kring:
            app.state.kring, app.state.callers = kring, Callers(kring.desk)
            app.state.streams = Streams(kring.config.limits)
            yield

    api = Router(
        BASE,
        route_handlers=[*CONTROLLERS, openapi],
        dependencies={"asking": Provide(asking), **DEPENDENCIES},
        before_request=as_declared,
        request_class=OnceDecoded,
        middleware=[HoldNotFound, DefineMiddleware(TokenMiddleware, exclude_from_auth_key="exclude_from_auth")],
    )
    tag_reads(api)
    watch_reads(api)
    count_streams(api)
    for one in not_built(api):
        api.register(one)
    app = Litestar(
        route_handlers=[api, HealthPages, metrics, *PAGES],
        lifespan=[running],
        state=State({"config": config}),
        logging_config=None,  # the process decides
        exception_handlers=HANDLERS,
        after_exception=[find_language],
        before_send=[name_language],
        type_encoders={Sealed: lambda text: text.text},
        request_max_body_size=LARGEST_BODY,
        openapi_config=OpenAPIConfig(
            title="Kring",
            version="1",
            path=f"{BASE}/litestar",
            operation_id_creator=operation_id,
            render_plugins=[JsonRenderPlugin()],
        ),
    )
    app.state.reads = Reads(app)
    app.asgi_handler = HeadAsGet(app.asgi_handler)
    return app


def serving_app(config: Config) -> Litestar:
    """The service of a process that does nothing else."""
    app = make_app(config)
    rest()
    return app
