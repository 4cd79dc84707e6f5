"""The page about oneself: what is held, in which roles, and where one is signed in."""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from domain.administration.details import ChangeDetails
from domain.foundation import Language, NotFound
from projections.people import PEOPLE
from service.api.http.bodies import Email, Title
from service.auth.devices import Device
from service.auth.places import caller_of_session
from service.auth.sessions import revoke, revoke_all, sessions_of
from service.pages.frame import cookies
from service.pages.frame.forms import Form, labelled
from service.pages.frame.visit import Attempt, Visit
from service.preparing.people import change_of_details
from service.reading.me import me
from service.reading.options import ReadOptions
from service.reading.reader import Reader
from service.store.log.types import Receipt


class DetailsForm(Form):
    """The details of a person."""

    name: Annotated[Title, labelled("Your name", "Je naam")]
    email: Annotated[Email, labelled("Your e-mail address", "Je e-mailadres")]
    language: Annotated[
        Language,
        labelled("Language of mails and pages", "Taal van mails en pagina’s"),
    ]


class MyPages(Controller):
    """Pages about the person who is signed in."""

    path = "/me"

    @get()
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show what is held about the person, their roles, and where they are signed in."""
        return await self._show(visit)

    @post("/details")
    async def change(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Change the person's own name, address or language."""

        async def perform(form: DetailsForm, attempt: Attempt) -> Receipt:
            change = await change_of_details(
                visit.reader, visit.person, name=form.name, email=form.email, language=form.language
            )

            def own() -> ChangeDetails:
                return change(caller_of_session(visit.signed_in, None, visit.at))

            return await attempt.execute(own)

        answer = await visit.perform(DetailsForm, perform, then="/me", again=lambda: self._show(visit))
        if isinstance(answer, Redirect):  # the language of the browser gives way to what was stated now
            cookies.put(visit.request, answer, "language", "")
        return answer

    @post("/sessions/{session:str}/revocation", status_code=303)
    async def revoke_one(self, visit: NamedDependency[Visit], session: FromPath[str]) -> Response[Any]:
        """Sign out of one browser. Raises `NotFound`."""
        await visit.checked()
        if not await revoke(visit.kring, visit.person, session):
            raise NotFound
        return visit.go("/" if session == visit.signed_in.id else "/me#sessions")

    @post("/sessions/revocation", status_code=303)
    async def revoke_others(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Sign out of all other browsers."""
        await visit.checked()
        await revoke_all(visit.kring, visit.person, but=visit.signed_in.id)
        return visit.go("/me#sessions")

    async def _show(self, visit: Visit) -> Response[Any]:
        person = visit.person
        sessions = await sessions_of(visit.kring, person)
        # Outside of all places, so that the roles in every programme and for every organisation are there.
        reader = Reader(visit.kring, caller_of_session(visit.signed_in, None, visit.at))
        row = await reader.existing_row(PEOPLE, person)
        await reader.unseal([row])
        mine = await me(reader, ReadOptions(at_least=visit.recorded))
        teams = [one.id for one in mine.teams]
        return visit.page(
            "me.html",
            here="/more",
            row=row,
            mine=mine,
            places=visit.places,
            names=await visit.names([*teams, *_organisations(visit)]),
            sessions=sessions,
            devices={one.id: Device(*one.device).in_language(visit.language) for one in sessions},
            form=visit.form(DetailsForm),
        )


def _organisations(visit: Visit) -> list[str]:
    return [one.organisation or one.programme or "" for one in visit.places]
