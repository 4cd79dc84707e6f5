"""Help: how to recount a result, and how accessible these pages are; on a local installation the component sheet."""

from typing import Annotated, Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from domain.foundation import Currency, Money, Text
from service.api.http.bodies import Prose, Title
from service.pages.frame.forms import Form, labelled
from service.pages.frame.people import Names
from service.pages.frame.rendering import only_at_home
from service.pages.frame.stamps import Stamp
from service.pages.frame.visit import PUBLIC, Visit

PEOPLE = ("Wietske Oldenbarn", "Noor Bouwhuis", "Bram Zandstra", "Marloes van Eerden")
"""Invented people, for the component sheet."""


class Specimen(Form):
    """One field of each kind, for the component sheet."""

    title: Annotated[
        Title,
        labelled("Your question", "Je vraag", Text(en="A question, in one sentence.", nl="Een vraag, in één zin.")),
    ]
    answer: Annotated[str, labelled("Can you come along?", "Kun je mee?")]
    context: Annotated[Prose, labelled("What is the matter", "Wat er speelt")] | None = None
    choices: Annotated[tuple[str, ...], labelled("Which of them", "Welke")] = ()


class HelpPages(Controller):
    """Pages that need no sign-in."""

    path = "/"
    opt = {PUBLIC: True}  # noqa: RUF012  declared by Litestar

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
        stamp = Stamp(97, "example", visit.at, stated=False, actor="person", tags=frozenset(), recorded_at=visit.at)
        return visit.page(
            "help/design.html",
            people=PEOPLE,
            stamp=stamp,
            names=Names({}, visit.language),
            forms={one: visit.form(Specimen, one) for one in ("light", "dark")},
            hotel=Money(amount_minor=31_600, currency=Currency("EUR")),
        )
