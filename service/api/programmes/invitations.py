"""Invitations to a programme over HTTP: held back, released, seen, sent again (rule 36)."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.foundation import PersonId, ProgrammeId
from domain.programmes.inviting import HoldInvitations, ReleaseInvitations, ResendInvitation
from projections.programmes import PROGRAMMES, Programme
from service.api.http.bodies import Body
from service.api.requests.request_context import RequestContext
from service.reading.invitations import Invitation, invitations_of_programme
from service.reading.options import ListOptions, Page
from service.reading.reader import Reader


class InvitationsOfProgramme(Controller):
    path = "/programmes/{programme:str}/invitations"
    tags = ("Programmes",)

    @get()
    async def list_all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Invitation]:
        """List the invitations of everybody who has a role, and what became of their mails."""
        return await invitations_of_programme(reader, programme, listing)

    @post("/hold", status_code=200)
    async def hold(
        self,
        programme: FromPath[ProgrammeId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[Programme]:
        """Hold back the invitations for roles that are given from now on."""
        return await context.execute(data, lambda by: HoldInvitations(programme, by=by), PROGRAMMES, programme)

    @post("/release", status_code=200)
    async def release(
        self,
        programme: FromPath[ProgrammeId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[Programme]:
        """Send all invitations that are held back, and hold back no more."""
        return await context.execute(data, lambda by: ReleaseInvitations(programme, by=by), PROGRAMMES, programme)

    @post("/{person:str}/resend", status_code=200)
    async def resend(
        self,
        programme: FromPath[ProgrammeId],
        person: FromPath[PersonId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[Page[Invitation]]:
        """Send a person's invitation again, at most once an hour; the answer has the invitations to all their roles."""
        receipt = await context.submit(data, lambda by: ResendInvitation(programme, person=person, by=by))
        listing = ListOptions(as_of=receipt.last)
        found = await invitations_of_programme(context.reader, programme, listing, only_of=person)
        return Response(found, headers={"Kring-Position": str(receipt.last)})
