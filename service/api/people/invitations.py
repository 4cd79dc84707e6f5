"""Invitations of contacts for all challenges of an organisation, over HTTP (rule 36)."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.administration.inviting import ResendContactInvitation
from domain.foundation import ContactId, OrganisationId
from projections.people import CONTACTS
from service.api.http.bodies import Body
from service.api.requests.request_context import RequestContext
from service.reading.invitations import Invitation, invitation_of_contact, invitations_of_organisation
from service.reading.options import ListOptions, Page
from service.reading.reader import Reader


class InvitationsOfOrganisation(Controller):
    path = "/organisations/{organisation:str}/invitations"
    tags = ("People",)

    @get()
    async def list_all(
        self,
        organisation: FromPath[OrganisationId],
        reader: NamedDependency[Reader],
        listing: NamedDependency[ListOptions],
    ) -> Page[Invitation]:
        """List the invitations of contacts for all challenges, for callers who own the organisation as a whole (rule 27)."""
        return await invitations_of_organisation(reader, organisation, listing)


class InvitationOfContact(Controller):
    path = "/contacts/{contact:str}/invitation"
    tags = ("People",)

    @post("/resend", status_code=200)
    async def resend(
        self,
        contact: FromPath[ContactId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[Invitation]:
        """Send the invitation of a contact for all challenges again, at most once an hour."""
        row = await context.reader.existing_row(CONTACTS, contact)
        receipt = await context.submit(
            data,
            lambda by: ResendContactInvitation(contact, organisation=row.organisation, person=row.person, by=by),
        )
        found = await invitation_of_contact(context.reader, contact, receipt.last)
        return Response(found, headers={"Kring-Position": str(receipt.last)})
