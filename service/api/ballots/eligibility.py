"""Answers to "may I vote, and why", over HTTP: on a ballot, and before one opens."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.foundation import BallotId, ProgrammeId
from projections.derived.eligibility import Eligibility, Prospect
from service.api.http.negotiation import language_of
from service.api.requests.request_context import RequestContext
from service.reading.eligibility import eligibility_on, prospect_in
from service.reading.options import ReadOptions


class EligibilityOnBallot(Controller):
    path = "/ballots/{ballot:str}/eligibility"
    tags = ("Ballots",)

    @get()
    async def show(
        self,
        ballot: FromPath[BallotId],
        context: NamedDependency[RequestContext],
        reading: NamedDependency[ReadOptions],
    ) -> Eligibility:
        """Show whether the caller may vote on this ballot, and why."""
        return await eligibility_on(context.reader, ballot, reading, await language_of(context.request))


class EligibilityInProgramme(Controller):
    path = "/programmes/{programme:str}/eligibility"
    tags = ("Ballots",)

    @get()
    async def show(
        self,
        programme: FromPath[ProgrammeId],
        context: NamedDependency[RequestContext],
        reading: NamedDependency[ReadOptions],
    ) -> Prospect:
        """Show whether the caller would be an elector if a ballot opened now, and why."""
        return await prospect_in(context.reader, programme, reading, await language_of(context.request))
