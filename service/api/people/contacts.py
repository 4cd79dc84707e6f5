"""Contacts over HTTP. They are appointed at their organisation, in `people.py`."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.administration.contacts import EndContact, can_see_contact
from domain.foundation import ContactId, NotFound
from projections.people import CONTACTS, Contact
from service.api.http.bodies import Body
from service.api.requests.request_context import RequestContext
from service.reading.options import ReadOptions
from service.reading.permissions import organisation_rights
from service.reading.reader import Reader


class Contacts(Controller):
    path = "/contacts/{contact:str}"
    tags = ("People",)

    @get()
    async def show(
        self, contact: FromPath[ContactId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Contact:
        """Show a contact."""
        row = await reader.row(CONTACTS, contact, reading)
        if row is None or not can_see_contact(await organisation_rights(reader, row.organisation), row):
            raise NotFound
        return row

    @post("/end", status_code=200)
    async def end(
        self, contact: FromPath[ContactId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[Contact]:
        """End a contact's appointment; commitments stay with the organisation."""
        row = await context.reader.existing_row(CONTACTS, contact)
        return await context.execute(
            data, lambda by: EndContact(contact, organisation=row.organisation, by=by), CONTACTS, contact
        )
