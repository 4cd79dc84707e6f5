"""A contact of an organisation over HTTP. Contacts are appointed at the organisation: `people.py`."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.administration.contacts import EndContact, sees_contact
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
    async def one(
        self, contact: FromPath[ContactId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Contact:
        """Show a contact."""
        row = await reader.row(CONTACTS, contact, reading)
        if row is None or not sees_contact(await organisation_rights(reader, row.organisation), row):
            raise NotFound
        return row

    @post("/end", status_code=200)
    async def end(
        self, contact: FromPath[ContactId], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[Contact]:
        """Let a contact go; what the organisation took on stays with it."""
        row = await context.reader.row_from_log(CONTACTS, contact)
        if row is None:
            raise NotFound
        return await context.execute(
            data, lambda by: EndContact(contact, organisation=row.organisation, by=by), CONTACTS, contact
        )
