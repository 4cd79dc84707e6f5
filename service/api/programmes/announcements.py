"""Announcements of a programme to its participants, over HTTP."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.foundation import AnnouncementId, ProgrammeId, Words
from domain.programmes.announcing import MakeAnnouncement
from projections.announcements import ANNOUNCEMENTS, ANNOUNCEMENTS_OF_PROGRAMME, Announcement
from service.api.http.bodies import Body, Prose
from service.api.requests.request_context import RequestContext
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.permissions import is_inside_programme
from service.reading.programmes import page_of_programme
from service.reading.reader import Reader


class NewAnnouncement(Body):
    """An announcement for all participants."""

    text: Prose


class AnnouncementsOfProgramme(Controller):
    path = "/programmes/{programme:str}/announcements"
    tags = ("Programmes",)

    @post()
    async def make(
        self,
        programme: FromPath[ProgrammeId],
        data: JSONBody[NewAnnouncement],
        context: NamedDependency[RequestContext],
    ) -> Response[Announcement]:
        """Make an announcement to all participants; each gets a mail at once."""
        return await context.create(
            "announcement",
            data,
            lambda new, by: MakeAnnouncement(AnnouncementId(new), programme=programme, text=Words(data.text), by=by),
            ANNOUNCEMENTS,
        )

    @get()
    async def list_all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Announcement]:
        """List the announcements of a programme."""
        return await page_of_programme(reader, ANNOUNCEMENTS, ANNOUNCEMENTS_OF_PROGRAMME, programme, listing)


class Announcements(Controller):
    path = "/announcements/{announcement:str}"
    tags = ("Programmes",)

    @get()
    async def show(
        self,
        announcement: FromPath[AnnouncementId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> Announcement:
        """Show an announcement."""
        return await reader.visible_row(ANNOUNCEMENTS, announcement, is_inside_programme, reading)
