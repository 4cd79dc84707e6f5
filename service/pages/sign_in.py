"""Signing in and out: by a mailed link or code, or at home as anybody (rule 33)."""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from domain.foundation import PersonId, Refusal, Text
from service.addresses import BadEmail
from service.api.http.bodies import Email, NoMailAddress
from service.auth.devices import Device, device_of
from service.auth.sessions import revoke
from service.auth.sign_in import SignIns, operator_link
from service.pages.frame import cookies
from service.pages.frame.forms import Entered, Form, filled, labelled, wrong_in_words
from service.pages.frame.rendering import only_at_home
from service.pages.frame.visit import PUBLIC, Visit

Digits = Annotated[str, Meta(min_length=6, max_length=12, pattern=r"^[0-9 ]+(?![\s\S])")]


class Address(Form):
    """The address to which a link and code are mailed."""

    email: Annotated[Email, labelled("Your e-mail address", "Je e-mailadres")]


class Code(Form):
    """The code in a mail."""

    code: Annotated[
        Digits,
        labelled("The code in the mail", "De code in de mail", Text(en="Six digits.", nl="Zes cijfers.")),
    ]


class SignInPages(Controller):
    """Pages for signing in."""

    path = "/"
    opt = {PUBLIC: True}  # noqa: RUF012  declared by Litestar

    @get("/sign-in")
    async def ask(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show the form that asks for a link and code."""
        return self._ask(visit)

    @post("/sign-in", status_code=200)
    async def asked(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Mail a link and code to whoever has the address, and show where to type the code."""
        entered = await visit.checked()
        state = visit.form(Address)
        made, wrong = filled(Address, {"email": entered.get("email", ())})
        try:
            if made is not None:
                network = client_address(visit)
                request = await sign_ins(visit).ask(made.email, visit.browser, device=device(visit), network=network)
                return self._type_code(visit, request, made.email)
        except BadEmail:
            wrong = {"email": Text(en="is not an e-mail address", nl="is geen e-mailadres")}
        except Refusal as refusal:
            state.entered = entered
            state.refuse(refusal)
            return self._ask(visit, refusal.STATUS)
        state.errors = {field: wrong_in_words(one, visit.language) for field, one in wrong.items()}
        state.entered = entered
        return self._ask(visit, NoMailAddress.STATUS)

    @post("/sign-in/code", status_code=303)
    async def code(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Sign in by a code, in the browser that asked for it."""
        entered = await visit.checked()
        state, request = visit.form(Code), visit.one(entered, "request")
        made, wrong = filled(Code, {"code": entered.get("code", ())})
        state.entered = entered
        if made is None:
            state.errors = {field: wrong_in_words(one, visit.language) for field, one in wrong.items()}
            return self._type_code(visit, request, visit.one(entered, "email"), 422)
        try:
            session = await sign_ins(visit).use_code(
                request,
                visit.browser,
                made.code.replace(" ", ""),
                device=device(visit),
                replaces=cookies.read(visit.request, "session"),
            )
        except Refusal as refusal:
            state.refuse(refusal)
            return self._type_code(visit, request, visit.one(entered, "email"), refusal.STATUS)
        return self._signed_in(visit, session.cookie, entered)

    @get("/sign-in/{link:str}")
    async def look(self, visit: NamedDependency[Visit], link: FromPath[str]) -> Response[Any]:
        """Show the button that signs in. Opening a link uses nothing up: scanners of mail open it as well."""
        found = await sign_ins(visit).look(link)
        return visit.page("sign-in/link.html", name_of_person=await visit.name_of_person(found.person), link=link)

    @post("/sign-in/{link:str}", status_code=303)
    async def use(self, visit: NamedDependency[Visit], link: FromPath[str]) -> Response[Any]:
        """Sign in by a link, in whichever browser."""
        entered = await visit.checked()
        session = await sign_ins(visit).use_link(
            link, device=device(visit), replaces=cookies.read(visit.request, "session")
        )
        return self._signed_in(visit, session.cookie, entered)

    @post("/look-around", status_code=303, guards=[only_at_home])
    async def look_around(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Go to a link that signs in as anybody, on the operator's own machine."""
        entered = await visit.checked()
        return visit.go(await operator_link(visit.kring, PersonId(visit.one(entered, "person"))))

    @post("/sign-out", status_code=303)
    async def sign_out(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """End the sign-in session of this browser."""
        await visit.checked()
        await revoke(visit.kring, visit.person, visit.signed_in.id)
        answer = visit.go("/")
        for name in ("session", "place"):
            cookies.put(visit.request, answer, name, "")
        return answer

    def _ask(self, visit: Visit, status: int = 200) -> Response[Any]:
        back = visit.request.query_params.get("back", "/")
        return visit.page("sign-in/ask.html", status=status, form=visit.form(Address), back=back)

    def _type_code(self, visit: Visit, request: str, email: str, status: int = 200) -> Response[Any]:
        back = visit.request.query_params.get("back", "/")
        return visit.page(
            "sign-in/code.html", status=status, form=visit.form(Code), request_id=request, email=email, back=back
        )

    def _signed_in(self, visit: Visit, cookie: str, entered: Entered) -> Response[Any]:
        answer = visit.go(visit.own_path(entered, "back"))
        cookies.put(visit.request, answer, "session", cookie)
        return answer


def sign_ins(visit: Visit) -> SignIns:
    """The requests to sign in of this process."""
    return visit.request.app.state.sign_ins


def device(visit: Visit) -> Device:
    """The browser and system of this visit."""
    return device_of(visit.request.headers.get("User-Agent", ""))


def client_address(visit: Visit) -> str | None:
    """The network address of the client, as far as the server knows it."""
    client = visit.request.client
    return None if client is None else client.host
