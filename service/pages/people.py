"""Short pages about people, organisations and announcements, as far as the visitor may see them."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.events.announcements import AnnouncementMade
from domain.events.people import OrganisationRegistered
from domain.foundation import AnnouncementId, OrganisationId, PersonId, Selector
from projections.announcements import ANNOUNCEMENTS
from projections.challenges import CHALLENGES_OF_PROPOSER, Challenge
from projections.people import ORGANISATIONS
from projections.programmes import FACILITATORS, PARTICIPANTS, PROGRAMMES
from projections.teams import TEAMS_OF_CHALLENGES, TEAMS_OF_MEMBER, Team
from service.pages.frame.visit import Visit
from service.reading.challenges import can_see_challenge, challenges_of_organisation
from service.reading.options import ListOptions
from service.reading.people import visible_person
from service.reading.permissions import everyone, is_inside_programme
from service.reading.teams import can_see_team

HERE = "/more"
MAX_SHOWN = 50


class PeoplePages(Controller):
    """Pages about people, organisations and announcements."""

    path = "/"

    @get("/people/{person:str}")
    async def person(self, visit: NamedDependency[Visit], person: FromPath[PersonId]) -> Response[Any]:
        """Show a person: their organisation, their role here, their CoPs, and the challenges that they brought in."""
        row = await visible_person(visit.reader, person, visit.reading)
        rights, programme = await visit.rights(), visit.programme
        part = guide = here = None
        if programme is not None and rights.belongs_to(programme):
            key = f"{person}/{programme}"
            part = await visit.reader.row(PARTICIPANTS, key, visit.reading)
            guide = await visit.reader.row(FACILITATORS, key, visit.reading)
            here = await visit.reader.row(PROGRAMMES, programme, visit.reading)
        views = await visit.reader.views(visit.reading, programme or f"to:{visit.organisation}")
        found = await views.rows(Team, TEAMS_OF_MEMBER, person, programme, MAX_SHOWN)
        teams = [one for one in found if can_see_team(rights, one)]
        challenges = await _brought_in(visit, person)
        sender = None if part is None else part.organisation
        ids = [*(one.id for one in teams), *(one.id for one in challenges), *([sender] if sender else [])]
        return visit.page(
            "people/person.html",
            here=HERE,
            has_past=True,
            row=row,
            part=part,
            guides=guide is not None and guide.status == "assigned",
            manages=here is not None and person in here.managers,
            teams=teams,
            challenges=challenges,
            names=await visit.names(ids),
        )

    @get("/organisations/{organisation:str}")
    async def organisation(
        self, visit: NamedDependency[Visit], organisation: FromPath[OrganisationId]
    ) -> Response[Any]:
        """Show an organisation, with its challenges and the CoPs that work on them, as far as the visitor may see them."""
        row = await visit.reader.visible_row(ORGANISATIONS, organisation, everyone, visit.reading)
        cursor = visit.request.query_params.get("cursor", "")
        listing = ListOptions(cursor, MAX_SHOWN, visit.reading.at_least, visit.reading.as_of)
        found = await challenges_of_organisation(visit.reader, organisation, listing)
        rights = await visit.reader.rights()
        teams = list[Team]()
        if found.items:
            views = await visit.reader.views(visit.reading, *sorted({one.programme for one in found.items}))
            ids = [one.id for one in found.items]
            teams = [
                one for one in await views.rows(Team, TEAMS_OF_CHALLENGES, ids, MAX_SHOWN) if can_see_team(rights, one)
            ]
        stamps = await visit.stamps(Selector(types=[OrganisationRegistered], tags=[organisation]))
        return visit.page(
            "people/organisation.html",
            here=HERE,
            has_past=True,
            row=row,
            found=found,
            teams=teams,
            stamps=stamps,
            names=await visit.names([*stamps.actors(), *(one.id for one in teams)]),
        )

    @get("/announcements/{announcement:str}")
    async def announcement(
        self, visit: NamedDependency[Visit], announcement: FromPath[AnnouncementId]
    ) -> Response[Any]:
        """Show an announcement."""
        row = await visit.reader.visible_row(ANNOUNCEMENTS, announcement, is_inside_programme, visit.reading)
        stamps = await visit.stamps(Selector(types=[AnnouncementMade], tags=[announcement]))
        names = await visit.names([*stamps.actors(), *([row.author] if row.author else [])])
        return visit.page(
            "people/announcement.html",
            here=HERE,
            has_past=True,
            row=row,
            stamps=stamps,
            names=names,
        )


async def _brought_in(visit: Visit, person: PersonId) -> list[Challenge]:
    """The challenges that a person proposed in this programme, as far as the visitor may see them, unsealed."""
    if visit.programme is None:
        return []
    views = await visit.reader.views(visit.reading, visit.programme)
    rows = await views.rows(Challenge, CHALLENGES_OF_PROPOSER, visit.programme, person, MAX_SHOWN)
    rights = await visit.rights()
    found = [one for one in rows if can_see_challenge(rights, one)]
    await visit.reader.unseal(found)
    return found
