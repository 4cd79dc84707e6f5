"""Small settings of a visit: the language, and the place in which a person acts."""

from typing import Any

from litestar import Controller, Response, post
from litestar.di import NamedDependency

from projections.wording.formats import language_named
from service.pages.frame import cookies
from service.pages.frame.visit import Visit


class Settings(Controller):
    """Forms of the frame. They change nothing in the log."""

    path = "/"

    @post("/language", status_code=303)
    async def language(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show pages in another language from now on, in this browser."""
        entered = await visit.checked()
        answer = visit.go(visit.own_path(entered, "back"))
        if (chosen := language_named(visit.one(entered, "to"))) is not None:
            cookies.put(visit.request, answer, "language", chosen)
        return answer

    @post("/place", status_code=303)
    async def place(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Act in another programme or role from now on, in this browser."""
        entered = await visit.checked()
        answer = visit.go(visit.own_path(entered, "back"))
        if any(visit.key(one) == visit.one(entered, "to") for one in visit.places):
            cookies.put(visit.request, answer, "place", visit.one(entered, "to"))
        return answer
