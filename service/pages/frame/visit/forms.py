"""The forms of a visit: what was entered, and the commands that they send."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from litestar import Response
from msgspec import json

from domain.foundation import Caller, Command, Refusal, Text
from service.clock_and_ids import new_id, new_uuid
from service.commands import OtherCommand
from service.pages.frame import csrf
from service.pages.frame.forms import MAX_FIELDS, Entered, Filled, Form, FormState, fields_of, filled, wrong_in_words
from service.pages.frame.visit.answers import OWN_PATH, AnswersOfVisit
from service.pages.frame.visit.caller import key_of
from service.reading.options import BadText
from service.store.log.types import IdempotencyKey, Receipt

Again = Callable[[], Awaitable[Response[Any]]]
Answer = TypeVar("Answer", bound=Response[Any])

SECRET = "store/pages"  # noqa: S105  the name of a secret in the key store
FRAME_FIELDS = frozenset({"csrf", "command", "place", "form"})
"""Fields that every form has beside its own."""


class FormSentTwice(Refusal):
    """Rule 24: a form names its command, and was sent before with other contents."""

    CODE = "form-sent-twice"
    TEXT = Text(
        en="You sent this form before, and that was recorded. What you changed since is still below: send it again if you "
        "mean to record it as well.",
        nl="Je hebt dit formulier al eerder verstuurd; dat is vastgelegd. Wat je daarna veranderde, staat hieronder nog: "
        "verstuur het opnieuw als je ook dat wilt vastleggen.",
    )


@dataclass
class Visit(AnswersOfVisit):
    """One request for a page. `received`: the fields of a form that was read already, as an upload is."""

    received: Entered | None = None
    _states: dict[str, FormState] = field(default_factory=dict[str, FormState])

    def form(self, form: type[Form], name: str = "") -> FormState:
        """The state of a form of this page: as it was refused just now, or fresh. `name`: if there are several of its kind."""
        name = name or form.__name__.lower()
        if name not in self._states:
            self._states[name] = FormState(name, form, self.language, str(new_uuid()))
        return self._states[name]

    async def entered(self) -> Entered:
        """The fields that the browser sent, by name. Raises `BadText` if there are too many fields."""
        if self.received is not None:
            return self.received
        sent = await self.request.form()
        items = list(sent.multi_items())
        if len(items) > MAX_FIELDS:
            raise BadText("", Text(en="has too many fields", nl="heeft te veel velden"))
        found = dict[str, list[str]]()
        for name, one in items:
            if isinstance(one, str):
                found.setdefault(name, []).append(one)
        return found

    async def submit(
        self,
        form: type[Filled],
        make_command: Callable[[Filled, Caller, Any], Command],
        *,
        then: str | Callable[[Receipt], str],
        again: Again,
        creates: str = "",
        name: str = "",
    ) -> Response[Any]:
        """Execute the command of a form and go to `then` (303); or show the page `again`, with what is wrong.

        `make_command`: takes the form, the caller and a new id of the prefix `creates`. Sending a form twice records it once, and
        both times goes on to the same page (rule 24). Raises `NotFound` and errors of the service.
        """

        async def perform(made: Filled, attempt: Attempt) -> Receipt:
            return await attempt.execute(lambda: make_command(made, attempt.by, attempt.new))

        return await self.perform(form, perform, then=then, again=again, creates=creates, name=name)

    async def perform(
        self,
        form: type[Filled],
        perform: "Callable[[Filled, Attempt], Awaitable[Receipt]]",
        *,
        then: str | Callable[[Receipt], str | Response[Any]],
        again: Again,
        creates: str = "",
        name: str = "",
    ) -> Response[Any]:
        """Do what a form asks, if that takes more than a command: `submit`, with reads before it or an own page after it."""
        assert not FRAME_FIELDS & fields_of(form).keys(), "the frame's own fields never reach a form"
        csrf.require_own_origin(self.request, self.kring.config.public_url)
        entered = await self.entered()
        if self.session is None or not self.has_token(entered):
            return self.keep(entered)
        self._act_where_made(entered)
        state = self.form(form, name)
        own = {field: texts for field, texts in entered.items() if field not in FRAME_FIELDS}
        try:
            made, wrong = filled(form, own)
            if made is None:
                state.errors = {field: wrong_in_words(one, self.language) for field, one in wrong.items()}
                state.entered = own
                return _with_status(await again(), 422)
            new = new_id(creates) if creates else ""
            once = self._identity(self.one(entered, "command"), own, new)
            receipt = await perform(made, Attempt(self, self.caller, new, once))
        except OtherCommand:
            return await self._refused(state, own, FormSentTwice(), again)
        except Refusal as refusal:
            if refusal.STATUS in {401, 404}:
                raise
            return await self._refused(state, own, refusal, again)
        following = then if isinstance(then, str) else then(receipt)
        return self.go(following, receipt.last) if isinstance(following, str) else following

    async def checked(self) -> Entered:
        """The fields of a form of this visit that sends no command. Raises `ForeignRequest`."""
        csrf.require_own_origin(self.request, self.kring.config.public_url)
        entered = await self.entered()
        if not self.has_token(entered):
            raise csrf.ForeignRequest
        return entered

    @staticmethod
    def one(entered: Entered, name: str) -> str:
        """The first value of a field, or nothing."""
        return next(iter(entered.get(name, ())), "")

    def own_path(self, entered: Entered, name: str) -> str:
        """A path of these pages in a field; the home page for anything else, such as an address of another site."""
        stated = self.one(entered, name)
        return stated if OWN_PATH.fullmatch(stated) else "/"

    def has_token(self, entered: Entered) -> bool:
        """Whether a form has the token of this visit."""
        return csrf.is_token_of(self.kring.keys, self.bearer, self.one(entered, "csrf"))

    def _act_where_made(self, entered: Entered) -> None:
        """Act in the place that the form was made for: another tab may have switched since."""
        key = self.one(entered, "place")
        for one in self.places:
            if key_of(one) == key:
                self.act_at(one)

    def _identity(self, command: str, own: Entered, new: str) -> IdempotencyKey | None:
        """The identity of the form's command (rule 24); None for a form without one."""
        try:
            sent = UUID(command)
        except ValueError:
            return None
        secret, line = self.kring.keys.secret(SECRET), json.encode((self.request.url.path, sorted(own.items())))
        principal = f"{self.person} {'' if self.place is None else key_of(self.place)}\n{sent}"
        return IdempotencyKey(
            UUID(bytes=hmac.digest(secret, principal.encode(), "sha256")[:16]),
            hmac.digest(secret, line, "sha256"),
            new or None,
        )

    async def _refused(self, state: FormState, own: Entered, refusal: Refusal, again: Again) -> Response[Any]:
        state.entered = own
        state.refuse(refusal)
        # Whether a command was recorded may be unknown; with its old name it is recorded once, whatever happened (rule 24).
        sent = self.one(await self.entered(), "command")
        state.command = str(new_uuid()) if isinstance(refusal, FormSentTwice) or not sent else sent
        return _with_status(await again(), refusal.STATUS)


@dataclass(frozen=True)
class Attempt:
    """One attempt to do what a form asks. `new`: an id for what it makes; `once`: the identity of its command (rule 24)."""

    visit: Visit
    by: Caller
    new: Any
    once: IdempotencyKey | None

    async def execute(self, make_command: Callable[[], Command]) -> Receipt:
        """Execute a command, or find the receipt of the same command that was sent before."""
        commands = self.visit.kring.commands
        first = None if self.once is None else await commands.receipt_of(self.once)
        self.visit.forget()  # what is read from here on is read after the command
        return first or await commands.execute(make_command, once=self.once)


def _with_status(answer: Answer, status: int) -> Answer:
    answer.status_code = status
    return answer
