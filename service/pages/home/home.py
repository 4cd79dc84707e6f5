"""The home page: that of the role, or the start page."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from service.pages.frame.visit import PUBLIC, Visit
from service.pages.home import asked
from service.pages.home.auditor import auditor
from service.pages.home.commissioner import commissioner
from service.pages.home.guides import facilitator, manager
from service.pages.home.participant import participant
from service.pages.start import start_page
from service.reading.to_dos import to_dos_of
from service.reading.trips import trip_rights

ROLES: dict[str, Callable[[Visit], Awaitable[Response[Any]]]] = {
    "participant": participant,
    "facilitator": facilitator,
    "manager": manager,
    "commissioner": commissioner,
    "auditor": auditor,
}
WITH_PAST = frozenset({"commissioner", "auditor"})
"""Roles whose home page can show an earlier time. The others show what is to be done, which is always now."""


class Home(Controller):
    """The home page."""

    path = "/"
    opt = {PUBLIC: True}  # noqa: RUF012  declared by Litestar

    @get()
    async def home(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show the home page of the role, or the start page to those who are not signed in."""
        if visit.session is None:
            return await start_page(visit)
        if visit.place is None or visit.role not in ROLES:
            return await _without_place(visit)
        if visit.is_past and visit.role not in WITH_PAST:
            return visit.go("/")
        return await ROLES[visit.role](visit)


async def _without_place(visit: Visit) -> Response[Any]:
    """The page of a person without a role: the ballots on which they may still vote, if they left a programme (rule 1)."""
    to_dos = []
    if visit.place is None:
        rights = await trip_rights(visit.reader)
        views = await visit.reader.wait_for_views(visit.recorded)
        to_dos = [one for one in await to_dos_of(visit.reader, views, rights) if one.kind == "vote"]
    shown = await asked.shown(visit, to_dos)
    names = await visit.names(one.about for one in shown)
    return visit.page("home/nothing.html", here="/", asked=shown, more=len(to_dos) - len(shown), names=names)
