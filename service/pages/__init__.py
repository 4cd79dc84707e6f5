"""Pages: server-rendered, for people. They read through `service.reading` and send commands, and never use the HTTP API."""

from typing import Any

from litestar import Request, Router
from litestar.di import Provide

from service.pages.advice.advice import AdvicePages
from service.pages.advice.commitments import CommitmentPages
from service.pages.advice.follow_up import FollowUpPages
from service.pages.advice.handover import AdviceHandoverPages
from service.pages.advice.parts import AdvicePartPages
from service.pages.advice.recommendations import RecommendationWriting
from service.pages.agenda import AgendaPages
from service.pages.assignment import assignment
from service.pages.ballot_results import BallotResultPages
from service.pages.ballots import BallotPages
from service.pages.challenges import ChallengePages
from service.pages.choice import choice
from service.pages.docs import docs
from service.pages.facts import FactPages
from service.pages.frame.assets import asset
from service.pages.frame.errors import HANDLERS, STATE
from service.pages.frame.live import live
from service.pages.frame.visit import PUBLIC, Visit, visit_of
from service.pages.gatherings import GatheringPages
from service.pages.help import HelpPages
from service.pages.home.home import Home
from service.pages.mail import mail, mailbox
from service.pages.me import MyPages
from service.pages.people import PeoplePages
from service.pages.preferences import PreferencePages
from service.pages.search import SearchPages
from service.pages.settings import Settings
from service.pages.sign_in import SignInPages
from service.pages.teams import TeamPages
from service.pages.time import looking_back
from service.pages.trail import trail
from service.pages.trips.bookings import BookingPages
from service.pages.trips.dates import DatePages
from service.pages.trips.expenses import ExpensePages
from service.pages.trips.itinerary import ItineraryPages
from service.pages.trips.trips import TripPages
from service.pages.work.files import FilePages
from service.pages.work.importing import ImportPages
from service.pages.work.research import ResearchPages
from service.pages.work.stakeholders import StakeholderPages


async def visit(request: Request[Any, Any, Any]) -> Visit:
    """The visit of a request, found once and kept for error pages. Raises `SignInNeeded` unless the page is `PUBLIC`."""
    state = request.scope["state"]
    if STATE not in state:
        state[STATE] = await visit_of(request)
        await state[STATE].prepare()
    found: Visit = state[STATE]
    if request.method == "GET" and not request.route_handler.opt.get(PUBLIC):
        _ = found.signed_in  # a form that is sent without a session is kept instead
    return found


PAGES = Router(
    "/",
    route_handlers=[
        Home,
        BallotPages,
        BallotResultPages,
        ChallengePages,
        FactPages,
        FilePages,
        HelpPages,
        AdvicePages,
        AdvicePartPages,
        AdviceHandoverPages,
        RecommendationWriting,
        FollowUpPages,
        CommitmentPages,
        MyPages,
        PeoplePages,
        PreferencePages,
        SearchPages,
        Settings,
        SignInPages,
        TripPages,
        DatePages,
        ItineraryPages,
        BookingPages,
        ExpensePages,
        AgendaPages,
        GatheringPages,
        TeamPages,
        ImportPages,
        ResearchPages,
        StakeholderPages,
        live,
        mailbox,
        mail,
        looking_back,
        trail,
        docs,
        asset,
        assignment,
        choice,
    ],
    dependencies={"visit": Provide(visit)},
    exception_handlers=HANDLERS,
    include_in_schema=False,
)
"""All pages."""
