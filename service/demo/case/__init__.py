"""The cases that the demo plays: the actions and texts of everybody, with their times, which are local times in Zwolle.

`PAST` is the programme of 2016. `living` is two programmes around a given week. All names of people are in the files of the
programmes; other texts refer to them by key.
"""

from datetime import date, datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from service.demo.case.files import File, placed, read, referred

ZONE = ZoneInfo("Europe/Amsterdam")


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
    """A challenge of module 1. `declined`: the reason if it was not admitted. `undecided`: it waits for the facilitator."""

    key: str
    by: str
    at: datetime
    organisation: str
    title: str
    context: str
    wish: str | None = None
    short_title: str | None = None
    declined: str | None = None
    undecided: bool = False


class Question(Part, frozen=True):
    """A question on a challenge before the ballot, and its answer, if it has one."""

    key: str
    challenge: str
    by: str
    at: datetime
    text: str
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: str | None = None


class Paper(Part, frozen=True):
    """A ballot paper; a later one of the same voter replaces it."""

    voter: str
    approves: tuple[str, ...]
    at: datetime


class Ballot(Part, frozen=True):
    """A ballot, with its deadline `days_open` days after this run. One that ends is closed by hand before that.

    `challenges`: all that were admitted, if none are named. `seats`: by default those of rule 1.
    """

    key: str
    opened_at: datetime
    days_open: int
    papers: tuple[Paper, ...]
    challenges: tuple[str, ...] = ()
    seats: int | None = None
    closed_at: datetime | None = None
    counted_at: datetime | None = None
    certified_at: datetime | None = None


class Agreement(Part, frozen=True):
    """A choice of challenges in a meeting, instead of a ballot."""

    at: datetime
    challenges: tuple[str, ...]
    reason: str


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
    """A joint session of all CoPs, held if it has minutes. `moved_from`: its originally planned start."""

    number: int
    planned_at: datetime
    starts_at: datetime
    ends_at: datetime
    place: str
    agenda: tuple[AgendaItem, ...]
    techniques: tuple[str, ...] = ()
    minutes: str | None = None
    minutes_by: str | None = None
    approved_by: str | None = None
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


class Announcement(Part, frozen=True):
    """An announcement of the manager to all participants."""

    at: datetime
    text: str


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
    sessions: tuple[Session, ...] = ()
    questions: tuple[Question, ...] = ()
    ballots: tuple[Ballot, ...] = ()
    agreement: Agreement | None = None
    choice: Choice | None = None
    announcements: tuple[Announcement, ...] = ()

    def in_role(self, role: str) -> tuple[Person, ...]:
        """The people in this role."""
        return tuple(one for one in self.people if one.role == role)

    def name_of(self, key: str) -> str:
        """The name of the person with this key."""
        return next(one.name for one in self.people if one.key == key)


# A CoP


class OwnGathering(Part, frozen=True):
    """A gathering that a CoP arranges for itself, held if it has minutes."""

    by: str
    planned_at: datetime
    starts_at: datetime
    ends_at: datetime
    place: str
    agenda: tuple[str, ...]
    minutes: str | None = None
    minutes_by: str | None = None
    approved_by: str | None = None
    absent: dict[str, str] = {}


class Source(Part, frozen=True):
    """Desk research: CSL-JSON without its id."""

    key: str
    by: str
    at: datetime
    csl: dict[str, object]


class Interview(Part, frozen=True):
    """An interview with somebody from outside, held if it has findings."""

    key: str
    by: str
    planned_at: datetime
    on: date
    who: str
    role: str
    sector: str
    held_at: datetime | None = None
    consent: str = "background"
    findings: str | None = None


class Insight(Part, frozen=True):
    """An insight that a member shares with the team."""

    key: str
    by: str
    at: datetime
    text: str


class Stakeholder(Part, frozen=True):
    """A stakeholder, placed once or twice: power 1–5, interest 1–5, stance −2…2, desired stance −2…2."""

    key: str
    by: str
    at: datetime
    name: str
    first: tuple[int, int, int, int]
    later: tuple[int, int, int, int] | None = None
    organisation: str | None = None


class Talk(Part, frozen=True):
    """A follow-up talk with a stakeholder."""

    stakeholder: str
    by: str
    at: datetime
    outcome: str
    next_step: str


class DateOption(Part, frozen=True):
    """A possible date of the trip, with the answers of members; the first option of a trip is the one chosen."""

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
    """A study trip, from idea to learnings, or to where it has come."""

    by: str
    at: datetime
    theme: str
    destination: str
    polled_by: str
    polled_at: datetime
    options: tuple[DateOption, ...]
    fixed_by: str | None = None
    fixed_at: datetime | None = None
    completed_by: str | None = None
    completed_at: datetime | None = None
    learnings: str | None = None
    visits: tuple[Visit, ...] = ()
    bookings: tuple[Booking, ...] = ()
    expenses: tuple[Expense, ...] = ()


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
    """A commitment of the commissioner, and how it was kept, if it was."""

    text: str
    due_on: date
    made_at: datetime
    kept_at: datetime | None = None
    kept: str | None = None


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
    """A Community of Practice and its work, as far as it has come."""

    challenge: str
    members: tuple[str, ...]
    commissioner: str
    gatherings: tuple[OwnGathering, ...]
    sources: tuple[Source, ...]
    interviews: tuple[Interview, ...]
    insights: tuple[Insight, ...]
    stakeholders: tuple[Stakeholder, ...] = ()
    trip: Trip | None = None
    problem_statements: tuple[ProblemStatement, ...] = ()
    guiding_question: Written | None = None
    answer: Written | None = None
    summary: Summary | None = None
    recommendations: tuple[Recommendation, ...] = ()
    advice: Advice | None = None
    talks: tuple[Talk, ...] = ()
    comments: tuple[Comment, ...] = ()
    shares: tuple[Share, ...] = ()


class Edition(NamedTuple):
    """A programme and its CoPs."""

    programme: Programme
    cops: tuple[Cop, ...]


class Living(NamedTuple):
    """Two programmes of one manager around a week: in one CoPs are at work, in the other challenges are being chosen."""

    running: Edition
    choosing: Edition


def living(monday: date) -> Living:
    """The living edition around the week that begins on this Monday."""
    running = placed(read("running"), monday)
    choosing = referred(placed(read("choosing"), monday), running)
    teams = ("volunteers", "discharge")
    cops = [placed(read(one, running), monday) for one in teams]
    return Living(_edition(running, cops), _edition(choosing, []))


def _past() -> Edition:
    programme = read("programme")
    return _edition(programme, [read(one, programme) for one in ("startups", "care", "energy")])


def _edition(programme: File, cops: list[File]) -> Edition:
    return Edition(msgspec.convert(programme, Programme), tuple(msgspec.convert(one, Cop) for one in cops))


PAST = _past()
PROGRAMME, COPS = PAST
