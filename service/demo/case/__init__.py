"""The case that the demo plays: the actions and texts of everybody, with their times, which are local times in Zwolle."""

import tomllib
from datetime import date, datetime
from importlib.resources import files
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

ZONE = ZoneInfo("Europe/Amsterdam")

Shape = TypeVar("Shape")


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the case. `key` names a thing within its list; `by` is the key of the acting person."""


# The programme


class Organisation(Part, frozen=True):
    """An organisation that sends participants or brings a challenge."""

    key: str
    name: str


class Person(Part, frozen=True):
    """A person in their one role."""

    key: str
    name: str
    role: Literal["participant", "facilitator", "manager", "commissioner", "auditor"] = "participant"
    organisation: str | None = None

    @property
    def email(self) -> str:
        """An address in a domain that cannot exist (RFC 2606)."""
        return f"{self.key}@leergang.example"


class Challenge(Part, frozen=True):
    """A challenge of module 1. `declined`: the reason if it was not admitted."""

    key: str
    by: str
    at: datetime
    organisation: str
    title: str
    context: str
    wish: str | None = None
    short_title: str | None = None
    declined: str | None = None


class Question(Part, frozen=True):
    """A question on a challenge before the ballot, and its answer."""

    key: str
    challenge: str
    by: str
    at: datetime
    text: str
    answered_by: str
    answered_at: datetime
    answer: str


class Paper(Part, frozen=True):
    """A ballot paper; a later one of the same voter replaces it."""

    voter: str
    approves: tuple[str, ...]
    at: datetime


class Ballot(Part, frozen=True):
    """The ballot about three challenges. It is closed by hand, `days_open` days before its deadline."""

    opened_at: datetime
    closed_at: datetime
    certified_at: datetime
    days_open: int
    papers: tuple[Paper, ...]


class Choice(Part, frozen=True):
    """The participants' rankings, best first, and the times of the team assignment."""

    ranked_from: datetime
    assigned_at: datetime
    adopted_at: datetime
    rankings: dict[str, tuple[str, ...]]
    motivations: dict[str, str]


class AgendaItem(Part, frozen=True):
    """A topic of the curriculum on the agenda of a session, with its length in minutes."""

    topic: str
    title: str
    minutes: int


class Session(Part, frozen=True):
    """A joint session of all CoPs. `moved_from`: its originally planned start."""

    number: int
    planned_at: datetime
    starts_at: datetime
    ends_at: datetime
    place: str
    agenda: tuple[AgendaItem, ...]
    techniques: tuple[str, ...]
    minutes: str
    minutes_by: str
    approved_by: str
    absent: dict[str, str] = {}
    moved_from: datetime | None = None
    moved_at: datetime | None = None
    moved_reason: str | None = None


class Module(Part, frozen=True):
    """A module of the programme."""

    number: int
    title: str
    starts_on: date
    ends_on: date


class Programme(Part, frozen=True):
    """Everything about the programme as a whole."""

    name: str
    edition: str
    starts_on: date
    ends_on: date
    opened_at: datetime
    module: Module
    organisations: tuple[Organisation, ...]
    people: tuple[Person, ...]
    challenges: tuple[Challenge, ...]
    ballot: Ballot
    choice: Choice
    sessions: tuple[Session, ...]
    questions: tuple[Question, ...] = ()

    def in_role(self, role: str) -> tuple[Person, ...]:
        """The people in this role."""
        return tuple(one for one in self.people if one.role == role)


# A CoP


class OwnGathering(Part, frozen=True):
    """A gathering that a CoP arranged for itself."""

    by: str
    planned_at: datetime
    starts_at: datetime
    ends_at: datetime
    place: str
    agenda: tuple[str, ...]
    minutes: str
    minutes_by: str
    approved_by: str
    absent: dict[str, str] = {}


class Source(Part, frozen=True):
    """Desk research: CSL-JSON without its id."""

    key: str
    by: str
    at: datetime
    csl: dict[str, object]


class Interview(Part, frozen=True):
    """An interview with somebody from outside."""

    key: str
    by: str
    planned_at: datetime
    held_at: datetime
    on: date
    who: str
    role: str
    sector: str
    consent: str
    findings: str


class Insight(Part, frozen=True):
    """An insight that a member shares with the team."""

    key: str
    by: str
    at: datetime
    text: str


class Stakeholder(Part, frozen=True):
    """A stakeholder, placed twice: power 1–5, interest 1–5, stance −2…2, desired stance −2…2."""

    key: str
    by: str
    at: datetime
    name: str
    first: tuple[int, int, int, int]
    later: tuple[int, int, int, int]
    organisation: str | None = None


class Talk(Part, frozen=True):
    """A follow-up talk with a stakeholder."""

    stakeholder: str
    by: str
    at: datetime
    outcome: str
    next_step: str


class DateOption(Part, frozen=True):
    """A possible date of the trip, with the members' answers; the first option of a trip is the one chosen."""

    key: str
    starts_on: date
    ends_on: date
    answers: dict[str, Literal["yes", "if_needed", "no"]]


class Visit(Part, frozen=True):
    """An item of the itinerary."""

    key: str
    by: str
    at: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    host: str


class Booking(Part, frozen=True):
    """A booking, in cents."""

    key: str
    by: str
    at: datetime
    kind: str
    supplier: str
    amount: int
    payer: str
    confirmed_at: datetime
    reference: str


class Expense(Part, frozen=True):
    """An expense that a member paid for the team, in cents."""

    by: str
    at: datetime
    payer: str
    amount: int
    text: str


class Trip(Part, frozen=True):
    """A study trip, from idea to learnings."""

    by: str
    at: datetime
    theme: str
    destination: str
    polled_by: str
    polled_at: datetime
    fixed_by: str
    fixed_at: datetime
    completed_by: str
    completed_at: datetime
    learnings: str
    options: tuple[DateOption, ...]
    visits: tuple[Visit, ...]
    bookings: tuple[Booking, ...]
    expenses: tuple[Expense, ...]


class ProblemStatement(Part, frozen=True):
    """A version of the problem statement."""

    by: str
    at: datetime
    text: str
    patterns: tuple[str, ...]
    causes: tuple[str, ...]
    values: tuple[str, ...]


class Written(Part, frozen=True):
    """A text by one member."""

    by: str
    at: datetime
    text: str


class Summary(Part, frozen=True):
    """The summary of the advice, and its method."""

    by: str
    at: datetime
    summary: str
    method: str


class Commitment(Part, frozen=True):
    """A commitment of the commissioner, and how it was kept."""

    text: str
    due_on: date
    made_at: datetime
    kept_at: datetime
    kept: str


class Recommendation(Part, frozen=True):
    """A recommendation with its evidence, each `kind:key`, and its follow-up."""

    key: str
    by: str
    at: datetime
    text: str
    evidence: tuple[str, ...]
    addressee: str
    verdict: str | None = None
    response: str | None = None
    response_at: datetime | None = None
    rejoinder: str | None = None
    rejoinder_by: str | None = None
    rejoinder_at: datetime | None = None
    progress: str | None = None
    progress_at: datetime | None = None
    commitment: Commitment | None = None


class Advice(Part, frozen=True):
    """The times at which every member approved the advice, and it was presented and perhaps delivered."""

    approved_at: datetime
    presented_by: str
    presented_at: datetime
    delivered_by: str | None = None
    delivered_at: datetime | None = None


class Comment(Part, frozen=True):
    """A comment on a thing of the team, named like evidence."""

    by: str
    at: datetime
    on: str
    text: str


class Share(Part, frozen=True):
    """A thing that a CoP shares with others."""

    by: str
    at: datetime
    item: str
    with_: Literal["programme", "commissioner"] = msgspec.field(name="with")


class Cop(Part, frozen=True):
    """A Community of Practice and all its work."""

    challenge: str
    members: tuple[str, ...]
    commissioner: str
    gatherings: tuple[OwnGathering, ...]
    sources: tuple[Source, ...]
    interviews: tuple[Interview, ...]
    insights: tuple[Insight, ...]
    stakeholders: tuple[Stakeholder, ...]
    trip: Trip
    problem_statements: tuple[ProblemStatement, ...]
    guiding_question: Written
    answer: Written
    summary: Summary
    recommendations: tuple[Recommendation, ...]
    advice: Advice
    talks: tuple[Talk, ...] = ()
    comments: tuple[Comment, ...] = ()
    shares: tuple[Share, ...] = ()


def _read(name: str, shape: type[Shape]) -> Shape:
    text = files(__name__).joinpath(f"{name}.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), shape)


PROGRAMME = _read("programme", Programme)
COPS = tuple(_read(one, Cop) for one in ("startups", "care", "energy"))
