"""The caller of a visit: who is signed in, the place in which they act, and what they may read there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from litestar import Request
from msgspec.structs import replace

from domain.foundation import (
    Caller,
    CodeWord,
    Language,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Selector,
    TeamId,
    Words,
)
from domain.teams.team import TeamRights
from domain.trips.guests import TripRights
from projections.derived.phases import NONE, Phases, Reached, of_programme
from projections.people import PEOPLE
from projections.wording.sentences import HOME
from projections.wording.vocabulary import word
from service.auth.places import Place, caller_of_session
from service.kring import Kring
from service.pages.frame.people import Names, open_names
from service.pages.frame.stamps import Stamp, Stamps, newest_stamp, stamps_for
from service.reading.options import ReadOptions
from service.reading.permissions import NAMING_ROLES, team_rights
from service.reading.phases import reached_in
from service.reading.reader import Reader
from service.reading.trail import people_named_to
from service.store.sign_in.sessions import SignInSession
from service.store.unsealing import open_texts

PUBLIC = "public"
"""Option (`opt`) of a handler whose page is for anybody."""


class SignInNeeded(Exception):
    """A page is for people who are signed in."""


def key_of(place: Place) -> str:
    """The key of a place, in a cookie and in forms."""
    return f"{place.role}.{place.programme or place.organisation}"


@dataclass
class CallerOfVisit:
    """The caller of a visit. `session` None: nobody is signed in; `place` None: they have no role anywhere."""

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
    known: int = 0
    """The position that the views had reached; a live page hears of what comes after it."""
    _reader: Reader | None = None
    _reached: dict[ProgrammeId, list[Reached]] = field(default_factory=dict[ProgrammeId, list[Reached]])
    _people_named: set[PersonId] | None = None

    # Who, and where

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

    def act_at(self, place: Place | None, rights: TripRights | None = None) -> None:
        """Act in this place. `rights`: the person's, if they were loaded already."""
        self.place, self._reader, self._people_named = place, None, None
        if rights is not None:
            rights.by = self.caller
            self._reader = Reader(self.kring, self.caller, rights)

    def forget(self) -> None:
        """Read again what is needed next: a command may have changed it."""
        self._reader, self._people_named = None, None

    # Reading

    @property
    def reader(self) -> Reader:
        """The reader of this caller, who keeps the rights that it has loaded."""
        if self._reader is None:
            self._reader = Reader(self.kring, self.caller)
        return self._reader

    async def rights(self) -> TeamRights:
        """The caller's roles and memberships as the log has them now, loaded once."""
        return await team_rights(self.reader)

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
            self.known = await self.kring.views.checkpoint()  # before anything that the page shows is read
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
        rights = self.reader.loaded_rights
        if self.programme is None or not isinstance(rights, TeamRights):
            return False
        return rights.member_of(team) or rights.was_last_member(team) or rights.facilitates(self.programme, team)

    async def _named(self) -> set[PersonId] | None:
        """The people whose names a contact reads; None: everybody's."""
        if self.organisation is None:
            return None
        if self._people_named is None:
            reads_names = self.role in NAMING_ROLES
            others = await people_named_to(self.kring, self.organisation) if reads_names else set[PersonId]()
            self._people_named = {*others, self.person}
        return self._people_named

    def _name_at(self, place: Place) -> str:
        assert self.names_of_places is not None, "whoever has places is signed in"
        return self.names_of_places.of(place.programme or place.organisation)
