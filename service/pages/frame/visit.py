"""One visit to a page: the person who is signed in, the place in which they act, and the commands that their forms send."""

import hmac
import re
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response
from litestar.response import Redirect
from msgspec import json
from msgspec.structs import replace

from domain.foundation import (
    Caller,
    CodeWord,
    Command,
    Language,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    TeamId,
    Text,
    Words,
)
from domain.teams.team import TeamRights
from projections.derived.phases import NONE, Phases, Reached, of_programme
from projections.people import PEOPLE
from projections.wording.formats import language_named
from projections.wording.sentences import HOME
from projections.wording.vocabulary import word
from service.api.http.negotiation import answer_language
from service.api.http.read_parameters import position, position_or_time
from service.auth.places import Place, caller_of_session, places_of
from service.auth.sessions import session_of
from service.clock_and_ids import new_id, new_secret, new_uuid, now
from service.commands import OtherCommand
from service.kring import Kring
from service.pages.frame import cookies, csrf
from service.pages.frame.forms import MAX_FIELDS, Entered, Filled, Form, FormState, fields_of, filled, wrong_in_words
from service.pages.frame.navigation import MENUS
from service.pages.frame.people import Names, open_names
from service.pages.frame.rendering import page
from service.pages.frame.stamps import Stamp, Stamps, newest_stamp, stamps_for
from service.reading.options import BadText, ReadOptions
from service.reading.permissions import NAMING_ROLES, team_rights
from service.reading.phases import reached_in
from service.reading.reader import Reader
from service.reading.trail import people_named_to
from service.store.log.types import IdempotencyKey, Receipt
from service.store.sign_in.sessions import SignInSession
from service.store.unsealing import open_texts

Again = Callable[[], Awaitable[Response[Any]]]

PUBLIC = "public"
"""Option (`opt`) of a handler whose page is for anybody."""

SECRET = "store/pages"  # noqa: S105  the name of a secret in the key store
FRAME_FIELDS = frozenset({"csrf", "command", "place", "form"})
"""Fields that every form has beside its own."""
NO_DATE = Text(
    en="is neither a day, a time with offset nor the number of a fact",
    nl="is geen dag, geen tijdstip met offset en geen nummer van een feit",
)
OWN_PATH = re.compile(r"/(?![/\\])[!-~]*")
"""A path with a query and fragment. Browsers read `//` and `/\\` as the beginning of another site (URL Standard 4.4)."""
END_OF_DAY = time(23, 59, 59, 999_999)


class SignInNeeded(Exception):
    """A page is for people who are signed in."""


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
class Visit:
    """One request for a page. `session` None: nobody is signed in; `place` None: they have no role anywhere.

    `received`: the fields of a form that was read already, as an upload is.
    """

    request: Request[Any, Any, Any]
    kring: Kring
    browser: str
    language: Language
    at: datetime
    session: SignInSession | None = None
    name: str = ""
    places: tuple[Place, ...] = ()
    place: Place | None = None
    names_of_places: Names | None = None
    zone: str = HOME
    reading: ReadOptions = field(default_factory=ReadOptions)
    shown_at: datetime | None = None
    phases: Phases = NONE
    _reached: dict[ProgrammeId, list[Reached]] = field(default_factory=dict[ProgrammeId, list[Reached]])
    received: Entered | None = None
    _states: dict[str, FormState] = field(default_factory=dict[str, FormState])
    _rights: TeamRights | None = None

    # The caller

    @property
    def signed_in(self) -> SignInSession:
        """The sign-in session. Raises `SignInNeeded`."""
        if self.session is None:
            raise SignInNeeded
        return self.session

    @property
    def person(self) -> PersonId:
        """The person who is signed in. Raises `SignInNeeded`."""
        return self.signed_in.person

    @property
    def caller(self) -> Caller:
        """The caller of reads and commands: the person in this place. Raises `SignInNeeded`."""
        return caller_of_session(self.signed_in, self.place, self.at)

    @property
    def reader(self) -> Reader:
        """The reader of this caller."""
        return Reader(self.kring, self.caller)

    @property
    def programme(self) -> ProgrammeId | None:
        """The programme of the place."""
        return None if self.place is None else self.place.programme

    @property
    def organisation(self) -> OrganisationId | None:
        """The organisation of the place, for a contact."""
        return None if self.place is None else self.place.organisation

    @property
    def role(self) -> str:
        """The role in the place."""
        return "participant" if self.place is None else self.place.role

    @property
    def programme_of_form(self) -> ProgrammeId:
        """The programme in which a form is sent. Raises `NotFound` if the place is no programme."""
        if self.programme is None:
            raise NotFound
        return self.programme

    @staticmethod
    def because(by: Caller, reason: str) -> Caller:
        """The caller with a reason for a command."""
        return replace(by, reason=Words(reason))

    @property
    def is_past(self) -> bool:
        """Whether the page shows an earlier time."""
        return self.reading.as_of is not None

    @property
    def place_name(self) -> str:
        """The name of the place: that of its programme or organisation."""
        return "" if self.place is None else self._name_at(self.place)

    @staticmethod
    def key(place: Place) -> str:
        """The key of a place."""
        return key_of(place)

    def name_of(self, place: Place) -> str:
        """The name of a place, with the role there."""
        return f"{self._name_at(place)}, {word(CodeWord(place.role), self.language)}"

    async def rights(self) -> TeamRights:
        """The caller's roles and memberships as the log has them now, loaded once."""
        if self._rights is None:
            self._rights = await team_rights(self.reader)
        return self._rights

    async def names(self, ids: Iterable[str]) -> Names:
        """The names of these ids: those of people as far as the role reads them (docs/reference/roles.md)."""
        return await open_names(self.kring, {*ids}, self.language, named=await self._named())

    async def reached(self, programme: ProgrammeId) -> list[Reached]:
        """The progress of a programme and its CoPs, loaded once. Raises `ViewsLag`, `BadText`."""
        if programme not in self._reached:
            self._reached[programme] = await reached_in(self.reader, programme, self.reading)
        return self._reached[programme]

    async def prepare(self) -> None:
        """Find what the frame of every page shows: the time, and the phases of the programme. Raises `ViewsLag`, `BadText`."""
        self.shown_at = self.at
        if self.session is not None and self.place is not None:
            self.shown_at = await self.reader.time_of(self.reading)
            self.phases = NONE if self.programme is None else of_programme(await self.reached(self.programme))

    async def name_of_person(self, person: PersonId) -> str:
        """The name of one person as the log has it, since views may not know somebody new yet."""
        row = await self.kring.commands.row(PEOPLE, person)
        await open_texts(self.kring.log, self.kring.keys, [] if row is None else [row])
        return "" if row is None else row.name.text or ""

    async def stamps(self, *selectors: Selector) -> Stamps:
        """The stamps of the events that these selectors choose."""
        return await stamps_for(
            self.reader, await self.rights(), selectors, await self.reader.position_of(self.reading)
        )

    async def newest_stamp(self, selector: Selector) -> Stamp | None:
        """The stamp of the newest event that this selector chooses."""
        until = await self.reader.position_of(self.reading)
        return await newest_stamp(self.reader, await self.rights(), selector, until)

    def sees_work_of(self, team: TeamId) -> bool:
        """Whether the caller may read all work of a CoP, by the rights loaded for this page."""
        rights = self._rights
        if rights is None or self.programme is None:
            return False
        return rights.member_of(team) or rights.was_last_member(team) or rights.facilitates(self.programme, team)

    def local(self, at: datetime) -> datetime:
        """A time of a form, in the time zone of the place."""
        return at.replace(tzinfo=ZoneInfo(self.zone))

    # Answers

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        """Render a page in the frame. The answer to a form has no past: its address is that of the form."""
        values |= {"has_past": values.get("has_past", False) and self.request.method == "GET"}
        answer = page(
            template,
            self.language,
            {
                "visit": self,
                "zone": self.zone,
                "now": self.at,
                "shown_at": self.shown_at or self.at,
                "phases": self.phases,
                **values,
            },
            status=status,
        )
        if cookies.read(self.request, "browser") != self.browser:
            cookies.put(self.request, answer, "browser", self.browser)
        return answer

    @property
    def menu(self) -> Collection[Any]:
        """The items of the main menu."""
        return () if self.session is None or self.place is None else MENUS[self.place.role]

    @property
    def csrf(self) -> str:
        """The token of this visit's forms."""
        return csrf.token_of(self.kring.keys, self._bearer)

    @property
    def path(self) -> str:
        """The path of the page, with its query except what only this visit needs; of the answer to a form, that of its page."""
        if self.request.method != "GET":
            sent_from = urlsplit(self.request.headers.get("Referer", "")).path
            return sent_from if OWN_PATH.fullmatch(sent_from) else "/"
        query = [
            (name, one) for name, one in self.request.query_params.multi_items() if name not in {"recorded", "as_of"}
        ]
        return self.request.url.path + (f"?{urlencode(query)}" if query else "")

    @property
    def recorded(self) -> int | None:
        """The position of what a form of this page has just recorded."""
        return position(self.request.query_params.get("recorded", ""))

    # Forms

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
        self._act_at(self.one(entered, "place"))
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

    def go(self, path: str, recorded: int | None = None) -> Response[Any]:
        """Go on to a page after a form (303). `recorded`: the position that the page has to show."""
        parts = urlsplit(path)
        query = "&".join(one for one in (parts.query, "" if recorded is None else f"recorded={recorded}") if one)
        return Redirect(parts._replace(query=query).geturl(), status_code=303)

    def keep(self, entered: Entered) -> Response[str]:
        """Show what was entered when the sign-in session has ended, so that it can be sent after signing in again."""
        kept = [(name, one) for name, texts in entered.items() if name != "csrf" for one in texts]
        return self.page("sign-in/kept.html", status=401, kept=kept, action=self.request.url.path)

    def has_token(self, entered: Entered) -> bool:
        """Whether a form has the token of this visit."""
        return csrf.is_token_of(self.kring.keys, self._bearer, self.one(entered, "csrf"))

    async def _named(self) -> set[PersonId] | None:
        """The people whose names a contact reads; None: everybody's."""
        if self.organisation is None:
            return None
        named = await people_named_to(self.kring, self.organisation) if self.role in NAMING_ROLES else set[PersonId]()
        return {*named, self.person}

    def _name_at(self, place: Place) -> str:
        assert self.names_of_places is not None, "whoever has places is signed in"
        return self.names_of_places.of(place.programme or place.organisation)

    @property
    def _bearer(self) -> str:
        return f"browser {self.browser}" if self.session is None else f"session {self.session.id}"

    def _act_at(self, key: str) -> None:
        """Act in the place that the form was made for: another tab may have switched since."""
        for one in self.places:
            if key_of(one) == key:
                self.place = one
                self._rights = None

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
        return first or await commands.execute(make_command, once=self.once)


def key_of(place: Place) -> str:
    """The key of a place, in a cookie and in forms."""
    return f"{place.role}.{place.programme or place.organisation}"


async def visit_of(request: Request[Any, Any, Any]) -> Visit:
    """The visit of a request: its session, language, place, and the time that it shows. Raises `BadText` for that."""
    kring: Kring = request.app.state.kring
    at = now()
    browser = cookies.read(request, "browser") or new_secret()
    visit = Visit(request, kring, browser, answer_language(request), at)
    cookie = cookies.read(request, "session")
    visit.session = None if cookie is None else await session_of(kring, cookie)
    if visit.session is not None:
        await _sign_in(visit)
    stated = language_named(cookies.read(request, "language"))
    visit.language = stated or visit.language
    visit.reading = ReadOptions(visit.recorded, _as_of(request.query_params.get("as_of"), visit.zone))
    return visit


async def _sign_in(visit: Visit) -> None:
    """Find the name of the person, and the places in which they can act."""
    person = await visit.kring.commands.row(PEOPLE, visit.person)
    if person is None:  # a restore of the log, which no longer knows them
        visit.session = None
        return
    visit.language = language_named(person.language) or visit.language
    visit.places = tuple(await places_of(visit.kring, visit.person, visit.at))
    wanted = cookies.read(visit.request, "place")
    visit.place = next((one for one in visit.places if key_of(one) == wanted), next(iter(visit.places), None))
    ids = {one.programme or one.organisation or "" for one in visit.places}
    names = await open_names(visit.kring, ids, visit.language)
    await open_texts(visit.kring.log, visit.kring.keys, [person])
    visit.names_of_places, visit.name = names, person.name.text or ""
    visit.zone = (names.zone(visit.programme) if visit.programme else None) or HOME


def _as_of(stated: str | None, zone: str) -> int | datetime | None:
    """The position or time that a page shows: that of a fact, or the end of a day. Raises `BadText`."""
    if not stated:
        return None
    try:
        return datetime.combine(date.fromisoformat(stated), END_OF_DAY, ZoneInfo(zone))
    except ValueError:
        pass
    try:
        return position_or_time(stated)
    except BadText:
        raise BadText("as_of", NO_DATE) from None


Answer = TypeVar("Answer", bound=Response[Any])


def _with_status(answer: Answer, status: int) -> Answer:
    answer.status_code = status
    return answer
