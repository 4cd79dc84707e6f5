"""The building blocks of every event and command, under our names.

The one file that knows where `eventsourcing` keeps them (9.5: `eventsourcing.dcb`; 10: `eventsourcing.domain`, `.msgspec`).

Refusals
    Refusal                a rule said no
    ├── NotFound           404: unknown, or hidden from who asks
    ├── NotAllowed         403: visible, but not theirs to do
    ├── TokenEnded         401: the token was revoked while its request was under way
    ├── ReasonMissing      422: an override must say why
    └── …                  409: one class for each rule, beside the command that it refuses
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache
from inspect import signature
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, NewType, Self
from unicodedata import normalize

from eventsourcing.dcb.domain import Selector, Slice, Tagged, decorated_funcs
from eventsourcing.dcb.msgpack import Decision
from eventsourcing.domain import event as applies
from eventsourcing.utils import get_topic, register_topic
from msgspec import Meta, Struct

__all__ = ["Selector", "Tagged", "applies", "get_topic"]

# Ids: a prefix and a UUID in 26 characters of base32 (TypeID 0.3). The id itself is the tag.

SUFFIX = "[0-7][0-9a-hjkmnp-tv-z]{25}"
END = r"(?![\s\S])"
"""The end of a text; after `$` a line end could follow."""
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
    RecommendationId = NewType("RecommendationId", str)
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
    RecommendationId = _id("RecommendationId", "recommendation")
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
    """From when until when: two moments, or a first and a last day."""

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
    """A word of our own vocabulary among the events of a refusal: translated there, as a plain `str` never is (rule 31)."""

    __slots__ = ()


def reads_alike(one: str, other: str) -> bool:
    """Whether two texts are the same to whoever reads them: compared in NFC (Unicode Standard Annex 15), kept as they are."""
    return normalize("NFC", one) == normalize("NFC", other)


# What people type: sealed apart from the events


class Sealed:
    """A text that never stands in an event (docs/explanation/sealing.md 'Names and texts').

    A command makes it from plaintext; the store writes a digest into the event and the plaintext, encrypted, beside it. Read
    back, it holds the digest alone until the edge opens it; `text` stays None where the key or the row is gone.
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
    """No organisation is told, and why."""

    because: str


class Event(Decision, frozen=True, kw_only=True):  # pyright: ignore[reportGeneralTypeIssues]  the library's Decision is not frozen yet (it is in 10)
    """Something that happened.

    `TOPIC` is its stored name, for ever. `TAGS` names the fields whose ids commands look it up by, most specific first.
    `AUDIENCE` names the fields whose organisations are told, and may read, all of it; there is no default. `SUMMARY` is its
    sentence in the trail. `KEY` names the field whose id names the key of its sealed fields and reason; by default what it
    concerns most.
    """

    TOPIC: ClassVar[str]
    VERSION: ClassVar[int] = 1
    TAGS: ClassVar[tuple[str, ...]]
    AUDIENCE: ClassVar[tuple[str, ...] | Nobody]
    SUMMARY: ClassVar[Text]
    KEY: ClassVar[str | None] = None

    def __init_subclass__(cls) -> None:
        """Make the topic known, so that a fresh process can read what another wrote. Raises if it is taken."""
        super().__init_subclass__()
        if "TOPIC" in cls.__dict__:
            register_topic(cls.TOPIC, cls)

    def mutate(self, obj: Any) -> Any:
        """Let `obj` learn: its learner of such events gets the fields that it names, and as `event` all of it.

        As the library's does, which makes a dict of all fields and then one of those.
        """
        what: Any = (type(obj), type(self))
        learner = decorated_funcs.get(what)
        if learner is not None:
            learner(obj, **{name: self if name == "event" else getattr(self, name) for name in _named(learner)})
        return obj

    def tags(self) -> list[str]:
        """The ids that it concerns, then `to:` each organisation of its audience."""
        told = () if isinstance(self.AUDIENCE, Nobody) else self.AUDIENCE
        return list(dict.fromkeys([*self._ids(self.TAGS), *(f"to:{one}" for one in self._ids(told))]))

    def key(self) -> str:
        """The id whose key seals its texts."""
        return next(iter(self._ids((self.KEY or self.TAGS[0],))))

    def _ids(self, fields: tuple[str, ...]) -> Iterable[str]:
        for name in fields:
            value: str | Iterable[str] | None = getattr(self, name)
            yield from () if value is None else (value,) if isinstance(value, str) else value


@cache
def _named(learner: Callable[..., None]) -> tuple[str, ...]:
    """The parameters of a learner, but the first: itself."""
    return tuple(signature(learner).parameters)[1:]


# Refusals


class Refusal(Exception):
    """A rule said no. Subclasses: `CODE` for programs, `TEXT` for people; the docstring quotes the rule.

    `field` names the field of the request that is at fault, where one is. `events` fill the places in `TEXT`.
    """

    CODE: ClassVar[str]
    STATUS: ClassVar[int] = 409
    TEXT: ClassVar[Text]

    def __init__(self, *, field: str | None = None, **events: object) -> None:
        super().__init__(self.TEXT.en, *events.values())
        self.field, self.events = field, events


class NotFound(Refusal):
    """What does not exist and what someone may not know exists are told apart by nobody."""

    CODE = "not-found"
    STATUS = 404
    TEXT = Text(en="There is nothing here that you can see.", nl="Hier is niets dat je kunt zien.")


class NotAllowed(Refusal):
    """The caller has no right to do this (docs/reference/roles.md)."""

    CODE = "not-allowed"
    STATUS = 403
    TEXT = Text(en="You can see this but may not do this.", nl="Je kunt dit zien, maar mag dit niet doen.")


class TokenEnded(Refusal):
    """A right that can be taken away is learnt from events; this one was."""

    CODE = "token-ended"
    STATUS = 401
    TEXT = Text(en="This token was revoked.", nl="Dit token is ingetrokken.")


class ReasonMissing(Refusal):
    """A reason is asked for setting aside a rule, a decision or a person's own choice."""

    CODE = "reason-missing"
    STATUS = 422
    TEXT = Text(en="Say why: this needs a reason.", nl="Zeg waarom: hiervoor is een reden nodig.")


class AsIs(Refusal):
    """A change that changes nothing is not recorded."""

    CODE = "as-it-is"
    TEXT = Text(en="This is already so.", nl="Dit is al zo.")


# Commands

TokenRole = Literal["participant", "facilitator", "manager", "commissioner", "auditor", "reporting"]
Role = TokenRole | Literal["system"]


class Caller(Struct, frozen=True, kw_only=True):
    """Who asks, with which rights at most, through what, and what they say about it.

    `at` is the clock of the edge. `role` is the token's; a person's present roles are learnt from events. `system` is Kring
    itself (timers and jobs), which no token can name. `programmes`: the only ones within which the token gives rights (rule
    28); None: no limit.
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
        """The name under which it is recorded: the person, else the token or job itself."""
        return self.person or self.via


class Claim(NamedTuple):
    """A value that only one holder may have (an e-mail address). Kept by keyed hash, outside the log."""

    kind: str
    value: str
    holder: str


class SealedPaper(NamedTuple):
    """A ballot paper that only the count can open, and its public commitment (docs/explanation/sealing.md 'Ballot papers')."""

    ballot: BallotId
    voter: PersonId
    sealed: bytes
    commitment: Digest


class Command(Slice[Event]):
    """What someone wants to happen: the events it must know, how it learns them, and the rule by which it decides.

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

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let commands share what they learn through a base class; the library looks at each class alone."""
        super().__init_subclass__(**kwargs)
        for base in cls.__mro__[1:]:
            for (learner, event), method in list(decorated_funcs.items()):
                if learner is base:
                    decorated_funcs.setdefault((cls, event), method)

    def consistency_boundary(self) -> list[Selector]:
        """The events that the rule depends on; subclasses add theirs to their base's.

        An event of these that is added meanwhile is a conflict: the command learns and decides again.
        """
        return []

    def background(self) -> list[Selector]:
        """The events that the command learns too, of which later ones cannot forbid what it decides: they never conflict.

        A later one may only allow what is refused without it, such as another person that an expense can name.
        """
        return []

    def load(self, events: Iterable[Event]) -> Self:
        """Take in what was recorded, in order."""
        for event in events:
            event.mutate(self)
        return self

    def record(self, event: Event) -> None:
        """Decide that `event` happens. Nothing is stored until the store finds that what was learnt still holds."""
        event.mutate(self)
        self.new_decisions.append(Tagged(event.tags(), event))

    def require_reason(self) -> None:
        """Raises `ReasonMissing` where the caller gave none."""
        if self.by.reason is None:
            raise ReasonMissing(field="reason")


def learnt_by(command: type[Command]) -> set[type[Event]]:
    """The types of event that a command's learners take, its bases' included."""
    return {event for (learner, event) in decorated_funcs if learner is command and issubclass(event, Event)}
