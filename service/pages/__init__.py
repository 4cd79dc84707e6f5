"""Pages: server-rendered, for people. They read through `service.reading` and send commands, and never use the HTTP API."""

from typing import Any

from litestar import Request, Router
from litestar.di import Provide

from service.pages.ballots import BallotPages, choice
from service.pages.challenges import ChallengePages
from service.pages.docs import docs
from service.pages.facts import FactPages
from service.pages.frame.assets import asset
from service.pages.frame.errors import HANDLERS, STATE
from service.pages.frame.live import live
from service.pages.frame.visit import Visit, visit_of
from service.pages.help import HelpPages
from service.pages.home import Home
from service.pages.mail import mail, mailbox
from service.pages.settings import Settings
from service.pages.sign_in import SignInPages
from service.pages.trail import trail


async def visit(request: Request[Any, Any, Any]) -> Visit:
    """The visit of a request, found once and kept for error pages."""
    state = request.scope["state"]
    if STATE not in state:
        state[STATE] = await visit_of(request)
    return state[STATE]


PAGES = Router(
    "/",
    route_handlers=[
        Home,
        BallotPages,
        ChallengePages,
        FactPages,
        HelpPages,
        Settings,
        SignInPages,
        live,
        mailbox,
        mail,
        trail,
        docs,
        asset,
        choice,
    ],
    dependencies={"visit": Provide(visit)},
    exception_handlers=HANDLERS,
    include_in_schema=False,
)
"""All pages."""
