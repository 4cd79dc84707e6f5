"""The building blocks of every event and command, under our names.

The one file that knows where `eventsourcing` keeps them (9.5: `eventsourcing.dcb`; 10: `eventsourcing.domain`, `.msgspec`).

Refusals
    Refusal                a rule forbids the command
    ├── NotFound           404: missing, or hidden from the caller
    ├── NotAllowed         403: visible, but not permitted to the caller
    ├── TokenEnded         401: the token was revoked while its request was being handled
    ├── ReasonMissing      422: an override needs a reason
    └── …                  409: one class per rule, beside the command that it refuses
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from inspect import signature
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, NewType, Self
from unicodedata import normalize

from eventsourcing.dcb.domain import MetaSlice, Selector, Slice, Tagged, decorated_funcs
from eventsourcing.dcb.msgpack import Decision
from eventsourcing.domain import event as applies
from eventsourcing.utils import get_topic, register_topic
from msgspec import Meta, Struct

__all__ = ["Selector", "Tagged", "applies", "get_topic"]

# Ids: a prefix and a UUID in 26 characters of base32 (TypeID 0.3). The id itself is the tag.

SUFFIX = "[0-7][0-9a-hjkmnp-tv-z]{25}"
END = r"(?![\s\S])"
"""The end of a text; `$` would also match before a final line end."""
WORD = "^[A-Za-z0-9_./:+-]{1,200}" + END
ONE_LINE = r"^[^\x00-\x1f\x7f\x85\u2028\u2029]+" + END
"""A text without control characters and without anything that ends a line (Unicode Standard 5.8)."""

if TYPE_CHECKING:
    AnnouncementId = NewType("AnnouncementId", str)
    AssignmentId = NewType("AssignmentId", str)
    BallotId = NewType("BallotId", str)
    BookingId = NewType("BookingId", str)
    CalendarId = NewType("CalendarId", str)
    ChallengeId = NewType("ChallengeId", str)
    CommentId = NewType("CommentId", str)
    CommitmentId = NewType("CommitmentId", str)
    ContactId = NewType("ContactId", str)
    ExpenseId = NewType("ExpenseId", str)
    FileId = NewType("FileId", str)
    GatheringId = NewType("GatheringId", str)
    InsightId = NewType("InsightId", str)
    InterviewId = NewType("InterviewId", str)
    ItemId = NewType("ItemId", str)
    OptionId = NewType("OptionId", str)
    OrganisationId = NewType("OrganisationId", str)
    PersonId = NewType("PersonId", str)
    ProgrammeId = NewType("ProgrammeId", str)
    QuestionId = NewType("QuestionId", str)
    RecommendationId = NewType("RecommendationId", str)
    SignInId = NewType("SignInId", str)
    SourceId = NewType("SourceId", str)
    StakeholderId = NewType("StakeholderId", str)
    TalkId = NewType("TalkId", str)
    TeamId = NewType("TeamId", str)
    TokenId = NewType("TokenId", str)
    TripId = NewType("TripId", str)
    AnyId = NewType("AnyId", str)
    Code = NewType("Code", str)
    Currency = NewType("Currency", str)
    Digest = NewType("Digest", str)
    Key = NewType("Key", str)
    Label = NewType("Label", str)
    MediaType = NewType("MediaType", str)
    ZoneName = NewType("ZoneName", str)
else:

    def _id(name: str, prefix: str) -> type:
        return NewType(name, Annotated[str, Meta(pattern=f"^{prefix}_{SUFFIX}{END}")])

    AnnouncementId = _id("AnnouncementId", "announcement")
    AssignmentId = _id("AssignmentId", "assignment")
    BallotId = _id("BallotId", "ballot")
    BookingId = _id("BookingId", "booking")
    CalendarId = _id("CalendarId", "calendar")
    ChallengeId = _id("ChallengeId", "challenge")
    CommentId = _id("CommentId", "comment")
    CommitmentId = _id("CommitmentId", "commitment")
    ContactId = _id("ContactId", "contact")
    ExpenseId = _id("ExpenseId", "expense")
    FileId = _id("FileId", "file")
    GatheringId = _id("GatheringId", "gathering")
    InsightId = _id("InsightId", "insight")
    InterviewId = _id("InterviewId", "interview")
    ItemId = _id("ItemId", "item")
    OptionId = _id("OptionId", "option")
    OrganisationId = _id("OrganisationId", "organisation")
    PersonId = _id("PersonId", "person")
    ProgrammeId = _id("ProgrammeId", "programme")
    QuestionId = _id("QuestionId", "question")
    RecommendationId = _id("RecommendationId", "recommendation")
    SignInId = _id("SignInId", "signin")
    SourceId = _id("SourceId", "source")
    StakeholderId = _id("StakeholderId", "stakeholder")
    TalkId = _id("TalkId", "talk")
    TeamId = _id("TeamId", "team")
    TokenId = _id("TokenId", "token")
    TripId = _id("TripId", "trip")
    AnyId = NewType("AnyId", Annotated[str, Meta(pattern=f"^[a-z_]{{1,63}}_{SUFFIX}{END}")])
    Code = NewType("Code", Annotated[str, Meta(pattern=WORD)])
    Currency = NewType("Currency", Annotated[str, Meta(pattern="^[A-Z]{3}" + END)])
    Digest = NewType("Digest", Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{43}" + END)])
    Key = NewType("Key", Annotated[str, Meta(pattern=WORD)])
    Label = NewType("Label", Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)])
    MediaType = NewType("MediaType", Annotated[str, Meta(pattern=WORD)])
    ZoneName = NewType("ZoneName", Annotated[str, Meta(pattern=WORD)])

# `Code`: a word of our own vocabulary, which is translated for people. `Key`: a word that people or clients chose, which never is
# (rule 31). `Digest`: SHA-256, base64url without padding. `Label`: the short public name of an organisation, programme, module or
# topic. `Currency`: ISO 4217. `ZoneName`: a time zone of IANA.


AMOUNT_AT_MOST = 10**15
"""Minor units of one amount: any price in any currency, and exact in JSON (RFC 8259 §6)."""


class Money(Struct, frozen=True, forbid_unknown_fields=True):
    """An exact amount in minor units (cents) of an ISO 4217 currency."""

    amount_minor: Annotated[int, Meta(ge=0, le=AMOUNT_AT_MOST)]
    currency: Currency


class Span(Struct, frozen=True):
    """A period: two times, or a first and a last day."""

    starts: datetime | date
    ends: datetime | date


Language = Literal["nl", "en"]
"""The languages that people read."""


class Text(NamedTuple):
    """A wording in every language that people read. `{field}` names a field of its event or refusal.

    `{field:# option|# options}` counts the field, and takes the form for that number: `1 option`, `3 options`.
    """

    en: str
    nl: str

    def in_language(self, language: Language) -> str:
        """The wording in one language."""
        match language:
            case "en":
                return self.en
            case "nl":
                return self.nl


class CodeWord(str):
    """A word of our own vocabulary in the text of a refusal: translated there, unlike a plain `str` (rule 31)."""

    __slots__ = ()


def reads_alike(one: str, other: str) -> bool:
    """Whether two texts look the same to a reader: compared in NFC (Unicode Standard Annex 15), stored as they are."""
    return normalize("NFC", one) == normalize("NFC", other)


# Sealed texts


class Sealed:
    """A text that an event has as a digest only (docs/explanation/sealing.md 'Names and texts').

    A command makes it from plaintext; the store writes its digest into the event, and the encrypted plaintext beside it. When
    the event is read, `text` is None until the service unseals it, and stays None if the key or the row was destroyed.
    """

    __slots__ = ("digest", "text")

    def __init__(self, text: str | None = None, *, digest: str | None = None) -> None:
        self.text, self.digest = text, digest

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, Sealed):
            return NotImplemented
        if self.text is not None and other.text is not None:
            return reads_alike(self.text, other.text)
        return self.digest is not None and self.digest == other.digest

    __hash__ = None  # pyright: ignore[reportAssignmentType]  equal texts may have different digests


class Personal(Sealed):
    """About a person: a name, an address."""

    __slots__ = ()


class Words(Sealed):
    """Typed by a person: a title, a text, a finding, a reason."""

    __slots__ = ()


class Nobody(NamedTuple):
    """An audience of no organisation, with the reason."""

    because: str


Reach = Literal["programme", "team", "guides", "own"]
"""The people in its programme who can read an event in the feed.

`programme`: everybody. `team`: the members of its teams, and those who facilitate them. `guides`: facilitators and managers.
`own`: the people whom it concerns, with facilitators and managers.
"""


class Event(Decision, frozen=True, kw_only=True):  # pyright: ignore[reportGeneralTypeIssues]  the library's Decision is not frozen yet (it is in 10)
    """Something that happened.

    `TOPIC` is its stored name, which never changes. `TAGS` names the fields whose ids become tags, the most specific first.
    `AUDIENCE` names the fields whose organisations can read all of it, `REACH` says who in its programme can; neither has a
    default. `SUMMARY` is its sentence in the trail. `KEY` names the field whose id names the key of its sealed fields and
    reason; by default the first of `TAGS`.
    """

    TOPIC: ClassVar[str]
    VERSION: ClassVar[int] = 1
    TAGS: ClassVar[tuple[str, ...]]
    AUDIENCE: ClassVar[tuple[str, ...] | Nobody]
    REACH: ClassVar[Reach]
    SUMMARY: ClassVar[Text]
    KEY: ClassVar[str | None] = None

    def __init_subclass__(cls) -> None:
        """Register the topic, so that every process can decode the event.

        Raises if the topic is taken, or if the event does not say itself who can read it.
        """
        super().__init_subclass__()
        if "TOPIC" in cls.__dict__:
            if missing := {"AUDIENCE", "REACH"} - set(cls.__dict__):
                raise TypeError(
                    f"{cls.__name__} lacks {', '.join(sorted(missing))}: nobody can read an event by default"
                )
            register_topic(cls.TOPIC, cls)

    def tags(self) -> list[str]:
        """The ids that it concerns, then `to:` each organisation of its audience."""
        audience = () if isinstance(self.AUDIENCE, Nobody) else self.AUDIENCE
        return list(dict.fromkeys([*self._ids(self.TAGS), *(f"to:{one}" for one in self._ids(audience))]))

    def key(self) -> str:
        """The id whose key seals its texts."""
        return next(iter(self._ids((self.KEY or self.TAGS[0],))))

    def _ids(self, fields: tuple[str, ...]) -> Iterable[str]:
        for name in fields:
            value: str | Iterable[str] | None = getattr(self, name)
            yield from () if value is None else (value,) if isinstance(value, str) else value


# Refusals


class Refusal(Exception):
    """A rule forbids the command. Subclasses set `CODE` for programs and `TEXT` for people; their docstring quotes the rule.

    `field`: the name of the field of the request that is at fault, if one is. `values`: the values of the placeholders in `TEXT`.
    """

    CODE: ClassVar[str]
    STATUS: ClassVar[int] = 409
    TEXT: ClassVar[Text]

    def __init__(self, *, field: str | None = None, **values: object) -> None:
        super().__init__(self.TEXT.en, *values.values())
        self.field, self.values = field, values


class NotFound(Refusal):
    """Callers cannot distinguish a missing resource from a hidden one."""

    CODE = "not-found"
    STATUS = 404
    TEXT = Text(en="This does not exist, or you may not see it.", nl="Dit bestaat niet, of je mag het niet zien.")


class NotAllowed(Refusal):
    """The caller has no right to do this (docs/reference/roles.md)."""

    CODE = "not-allowed"
    STATUS = 403
    TEXT = Text(en="You are not allowed to do this.", nl="Je mag dit niet doen.")


class TokenEnded(Refusal):
    """The caller's token was revoked."""

    CODE = "token-ended"
    STATUS = 401
    TEXT = Text(en="This token was revoked.", nl="Dit token is ingetrokken.")


class ReasonMissing(Refusal):
    """Overriding a rule, a decision or a person's own choice needs a reason."""

    CODE = "reason-missing"
    STATUS = 422
    TEXT = Text(en="This needs a reason.", nl="Hiervoor is een reden nodig.")


class AsIs(Refusal):
    """A change that changes nothing is not recorded."""

    CODE = "as-it-is"
    TEXT = Text(en="This is already the case.", nl="Dit is al zo.")


# Commands

TokenRole = Literal["participant", "facilitator", "manager", "commissioner", "auditor", "reporting"]
Role = TokenRole | Literal["system"]


class Caller(Struct, frozen=True, kw_only=True):
    """The sender of a command or query, with the most that their token allows.

    `at`: the time of the request, by the service's clock. `role` is the token's; a person's present roles come from events.
    `system` is Kring itself (timers and jobs), which no token can name. `programmes`: the only ones within which the token gives
    rights (rule 28); None: no limit. `via`: the token or job. `reason`, `occurred_at`: as the caller states them.
    """

    role: Role
    person: PersonId | None = None
    organisations: tuple[OrganisationId, ...] = ()
    programmes: tuple[ProgrammeId, ...] | None = None
    via: str
    at: datetime
    on_behalf_of: OrganisationId | None = None
    reason: Words | None = None
    occurred_at: datetime | None = None

    @property
    def actor(self) -> str:
        """The name under which events are recorded: the person, else the token or job."""
        return self.person or self.via


class Claim(NamedTuple):
    """A value that only one holder may have (an e-mail address). Stored as a keyed hash, outside the log."""

    kind: str
    value: str
    holder: str


class SealedPaper(NamedTuple):
    """A ballot paper that only the count can open, and its public commitment (docs/explanation/sealing.md 'Ballot papers')."""

    ballot: BallotId
    voter: PersonId
    sealed: bytes
    commitment: Digest


class Knowledge(metaclass=MetaSlice):
    """A named part of what a command knows: it folds events by its `@applies` methods, and answers questions about them.

    `boundary`: selects the events that decisions depend on. `background`: selects events that never conflict: a later one
    may only allow what is refused without it, such as another person that an expense can name.

    Whatever has parts holds them as attributes. Every part folds every event that is loaded, whichever part selects it, so a
    fold checks the ids that it is about; it sets the state of its own part alone.
    """

    _others: tuple["Knowledge", ...] | None = None

    def __init__(self, *boundary: Selector, background: Sequence[Selector] = ()) -> None:
        self.selectors: Sequence[Selector] = boundary
        self.background_selectors: Sequence[Selector] = background

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Note that objects of this class are parts."""
        super().__init_subclass__(**kwargs)
        _PARTS.add(cls)

    def parts(self) -> Sequence["Knowledge"]:
        """This, and all parts that it is made of, each once. They are looked up once: later attributes are no parts."""
        if self._others is None:
            found: list[Knowledge] = [self]
            for part in found:  # grows
                # Not by isinstance, which is slow for classes with an abstract base, and this is done for every command.
                for one in vars(part).values():
                    if type(one) in _PARTS and one not in found:
                        found.append(one)
            self._others = tuple(found[1:])  # without this one: no cycle for the garbage collector
        return (self, *self._others)

    def consistency_boundary(self) -> list[Selector]:
        """The events that decisions depend on: the sum of the parts.

        If one of these is added meanwhile, that is a conflict: the command loads and decides again.
        """
        return _merged([one for part in self.parts() for one in part.selectors])

    def background(self) -> list[Selector]:
        """The events that are loaded too, and never conflict."""
        return _merged([one for part in self.parts() for one in part.background_selectors])

    def load(self, events: Iterable[Event]) -> Self:
        """Fold events in order into all parts."""
        parts = self.parts()
        folds: dict[type[Event], list[Callable[[Event], None]]] = {}
        for event in events:
            kind = type(event)
            if (found := folds.get(kind)) is None:
                found = folds[kind] = [_bound(fold, part) for part in parts if (fold := fold_of(type(part), kind))]
            for fold in found:
                fold(event)
        return self


_PARTS: set[type] = set()
"""The classes whose objects are parts of knowledge."""


def _merged(selectors: Sequence[Selector]) -> list[Selector]:
    """One selector for all that have the same tags: the store looks up each of them."""
    found: dict[tuple[str, ...], Selector] = {}
    for one in selectors:
        before = found.setdefault(tuple(one.tags), one)
        if before is not one:
            types = [*before.types, *(kind for kind in one.types if kind not in before.types)]
            found[tuple(one.tags)] = Selector(types=types, tags=one.tags)
    return list(found.values())


class Fold(NamedTuple):
    """An `@applies` method, and the fields of the event that its parameters name; `event` is all of it."""

    method: Callable[..., None]
    fields: tuple[str, ...]


@cache
def fold_of(part: type[Knowledge], event: type[Event]) -> Fold | None:
    """The method by which a part folds events of this type: its own or the nearest base's; None: it ignores them.

    The library looks at each class alone.
    """
    for one in part.__mro__:
        method = decorated_funcs.get((one, event))  # pyright: ignore[reportArgumentType]  any class: those without one have no entry
        if method is not None:
            return Fold(method, tuple(signature(method).parameters)[1:])
    return None


def _bound(fold: Fold, part: Knowledge) -> Callable[[Event], None]:
    """Make the function that folds one event into a part."""
    method: Callable[..., None] = fold.method.__get__(part)
    match fold.fields:
        case ():
            return lambda _: method()
        case ("event",):
            return method
        case (field,):
            return lambda event: method(getattr(event, field))
        case fields if "event" in fields:
            return lambda event: method(*[event if one == "event" else getattr(event, one) for one in fields])
        case fields:
            values = attrgetter(*fields)
            return lambda event: method(*values(event))


class Command(Knowledge, Slice[Event]):
    """A request to change something: the parts of knowledge that it needs, and the rule by which it decides.

    Beside events, `execute` may set: `not_after` and `not_before` (the store refuses to record what was decided if its own
    clock is past, or before, this when it writes), `takes` and `releases` (claims), `paper`, and `drops_papers_of`.
    """

    by: Caller
    not_after: datetime | None = None
    not_before: datetime | None = None
    takes: tuple[Claim, ...] = ()
    releases: tuple[Claim, ...] = ()
    paper: SealedPaper | None = None
    drops_papers_of: BallotId | None = None

    def record(self, event: Event) -> None:
        """Decide that `event` happens. Nothing is stored until the store finds that the boundary still holds."""
        self.load((event,))
        self.new_decisions.append(Tagged(event.tags(), event))

    def require_reason(self) -> None:
        """Raises `ReasonMissing` if the caller gave none."""
        if self.by.reason is None:
            raise ReasonMissing(field="reason")


def folded_by(knowledge: Knowledge) -> set[type[Event]]:
    """The types of event that any part of this folds."""
    kinds = {event for _, event in decorated_funcs if issubclass(event, Event)}
    return {one for one in kinds if any(fold_of(type(part), one) for part in knowledge.parts())}
