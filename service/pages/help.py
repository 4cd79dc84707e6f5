"""Help: how to recount a result, and how accessible these pages are; on a local installation the component sheet."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from service.pages.frame.rendering import only_at_home
from service.pages.frame.visit import Visit


class HelpPages(Controller):
    """Pages that need no sign-in."""

    path = "/"

    @get("/help")
    async def recount(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Explain how anybody can recount and check what Kring says."""
        return visit.page("help/recount.html")

    @get("/accessibility")
    async def accessibility(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """State how accessible the pages are."""
        return visit.page("help/accessibility.html")

    @get("/design", guards=[only_at_home])
    async def design(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show every component, light and dark."""
        return visit.page("help/design.html")
